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

/** Answers for all `contents`, of which it keeps only what the answers take: there may be a hundred thousand. */
export function historyOf(contents: readonly PublishedContent[]): History {
  const oids = contents.map(({ oid }) => oid);
  const byId = new Positions();
  const byPath = new Positions();
  // most files go by their path: that name is kept once
  const byBoth = new Positions();
  contents.forEach(({ id, path }, position) => {
    if (id === (path as string)) byBoth.add(id, position);
    else {
      byId.add(id, position);
      byPath.add(path, position);
    }
  });
  const positionsOf = (id: EntryId, path: RelPath): readonly number[] => [
    ...byBoth.of(id),
    ...(id === (path as string) ? [] : byBoth.of(path)),
    ...byId.of(id),
    ...byPath.of(path),
  ];
  return {
    has: (id, path, oid) => positionsOf(id, path).some((position) => oids[position] === oid),
    versions(id, path) {
      const newestFirst = positionsOf(id, path).toSorted((a, b) => b - a);
      return [...new Set(newestFirst.flatMap((position) => oids[position] ?? []))];
    },
  };
}

/** Where in a list each name is. */
class Positions {
  readonly #known = new Map<string, number[]>();

  add(name: string, position: number): void {
    const known = this.#known.get(name);
    if (known === undefined) this.#known.set(name, [position]);
    else known.push(position);
  }

  of(name: string): readonly number[] {
    return this.#known.get(name) ?? [];
  }
}

/** Tells the contents that ever went by an id. `read` is asked once, and only when somebody wants to know. */
export function contentsById(read: () => readonly PublishedContent[]): (id: EntryId) => ReadonlySet<Oid> | undefined {
  let known: Map<EntryId, Set<Oid>> | undefined;
  return (wanted) => {
    if (known === undefined) {
      known = new Map();
      for (const { id, oid } of read()) known.set(id, (known.get(id) ?? new Set()).add(oid));
    }
    return known.get(wanted);
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
