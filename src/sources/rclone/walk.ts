/** One list of the whole course: its files, what could not be read, and which folders were really seen. */
import type { EntryProblem } from '../source.ts';
import type { Ending } from './child.ts';
import { listCommand, placeOf } from './commands.ts';
import type { OpenRemote } from './content.ts';
import type { Reading } from './features.ts';
import { type ListedItem, readItems } from './list.ts';
import { problemIn, troubleIn, troubleOf } from './trouble.ts';

/** What one list of the whole course says. */
export interface Found {
  readonly items: readonly ListedItem[];
  readonly problems: readonly EntryProblem[];
  readonly complete: boolean;
  readonly folders: Folders;
}

/** Lists everything. After any trouble nothing proves that the rest was seen: the listing is not complete then. */
export async function listAll(remote: OpenRemote, signal: AbortSignal): Promise<Found> {
  const { rclone, config, reading } = remote;
  const running = rclone.start(listCommand(config, reading), signal);
  try {
    const read = await readAll(running.output, reading);
    const ending = await running.ended;
    const unread = ending.code === 0 ? [] : unreadFolders(ending, placeOf(config));
    const { single, twins } = withoutTwins(read.items);
    return {
      items: single,
      problems: [...read.problems, ...unread, ...twins],
      complete: read.complete && ending.code === 0,
      folders: read.folders,
    };
  } finally {
    await running.stop();
  }
}

async function readAll(output: AsyncIterable<Uint8Array>, { hash }: Reading): Promise<Found> {
  const items: ListedItem[] = [];
  const problems: EntryProblem[] = [];
  const folders = new Folders();
  let isClosed = false;
  let hasNameless = false;
  for await (const read of readItems(output, hash)) {
    switch (read.kind) {
      case 'closed':
        isClosed = true;
        break;
      case 'folder':
        folders.note(read.path, true);
        break;
      case 'item':
        folders.note(read.item.path, false);
        items.push(read.item);
        break;
      case 'broken':
        folders.note(read.path, false);
        problems.push(unusable(read.path));
        break;
      case 'nameless':
        hasNameless = true;
        break;
    }
  }
  return { items, problems, complete: isClosed && !hasNameless, folders };
}

/** The folders rclone complained about. @throws {F2gitError} when it complained about the course as a whole */
function unreadFolders(ending: Ending, remote: string): readonly EntryProblem[] {
  const { complaints } = ending.log;
  const ofAll = complaints.filter(({ path }) => path === '');
  if (ofAll.length > 0) throw troubleIn(ending, ofAll, { remote });
  const folders = complaints.flatMap((one) =>
    one.path === undefined ? [] : [{ segments: one.path.split('/'), ...problemIn(one) }],
  );
  if (folders.length === 0) throw troubleOf(ending, { remote });
  return folders;
}

function unusable(path: string): EntryProblem {
  return { segments: path.split('/').filter((name) => name !== ''), code: 'source-invalid' };
}

/** Some storages let two files of a folder share their name; rclone could only ever read one of them. */
function withoutTwins(items: readonly ListedItem[]): { single: readonly ListedItem[]; twins: readonly EntryProblem[] } {
  const counts = new Map<string, number>();
  for (const { path } of items) counts.set(path, (counts.get(path) ?? 0) + 1);
  const detail = 'two files share this name';
  return {
    single: items.filter(({ path }) => counts.get(path) === 1),
    twins: [...counts]
      .filter(([, count]) => count > 1)
      .map(([path]) => ({ segments: path.split('/'), code: 'source-invalid', params: { detail } })),
  };
}

/** The folders of a list, and whether they hold anything. */
export class Folders {
  readonly #holdSomething = new Map<string, boolean>([['', false]]);

  note(path: string, isFolder: boolean): void {
    if (path === '') return;
    if (isFolder && !this.#holdSomething.has(path)) this.#holdSomething.set(path, false);
    for (let folder = parentOf(path); this.#holdSomething.get(folder) !== true; folder = parentOf(folder)) {
      this.#holdSomething.set(folder, true);
    }
  }

  /** Whether the absence of the file at `path` is certain: the nearest folder above it that is there holds other things. */
  isGone(path: string): boolean {
    let folder = parentOf(path);
    while (!this.#holdSomething.has(folder)) folder = parentOf(folder);
    return this.#holdSomething.get(folder) === true;
  }
}

/** The root is the empty path. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
