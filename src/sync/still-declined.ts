/** What of a file's declined lines or cells the course still wants, as the file is now. */
import type { Oid } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import { nameOf } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Home } from './home.ts';
import { isNotebookName } from './merge-notebook.ts';
import { MAX_TEXT_BYTES } from './merge-text.ts';
import { MAX_NOTEBOOK_BYTES } from './notebook/read.ts';
import { stillWanted } from './notebook/still-wanted.ts';
import { readStill } from './scan.ts';
import { stillWanted as textStillWanted } from './text/still-wanted.ts';
import type { BaseRecord, Declined } from './tree.ts';
import { errnoOf } from './trouble.ts';

/** All that was declined where nobody can tell: the file is not `local` any more, or a content cannot be had. */
export async function stillDeclined(
  home: Home,
  contents: Contents,
  { placement, oid, declined = [] }: BaseRecord,
  local: Oid,
): Promise<readonly Declined[]> {
  const isNotebook = isNotebookName(nameOf(placement));
  const mine = bytesOf(home, placement, local, isNotebook ? MAX_NOTEBOOK_BYTES : MAX_TEXT_BYTES);
  const theirs = mine === undefined ? undefined : await courseBytes(contents, oid);
  if (mine === undefined || theirs === undefined) return declined;
  return isNotebook ? stillWanted(declined, theirs, mine) : textStillWanted(declined, theirs, mine);
}

function bytesOf(home: Home, path: string, oid: Oid, most: number): Uint8Array | undefined {
  try {
    if ((home.stat(path)?.size ?? 0) > most) return undefined;
    const pieces: Buffer[] = [];
    const reading = readStill(home, path, (bytes) => pieces.push(Buffer.from(bytes)));
    return reading !== 'busy' && reading.oid === oid ? Buffer.concat(pieces) : undefined;
  } catch (error) {
    // It was scanned a moment ago; whoever needs the file itself will name it.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

async function courseBytes(contents: Contents, oid: Oid): Promise<Uint8Array | undefined> {
  try {
    return await contents.read(oid);
  } catch (error) {
    if (error instanceof F2gitError && error.code === 'object-missing') return undefined;
    throw error;
  }
}
