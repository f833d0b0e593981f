/** Where a workspace on this computer got its course from, so that `take` finds the course's version again. */
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, sweepTemporaryFiles, writeFileDurably, writeFileLightly } from '../repo/durable-file.ts';
import { safeAddress } from '../sources/redact.ts';
import { errnoOf, readTrouble, stateTrouble } from '../sync/trouble.ts';
import { settingsFolder } from './settings.ts';

const VERSION = 1;

/**
 * A hidden repository of its own in the workspace, or a server's link. An address that is a key itself (a public link, a
 * signed archive) is kept in the person's own settings, because folders are copied, shared and handed in; only a name for
 * it is in the workspace.
 */
export type Origin =
  /** A relative path in `address` starts at `folder`. */
  | { readonly kind: 'source'; readonly course: string; readonly address: string; readonly folder: string }
  | { readonly kind: 'link'; readonly link: string };

/** As it is in the workspace. `kept` names the address in the settings. */
type StoredOrigin = Origin | (Omit<Origin & { kind: 'source' }, 'address'> & { readonly kept: string });

/**
 * The origin of `workspace`; undefined when it is not known, as in a home a server delivers to.
 * @throws {F2gitError} `workspace-unreadable` when it cannot be read, `workspace-state-refused` when a newer f2git wrote
 * it, `address-not-kept` when it came by an address that only the settings of another person or computer know
 */
export function readOrigin(workspace: string, environment: NodeJS.ProcessEnv): Origin | undefined {
  const stored = readStored(workspace);
  if (stored === undefined || !('kept' in stored)) return stored;
  const { kept, ...rest } = stored;
  const address = readIfPresent(addressPath(kept, environment))?.toString();
  if (address === undefined) throw new F2gitError('address-not-kept', { params: { workspace } });
  return { ...rest, address };
}

/** Whether `workspace` has its course by `link`. @throws {F2gitError} `workspace-state-refused` when a newer f2git wrote it */
export function isByLink(workspace: string, link: string): boolean {
  const stored = readStored(workspace);
  return stored?.kind === 'link' && stored.link === link;
}

/** @throws {F2gitError} `workspace-state-refused` when a newer f2git wrote it */
export function checkOrigin(workspace: string): void {
  readStored(workspace);
}

/** Remembers `origin`; writes only what changed. @throws {F2gitError} `disk-full`, `workspace-unwritable` */
export function keepOrigin(workspace: string, origin: Origin, environment: NodeJS.ProcessEnv): void {
  try {
    const before = readStored(workspace);
    const stored = withoutKey(origin, before, environment);
    if (JSON.stringify(before) === JSON.stringify(stored)) return;
    makeFolder(join(workspace, STATE_FOLDER));
    writeBesideOthers(workspace, `${JSON.stringify({ version: VERSION, origin: stored })}\n`);
  } catch (error) {
    throw stateTrouble(workspace, error);
  }
}

/** So often another pull may take the file from under this one before it has its name. */
const TRIES = 5;

/** Several pulls may do this at once, and one that died may have left its file. */
function writeBesideOthers(workspace: string, text: string): void {
  sweepTemporaryFiles(join(workspace, STATE_FOLDER));
  for (let tries = 1; ; tries++) {
    try {
      writeFileLightly(pathOf(workspace), text, 0o600);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || tries === TRIES) throw error;
    }
  }
}

/** Whether an address opens what it names to whoever has it: then it is shown nowhere as it is. */
export function isKey(address: string): boolean {
  return URL.canParse(address) && safeAddress(address).includes('***');
}

function withoutKey(origin: Origin, before: StoredOrigin | undefined, environment: NodeJS.ProcessEnv): StoredOrigin {
  if (origin.kind === 'link' || !isKey(origin.address)) return origin;
  const { kind, course, folder, address } = origin;
  const kept = before !== undefined && 'kept' in before ? before.kept : randomBytes(12).toString('hex');
  keepAddress(addressPath(kept, environment), address);
  return { kind, course, folder, kept };
}

/** The course is there also where a person has no place for settings: who needs the address then is told so. */
function keepAddress(path: string, address: string): void {
  try {
    if (readIfPresent(path)?.toString() === address) return;
    makeFolder(dirname(path), 0o700);
    writeFileDurably(path, address, 0o600);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function addressPath(kept: string, environment: NodeJS.ProcessEnv): string {
  return join(settingsFolder(environment), 'addresses', kept);
}

function readStored(workspace: string): StoredOrigin | undefined {
  const path = pathOf(workspace);
  try {
    // a pipe would wait for ever, and a link leads anywhere
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    return parseOrigin(workspace, parseJson(readFileSync(path, 'utf8')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw readTrouble(workspace, error);
  }
}

function parseOrigin(workspace: string, document: unknown): StoredOrigin | undefined {
  const { origin, version } = Object(document) as { readonly origin?: unknown; readonly version?: unknown };
  if (typeof version === 'number' && version > VERSION)
    throw new F2gitError('workspace-state-refused', { params: { workspace, why: `version ${version}` } });
  const { kind, course, address, folder, link, kept } = Object(origin) as Readonly<Record<string, unknown>>;
  if (kind === 'link' && typeof link === 'string') return { kind, link };
  if (kind !== 'source' || typeof course !== 'string' || typeof folder !== 'string') return undefined;
  if (typeof kept === 'string' && /^[0-9a-f]{24}$/.test(kept)) return { kind, course, folder, kept };
  return typeof address === 'string' ? { kind, course, address, folder } : undefined;
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
