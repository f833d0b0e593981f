/** What became of files that were listed once: 404 proves that one is deleted; a refusal proves that it is not. */
import { type Api, atOnce } from './api.ts';
import { readFileRef } from './documents.ts';
import type { KnownFile } from './known.ts';

/** Files asked for by their id at once; the others count as there until the next refresh. */
const MAX_ASKED = 300;

/**
 * Gives those of `ids` that still exist in `course`. Where their folder is closed to this account, one request tells for
 * all of its files: what was deleted behind it is noticed when it opens again.
 * @throws {F2gitError} `source-login`, `source-unreachable`, …
 */
export async function stillThere(
  api: Api,
  course: string,
  ids: readonly string[],
  files: ReadonlyMap<string, KnownFile>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const closed = await closedFolders(api, new Set(ids.flatMap((id) => files.get(id)?.folder ?? [])), signal);
  const there = new Set(ids);
  const asked = ids.filter((id) => !closed.has(files.get(id)?.folder ?? ''));
  await atOnce(asked.slice(0, MAX_ASKED), signal, async (id, one) => {
    if (await isGone(api, course, id, one)) there.delete(id);
  });
  return there;
}

async function closedFolders(
  api: Api,
  folders: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const closed = new Set<string>();
  await atOnce(folders, signal, async (id, one) => {
    const found = await api.single(`folders/${id}`, one);
    // What Stud.IP fails on is there, too: the same error spoils every answer about its files.
    if (found.kind === 'forbidden' || found.kind === 'broken') closed.add(id);
  });
  return closed;
}

async function isGone(api: Api, course: string, id: string, signal: AbortSignal): Promise<boolean> {
  const found = await api.single(`file-refs/${id}?include=file`, signal);
  if (found.kind !== 'found') return found.kind === 'missing';
  const read = readFileRef(found.data, found.included);
  // moved out of the course, to another one or to somebody's own files
  return read.kind === 'good' && read.item.range !== undefined && read.item.range.id !== course;
}
