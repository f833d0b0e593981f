/** A repository on this machine: where its parts are, and its refs, read without any git. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Oid } from '../../core/ids.ts';
import { F2gitError } from '../../errors.ts';
import { ObjectStore } from './object-store.ts';
import type { Refs } from './refs.ts';
import type { GitRepository } from './repository.ts';

/** Links from ref to ref; git follows five. */
const MAX_SYMBOLIC = 5;

/**
 * Opens the repository at `path`: a bare one, a working folder with `.git`, or a further worktree of one.
 * @throws {F2gitError} `source-not-found`, `source-forbidden`; `source-invalid` for what is stored in ways not known here
 */
export function openLocalRepository(path: string): GitRepository {
  return orSourceError(path, () => {
    const gitDir = gitDirOf(path);
    if (gitDir === undefined) {
      throw new F2gitError('source-not-found', { params: { address: path, detail: 'no git repository is there' } });
    }
    const commonDir = commonDirOf(gitDir);
    refuseUnknownFormat(commonDir, path);
    const objects = new ObjectStore(join(commonDir, 'objects'));
    return {
      objects,
      // A promise, so that what the file system says becomes a rejection.
      refs: () => new Promise((answer) => answer(orSourceError(path, () => localRefs(gitDir, commonDir)))),
      obtain: (tip) => Promise.resolve(objects.has(tip.oid)),
      confirm: () => Promise.resolve(),
      repair: () => Promise.resolve(false),
      distrust: () => undefined,
      close: () => objects.close(),
    };
  });
}

function gitDirOf(path: string): string | undefined {
  const inside = join(path, '.git');
  const entry = statSync(inside, { throwIfNoEntry: false });
  if (entry?.isFile() === true) {
    const target = /^gitdir: (.+)$/m.exec(readFileSync(inside, 'utf8'))?.[1];
    return target === undefined ? undefined : checkedGitDir(resolve(path, target.trim()));
  }
  return checkedGitDir(entry === undefined ? path : inside);
}

function checkedGitDir(path: string): string | undefined {
  // A folder that cannot be entered must not look like one that is no repository.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  readdirSync(path);
  return existsSync(join(path, 'HEAD')) ? path : undefined;
}

function commonDirOf(gitDir: string): string {
  const file = join(gitDir, 'commondir');
  if (!existsSync(file)) return gitDir;
  const target = readFileSync(file, 'utf8').trim();
  return isAbsolute(target) ? target : resolve(gitDir, target);
}

/** A repository with SHA-256 ids, or with refs in tables, would look empty or damaged. */
function refuseUnknownFormat(commonDir: string, path: string): void {
  const file = join(commonDir, 'config');
  if (!existsSync(file)) return;
  const match = /^\s*(objectformat|refstorage)\s*=\s*"?([^"\s]+)/im.exec(readFileSync(file, 'utf8'));
  if (match === null || match[2] === 'sha1' || match[2] === 'files') return;
  throw new F2gitError('source-invalid', {
    params: { address: path, detail: `git repository with ${match[2] ?? ''}` },
  });
}

function localRefs(gitDir: string, commonDir: string): Refs {
  let packed: ReadonlyMap<string, Oid> | undefined;
  const find = (name: string, depth = 0): Oid | undefined => {
    if (!isSafeRefName(name)) return undefined;
    const text = readIfThere(join(name === 'HEAD' ? gitDir : commonDir, name));
    const target = text === undefined ? undefined : symbolicTarget(text);
    if (target !== undefined) return depth < MAX_SYMBOLIC ? find(target, depth + 1) : undefined;
    if (text !== undefined) return parseId(text);
    return (packed ??= packedRefs(commonDir)).get(name);
  };
  const head = readIfThere(join(gitDir, 'HEAD')) ?? '';
  return {
    headTarget: symbolicTarget(head),
    head: find('HEAD'),
    find,
    branches: () => {
      const loose = looseNames(join(commonDir, 'refs', 'heads'), 'refs/heads/');
      const names = [...loose, ...[...packedRefs(commonDir).keys()].filter((name) => name.startsWith('refs/heads/'))];
      return [...new Set(names)].filter((name) => find(name) !== undefined).sort();
    },
  };
}

/** Names come from the configuration and from the repository's own files; none may lead out of it. */
function isSafeRefName(name: string): boolean {
  return name === 'HEAD' || (/^refs\/[^\u0000-\u0020\\]+$/.test(name) && !name.split('/').includes('..'));
}

function symbolicTarget(text: string): string | undefined {
  return /^ref: *(\S+)/.exec(text)?.[1];
}

function parseId(text: string): Oid | undefined {
  return /^[0-9a-f]{40}$/.test(text.trim()) ? (text.trim() as Oid) : undefined;
}

function packedRefs(commonDir: string): ReadonlyMap<string, Oid> {
  const refs = new Map<string, Oid>();
  for (const line of (readIfThere(join(commonDir, 'packed-refs')) ?? '').split('\n')) {
    const id = parseId(line.slice(0, 40));
    if (id !== undefined && line[40] === ' ') refs.set(line.slice(41), id);
  }
  return refs;
}

function looseNames(folder: string, prefix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? looseNames(join(folder, entry.name), `${prefix}${entry.name}/`)
      : entry.name.endsWith('.lock')
        ? []
        : [`${prefix}${entry.name}`],
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

function orSourceError<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    const code = hasCode(error, 'EACCES', 'EPERM') ? 'source-forbidden' : 'source-unreachable';
    throw new F2gitError(code, { params: { address: path }, cause: error });
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
