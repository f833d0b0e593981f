/** One list of the whole course: its files, what could not be read, and which folders were really seen. */
import { MAX_DEPTH } from '../../core/paths.ts';
import type { EntryProblem } from '../source.ts';
import { listCommand, placeOf } from './commands.ts';
import type { OpenRemote } from './content.ts';
import type { Reading } from './features.ts';
import { Folders } from './folders.ts';
import { type ListedItem, readItems } from './list.ts';
import { createPatience } from './patience.ts';
import { unreadIn } from './unread.ts';

/** So many folders without an answer are a server that does not answer. */
const MOST_UNANSWERED = 8;

/** What one list of the whole course says. */
export interface Found {
  readonly items: readonly ListedItem[];
  readonly problems: readonly EntryProblem[];
  readonly complete: boolean;
  readonly folders: Folders;
}

/**
 * Lists everything. What cannot be read is a problem on its path; where nothing proves that the rest was seen, the listing
 * is not complete.
 * @throws {F2gitError} when the course as a whole cannot be read, or its server wants to be left alone
 */
export async function listAll(remote: OpenRemote, signal: AbortSignal): Promise<Found> {
  const { rclone, config, reading } = remote;
  const running = rclone.start(listCommand(config, reading), signal, createPatience(MOST_UNANSWERED));
  try {
    const read = await readAll(running.output, reading);
    const ending = await running.ended;
    const unread = unreadIn(ending, placeOf(config));
    const { single, twins, isRepeated } = withoutTwins(read.items);
    // After any error rclone leaves its list open.
    const isAll = ending.code === 0 ? read.isClosed : unread.isAll;
    return {
      items: single,
      problems: [...read.problems, ...unread.folders, ...twins],
      complete: isAll && !read.hasNameless && !isRepeated,
      folders: read.folders,
    };
  } finally {
    await running.stop();
  }
}

interface Read extends Pick<Found, 'items' | 'problems' | 'folders'> {
  /** Whether the list came to its end. */
  readonly isClosed: boolean;
  /** Whether it holds something of which not even the path can be read. */
  readonly hasNameless: boolean;
}

async function readAll(output: AsyncIterable<Uint8Array>, { hash, listsAtOnce }: Reading): Promise<Read> {
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
        folders.noteFolder(read.path);
        if (!listsAtOnce && isDeepest(read.path)) problems.push(tooDeep(read.path));
        break;
      case 'item':
        folders.noteFile(read.item.path);
        items.push(read.item);
        break;
      case 'broken':
        folders.noteFile(read.path);
        problems.push(unusable(read.path));
        break;
      case 'nameless':
        hasNameless = true;
        break;
    }
  }
  return { items, problems, folders, isClosed, hasNameless };
}

function unusable(path: string): EntryProblem {
  return { segments: path.split('/').filter((name) => name !== ''), code: 'source-invalid' };
}

/** rclone was told to look no further. */
function isDeepest(path: string): boolean {
  return path.split('/').length >= MAX_DEPTH;
}

function tooDeep(path: string): EntryProblem {
  return { segments: path.split('/'), code: 'name-refused', params: { depth: MAX_DEPTH } };
}

interface WithoutTwins {
  readonly single: readonly ListedItem[];
  readonly twins: readonly EntryProblem[];
  /** Whether a file is listed more than once: what should have stood in its place, nobody knows. */
  readonly isRepeated: boolean;
}

/** Some storages let two files of a folder share their name, each with an id; rclone could only ever read one of them. */
function withoutTwins(items: readonly ListedItem[]): WithoutTwins {
  const idsOf = new Map<string, (string | undefined)[]>();
  for (const { path, id } of items) idsOf.set(path, [...(idsOf.get(path) ?? []), id]);
  const detail = 'two files share this name';
  const shared = [...idsOf].filter(([, ids]) => ids.length > 1);
  return {
    single: items.filter(({ path }) => idsOf.get(path)?.length === 1),
    twins: shared.map(([path]) => ({ segments: path.split('/'), code: 'source-invalid', params: { detail } })),
    isRepeated: shared.some(([, ids]) => ids.includes(undefined) || new Set(ids).size < ids.length),
  };
}
