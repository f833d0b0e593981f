/** All folders of a course, also where one of them makes Stud.IP's own list fail. */
import { type ErrorCode, F2gitError } from '../../errors.ts';
import { type Api, changed, type Slice, wholeList } from './api.ts';
import { type Folder, type Item, readFolder } from './documents.ts';

export interface CourseFolders {
  /** The root first. */
  readonly items: readonly Item<Folder>[];
  /** Folders that are there and cannot be told: one file of a missing plugin's type spoils them. */
  readonly broken: number;
}

/** A course with more of them has another trouble than a missing plugin. */
const MAX_BROKEN = 20;

/**
 * Lists the folders of `course`. If the server's code fails on the list, the list is halved until only the folders that
 * spoil it are left out: lists are sliced before they are put into words.
 * @throws {F2gitError} as `Api.slice`; `source-invalid` when the root is spoilt or there is none
 */
export async function courseFolders(api: Api, course: string, signal: AbortSignal): Promise<CourseFolders> {
  const path = `courses/${course}/folders`;
  const list = await wholeList(api, path, signal).catch(explained);
  const { data, broken } = list.kind === 'broken' ? await bisect(api, path, signal) : { data: list.data, broken: 0 };
  const items = data.map(readFolder);
  const hasRoot = items.some((one) => one.kind === 'good' && one.item.parent === undefined);
  if (!hasRoot) throw invalid('the course has no root folder');
  return { items, broken };
}

function explained(error: unknown): never {
  if (!(error instanceof F2gitError)) throw error;
  const detail = REFUSALS.get(error.code);
  if (detail === undefined) throw error;
  throw new F2gitError(error.code, { params: { ...error.params, detail }, cause: error });
}

/** A course's page may be open to everybody: that says nothing of its files. */
const REFUSALS: ReadonlyMap<ErrorCode, string> = new Map([
  ['source-forbidden', 'the account is not in the course, or the course has its files switched off'],
  ['source-not-found', 'there is nothing with this number, or it was deleted'],
]);

interface Bisected {
  readonly data: readonly unknown[];
  readonly broken: number;
}

async function bisect(api: Api, path: string, signal: AbortSignal): Promise<Bisected> {
  const root = await api.slice(path, 0, 1, signal);
  if (root.kind === 'broken') throw invalid('Stud.IP fails on the root folder');
  const data = [...root.data];
  const waiting: (readonly [offset: number, length: number])[] = [[1, root.total - 1]];
  let broken = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [offset, length] = next;
    if (length <= 0) continue;
    const slice = await api.slice(path, offset, length, signal);
    if (slice.kind === 'slice') {
      checkSlice(slice, length, root.total);
      data.push(...slice.data);
    } else if (length === 1) {
      broken += 1;
      if (broken > MAX_BROKEN) throw invalid('Stud.IP fails on too many folders');
    } else {
      const half = Math.ceil(length / 2);
      waiting.push([offset + half, length - half], [offset, half]);
    }
  }
  return { data, broken };
}

/** A folder that came or went meanwhile moves the others: some would be read twice, some never. */
function checkSlice(slice: Extract<Slice, { kind: 'slice' }>, length: number, total: number): void {
  if (slice.total !== total || slice.data.length !== length) throw changed();
}

function invalid(detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { detail } });
}
