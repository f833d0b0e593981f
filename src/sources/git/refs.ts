/** Which commit of a repository a course is: the choice among branches and tags, the same for every kind of remote. */
import { type Oid } from '../../core/ids.ts';
import { F2gitError } from '../../errors.ts';
import type { GitConfig } from './address.ts';

/** What a repository says of its refs. Full names: `refs/heads/main`. */
export interface Refs {
  /** What HEAD points to, where the repository says so; it may not exist yet. */
  readonly headTarget: string | undefined;
  readonly head: Oid | undefined;
  /** A branch or tag by its full name. */
  find(name: string): Oid | undefined;
  /** The full names of all branches. */
  branches(): readonly string[];
}

/** The object to list: a commit, or a tag of one. `subfolder` is what is left when a branch name took its beginning. */
export interface Tip {
  readonly oid: Oid;
  readonly subfolder: readonly string[];
  /** The branch or tag it was found by, where it was by one. */
  readonly name?: string;
  /** Whether the repository offers it by name; a commit given by its id may have to be asked for. */
  readonly named: boolean;
}

/** Names of branches in an error. */
const MAX_NAMED = 20;

/**
 * Gives the tip that `config` means, or undefined when the repository is empty. Without a `ref` it is the default
 * branch, and where that does not exist the only branch there is.
 * @throws {F2gitError} `source-not-found` naming the branches that exist
 */
export function chooseTip(refs: Refs, config: GitConfig): Tip | undefined {
  const { ref, subfolder } = config;
  if (ref !== undefined) return named(refs, ref, subfolder) ?? refuseRef(refs, config, ref);
  const target = refs.headTarget === undefined ? undefined : refs.find(refs.headTarget);
  const head = target ?? refs.head;
  if (head !== undefined) return { oid: head, subfolder, named: true, ...nameOf(target && refs.headTarget) };
  const branches = refs.branches();
  const only = branches[0];
  if (only === undefined) return undefined;
  const oid = branches.length === 1 ? refs.find(only) : undefined;
  return oid === undefined
    ? refuseRef(refs, config, refs.headTarget ?? 'HEAD')
    : { oid, subfolder, named: true, ...nameOf(only) };
}

function nameOf(ref: string | undefined): Pick<Tip, 'name'> {
  return ref === undefined ? {} : { name: ref.replace(/^refs\/(heads|tags)\//, '') };
}

/** A page address does not say where a branch name with slashes ends and the folder begins: the shortest name wins. */
function named(refs: Refs, ref: string, subfolder: readonly string[]): Tip | undefined {
  for (let taken = 0; taken <= subfolder.length; taken++) {
    const name = [ref, ...subfolder.slice(0, taken)].join('/');
    const candidates = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
    const oid = candidates.map((candidate) => refs.find(candidate)).find((found) => found !== undefined);
    if (oid !== undefined) return { oid, subfolder: subfolder.slice(taken), named: true, ...nameOf(name) };
  }
  return /^[0-9a-f]{40}$/.test(ref) ? { oid: ref as Oid, subfolder, named: false } : undefined;
}

/** Says that there is no such ref, and which branches there are. @throws {F2gitError} `source-not-found` */
export function refuseRef(refs: Refs, config: GitConfig, ref: string): never {
  const names = refs.branches().map((name) => name.replace('refs/heads/', ''));
  const shown = names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? ', …' : '');
  throw new F2gitError('source-not-found', {
    params: {
      address: config.shown,
      missing: `branch, tag or commit "${ref}"`,
      branches: shown === '' ? '(none)' : shown,
    },
  });
}
