/** A folder on this machine as a source. */
import { isAbsolute, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EntryId } from '../../core/ids.ts';
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, courseName, invalidKey, requiredText } from '../mapping.ts';
import type { Recognise, SourceAdapter, SourceContext, SourceSession } from '../source.ts';
import { readListed } from './content.ts';
import { factsOf } from './facts.ts';
import { type Found, walkFolder } from './walk.ts';

interface FolderConfig {
  /** Absolute. */
  readonly path: string;
}

const KEYS = ['type', 'path'];

export const folderAdapter: SourceAdapter<FolderConfig> = {
  type: 'folder',
  capabilities: {
    identity: 'path',
    stamp: 'token',
    size: 'exact',
    deletions: 'certain',
    perStudent: false,
    executable: true,
    maxParallel: 4,
  },
  parseConfig(raw) {
    const [path] = together(
      () => requiredText(raw, 'path'),
      () => checkKeys(raw, KEYS),
    );
    if (path.includes('\0')) throw invalidKey('path', 'holds a character no path can have');
    return { path: resolve(path) };
  },
  identity: ({ path }) => `folder ${path}`,
  suggestedName: ({ path }) => courseName(path.split(sep).findLast((part) => part !== '') ?? ''),
  open: (config, context) => Promise.resolve(openSession(config, context)),
};

/** Knows `file:` addresses and paths that cannot be anything else: absolute ones and those that begin with a dot. */
export const recogniseFolder: Recognise = (address) => {
  const text = address.trim();
  if (/^file:/i.test(text)) return { type: 'folder', path: pathOfUrl(text) };
  return isAbsolute(text) || /^\.{1,2}(\/|$)/.test(text) ? { type: 'folder', path: text } : undefined;
};

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (error) {
    // Another host's name, an encoded slash, or no path at all.
    throw new F2gitError('address-not-understood', { params: { detail: 'not a path on this machine' }, cause: error });
  }
}

function openSession(config: FolderConfig, context: SourceContext): SourceSession {
  let found: Found | undefined;
  let listed: ReadonlySet<EntryId> | undefined;
  return {
    async list(signal) {
      found = await walkFolder(config.path, context.now, signal);
      listed = undefined;
      const { listing } = found;
      const isAsRemembered = listing.memory !== undefined && listing.memory === context.memory;
      return isAsRemembered ? { kind: 'unchanged' } : listing;
    },
    fetch(entry, signal) {
      listed ??= new Set(found?.listing.entries.map(({ id }) => id));
      if (found === undefined || !listed.has(entry.id)) {
        throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
      }
      const path = found.paths.get(entry.id) ?? entry.id;
      return Promise.resolve(readListed({ root: found.root, path, entry }, signal));
    },
    facts: (signal) => (found === undefined ? Promise.resolve([]) : factsOf(found, signal)),
    close: () => Promise.resolve(),
  };
}
