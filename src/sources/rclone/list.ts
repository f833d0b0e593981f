/** Reading `lsjson -R`: an array with one item on each line, as it comes. */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { F2gitError } from '../../errors.ts';

/** A file as rclone lists it. */
export interface ListedItem {
  /** From the root of the course, with `/` between the names. */
  readonly path: string;
  /** Bytes; null when the remote does not know. */
  readonly size: number | null;
  /** As rclone writes it, to the remote's precision. */
  readonly modified: string;
  /** Lower-case digest of the asked kind; absent where this file has none. */
  readonly digest?: string;
  /** The remote's own id. */
  readonly id?: string;
}

export type ReadLine =
  | { readonly kind: 'item'; readonly item: ListedItem }
  | { readonly kind: 'folder'; readonly path: string }
  /** An item that cannot be used. */
  | { readonly kind: 'broken'; readonly path: string }
  /** An item of which not even the path can be read. */
  | { readonly kind: 'nameless' };

/** More than any course has: reached by a remote that is no course. */
const MAX_ITEMS = 500_000;
/** Characters of one item: a path of some thousand and its digests. */
const LONGEST_LINE = 256 * 1024;

const itemSchema = z.object({
  Path: z.string().max(16_384),
  Size: z.number().int().min(-1),
  ModTime: z.string(),
  IsDir: z.boolean(),
  ID: z.string().optional(),
  Hashes: z.record(z.string(), z.string()).nullish(),
});

const pathSchema = z.object({ Path: z.string().min(1) });

/**
 * Yields the items of `output`, and `closed` as the last thing when the array was closed: rclone leaves it open when
 * anything went wrong.
 * @throws {F2gitError} `too-large`, `source-invalid` for a line without end
 */
export async function* readItems(
  output: AsyncIterable<Uint8Array>,
  hash?: string,
): AsyncGenerator<ReadLine | { readonly kind: 'closed' }> {
  let count = 0;
  let isClosed = false;
  for await (const line of linesOf(output)) {
    const text = line.trim();
    if (text === ']' || text === '[]') isClosed = true;
    if (['', '[', ']', '[]'].includes(text)) continue;
    count += 1;
    if (count > MAX_ITEMS) throw new F2gitError('too-large', { params: { files: MAX_ITEMS } });
    yield readItem(text.replace(/,$/, ''), hash);
  }
  if (isClosed) yield { kind: 'closed' };
}

/** Reads one item. */
export function readItem(text: string, hash?: string): ReadLine {
  const value = jsonIn(text);
  const read = itemSchema.safeParse(value);
  if (!read.success) {
    const path = pathSchema.safeParse(value).data?.Path;
    return path === undefined ? { kind: 'nameless' } : { kind: 'broken', path };
  }
  const { Path, Size, ModTime, IsDir, ID, Hashes } = read.data;
  if (IsDir) return { kind: 'folder', path: Path };
  if (!isBelow(Path) || Size > Number.MAX_SAFE_INTEGER) return { kind: 'broken', path: Path };
  const digest = hash === undefined ? undefined : Hashes?.[hash]?.toLowerCase();
  return {
    kind: 'item',
    item: {
      path: Path,
      size: Size < 0 ? null : Size,
      modified: ModTime,
      ...(digest === undefined || digest === '' ? {} : { digest }),
      ...(ID === undefined || ID === '' ? {} : { id: ID }),
    },
  };
}

/** rclone would leave the course at a name like `..`. */
function isBelow(path: string): boolean {
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..') && !path.includes('\0');
}

async function* linesOf(output: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) {
      throw new F2gitError('source-invalid', { params: { detail: 'an item of the list does not end' } });
    }
    yield* lines;
  }
  yield rest;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The list was cut in the middle of an item; it is not closed either, so nothing is taken for gone.
    return undefined;
  }
}
