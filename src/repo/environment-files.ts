/**
 * The files of a course that describe its environment: what repo2docker reads, and nothing of the content, so that
 * changed content never asks for a new image. Pure, but for reading those files.
 */
import { posix } from 'node:path';
import type { Oid } from '../core/ids.ts';
import { isWithin, parseRelPath, type RelPath } from '../core/paths.ts';
import { canNeed, needsOf, REQUIREMENTS, type Need } from './environment-needs.ts';
import type { ManifestFile } from './manifest.ts';

/** Why the environment cannot be kept apart from the content. */
export type WhyNot =
  /** There is both `binder/` and `.binder/`, which repo2docker refuses. */
  | 'two-folders'
  /** A program that runs while the image is built, or when it starts. */
  | 'runs'
  /** It installs the course as a package. */
  | 'installs'
  /** It needs a path that is not there, or not part of the environment. */
  | 'needs'
  /** Nobody writes so large a file by hand: it cannot be looked into. */
  | 'too-large';

export type Environment =
  | { readonly kind: 'files'; readonly files: readonly ManifestFile[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly path: RelPath; readonly why: WhyNot; readonly needs?: string };

export interface EnvironmentInput {
  /** All files of the course. */
  readonly files: readonly ManifestFile[];
  /** Paths the staff adds. A file named here is taken as it is: whoever names it knows what it needs. */
  readonly extra: readonly RelPath[];
  readonly read: (object: Oid) => Uint8Array;
}

/** What repo2docker looks for in the binder folder, or at the root where there is none. */
const READ_ANYWHERE =
  /^(Dockerfile|environment\.ya?ml|Pipfile|Pipfile\.lock|requirements3?\.txt|install\.R|Project\.toml|JuliaProject\.toml|Manifest\.toml|REQUIRE|default\.nix|apt\.txt|runtime\.txt|postBuild|start|\.dockerignore|\.containerignore)$/;
/** And at the root only. */
const READ_AT_ROOT = /^(setup\.py|pyproject\.toml|DESCRIPTION)$/;
const BINDER_FOLDERS = ['binder', '.binder'] as const;
const MOST_BYTES = 4 << 20;

export function environmentOf({ files, extra, read }: EnvironmentInput): Environment {
  const folders = BINDER_FOLDERS.filter((folder) => files.some(({ path }) => path.startsWith(`${folder}/`)));
  const folder = folders[0] ?? '';
  if (folders.length === 2) return { kind: 'refused', path: folder as RelPath, why: 'two-folders' };
  const isExtra = ({ path }: ManifestFile): boolean => extra.some((one) => isWithin(path, one));
  const described = files.filter(({ path }) => (folder === '' ? isReadAtRoot(path) : path.startsWith(`${folder}/`)));
  if (described.length === 0) return { kind: 'none' };
  const chosen = new Set([...described, ...files.filter(isExtra)]);
  const lists = new Set<ManifestFile>();
  // a set gives what is added while it is walked
  for (const file of chosen) {
    if (extra.includes(file.path)) continue;
    const refused = look(file, { files, chosen, lists, folder, read });
    if (refused !== undefined) return refused;
  }
  return { kind: 'files', files: files.filter((file) => chosen.has(file)) };
}

function isReadAtRoot(path: string): boolean {
  return READ_ANYWHERE.test(path) || READ_AT_ROOT.test(path);
}

interface Surroundings {
  readonly files: readonly ManifestFile[];
  readonly chosen: Set<ManifestFile>;
  /** Those of `chosen` that a list of requirements includes. */
  readonly lists: Set<ManifestFile>;
  /** The binder folder; empty at the root. */
  readonly folder: string;
  readonly read: (object: Oid) => Uint8Array;
}

/** Adds what `file` includes; gives why it cannot stand without the course. */
function look(file: ManifestFile, around: Surroundings): Environment | undefined {
  const { chosen, lists, read } = around;
  const name = lists.has(file) ? REQUIREMENTS : posix.basename(file.path);
  if (!canNeed(name)) return undefined;
  if (file.size > MOST_BYTES) return { kind: 'refused', path: file.path, why: 'too-large' };
  const folder = posix.dirname(file.path).replace(/^\.$/, '');
  for (const need of needsOf(name, folder, Buffer.from(read(file.oid)).toString('utf8'))) {
    if (need.kind === 'course') return { kind: 'refused', path: file.path, why: need.why };
    const included = includedBy(need, around);
    if (included !== undefined) {
      chosen.add(included);
      lists.add(included);
    } else if (!isMet(need.path, around)) {
      return { kind: 'refused', path: file.path, why: 'needs', needs: need.path };
    }
  }
  return undefined;
}

/** A list that another list names, in the environment's own folder or chosen already. */
function includedBy(need: Need, { files, chosen, folder }: Surroundings): ManifestFile | undefined {
  if (need.kind !== 'include') return undefined;
  const found = files.find(({ path }) => path === need.path);
  const isInside = folder === '' || need.path.startsWith(`${folder}/`);
  return found !== undefined && (isInside || chosen.has(found)) ? found : undefined;
}

/** Whether all there is at a path is chosen, and something is there. */
function isMet(needed: string, { files, chosen }: Surroundings): boolean {
  const wanted = parseRelPath(needed);
  const there = wanted === undefined ? [] : files.filter(({ path }) => isWithin(path, wanted));
  return there.length > 0 && there.every((file) => chosen.has(file));
}
