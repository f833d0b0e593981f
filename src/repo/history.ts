/**
 * Every content the course ever published, per file, in one append-only file beside the repository: what is in here is
 * never the student's work. It outlives manifests, consolidations and a history that had to start anew.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseOid, type EntryId, type Oid } from '../core/ids.ts';
import type { History } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import { appendDurablyMeanwhile, readIfPresent } from './durable-file.ts';

const NAME = 'history';

export interface PublishedContent {
  readonly oid: Oid;
  readonly path: RelPath;
  readonly id: EntryId;
}

/** Records contents, durably, before they are published. Recording one twice, or one that never is, does no harm. */
export async function appendHistory(folder: string, contents: readonly PublishedContent[]): Promise<void> {
  if (contents.length === 0) return;
  const path = join(folder, NAME);
  const lines = contents.map(({ oid, path: file, id }) =>
    JSON.stringify(id === (file as string) ? [oid, file] : [oid, file, id]),
  );
  await appendDurablyMeanwhile(path, `${endsTorn(path) ? '\n' : ''}${lines.join('\n')}\n`);
}

/** Every recorded content. A line a crash tore is left out: it was never published. */
export function readHistory(folder: string): readonly PublishedContent[] {
  const text = readIfPresent(join(folder, NAME))?.toString('utf8') ?? '';
  return text.split('\n').flatMap(parseLine);
}

/** Answers for all `contents`. */
export function historyOf(contents: readonly PublishedContent[]): History {
  const byOid = new Map<Oid, { readonly ids: Set<EntryId>; readonly paths: Set<RelPath> }>();
  for (const { oid, path, id } of contents) {
    const known = byOid.get(oid) ?? { ids: new Set(), paths: new Set() };
    known.ids.add(id);
    known.paths.add(path);
    byOid.set(oid, known);
  }
  return {
    has(id, path, oid) {
      const known = byOid.get(oid);
      return known !== undefined && (known.ids.has(id) || known.paths.has(path));
    },
    versions(id, path) {
      const own = contents.filter((content) => content.id === id || content.path === path).map(({ oid }) => oid);
      return [...new Set(own.reverse())];
    },
  };
}

function endsTorn(path: string): boolean {
  const size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return false;
  const fd = fs.openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    fs.readSync(fd, last, 0, 1, size - 1);
    return last[0] !== 0x0a;
  } finally {
    fs.closeSync(fd);
  }
}

/** Lines are written by `appendHistory` alone; one that is not whole JSON with an object id was torn or damaged. */
function parseLine(line: string): readonly PublishedContent[] {
  if (!line.endsWith(']')) return [];
  try {
    const [object, path, id] = JSON.parse(line) as readonly string[];
    const known = parseOid(object ?? '');
    if (known === undefined || path === undefined) return [];
    return [{ oid: known, path: path as RelPath, id: (id ?? path) as EntryId }];
  } catch {
    // Not JSON: torn in the middle by a crash, and completed by a later line.
    return [];
  }
}
