/** Where a workspace on this computer got its course from, so that `take` finds the course's version again. */
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { errnoOf, stateTrouble } from '../sync/trouble.ts';

const VERSION = 1;

/**
 * A hidden repository of its own in the workspace, or a server's link. Addresses with a user's credentials are refused; one
 * that is a key itself (a public link, a signed archive) is kept as it was typed, for nobody else to read: `confirm` needs it.
 */
export type Origin =
  /** A relative path in `address` starts at `folder`. */
  | { readonly kind: 'source'; readonly course: string; readonly address: string; readonly folder: string }
  | { readonly kind: 'link'; readonly link: string };

/**
 * The origin of `workspace`; undefined when it is not known, as in a home a server delivers to.
 * @throws {F2gitError} `workspace-unwritable` when it cannot be read, `workspace-state-refused` when a newer f2git wrote it
 */
export function readOrigin(workspace: string): Origin | undefined {
  const path = pathOf(workspace);
  try {
    // a pipe would wait for ever, and a link leads anywhere
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    return parseOrigin(workspace, parseJson(readFileSync(path, 'utf8')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateTrouble(workspace, error);
  }
}

/** Remembers `origin`; writes only what changed. @throws {F2gitError} `disk-full`, `workspace-unwritable` */
export function keepOrigin(workspace: string, origin: Origin): void {
  try {
    if (JSON.stringify(readOrigin(workspace)) === JSON.stringify(origin)) return;
    const path = pathOf(workspace);
    makeFolder(join(workspace, STATE_FOLDER));
    writeFileSync(`${path}.new`, `${JSON.stringify({ version: VERSION, origin })}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    rmSync(`${pathOf(workspace)}.new`, { force: true });
    throw stateTrouble(workspace, error);
  }
}

function parseOrigin(workspace: string, document: unknown): Origin | undefined {
  const { origin, version } = Object(document) as { readonly origin?: unknown; readonly version?: unknown };
  if (typeof version === 'number' && version > VERSION)
    throw new F2gitError('workspace-state-refused', { params: { workspace, why: `version ${version}` } });
  const { kind, course, address, folder, link } = Object(origin) as Readonly<Record<string, unknown>>;
  if (kind === 'link' && typeof link === 'string') return { kind, link };
  if (kind !== 'source' || typeof course !== 'string' || typeof address !== 'string') return undefined;
  return typeof folder === 'string' ? { kind, course, address, folder } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a damaged file is the same as none: the next pull writes it anew
    return undefined;
  }
}

function pathOf(workspace: string): string {
  return join(workspace, STATE_FOLDER, 'origin.json');
}
