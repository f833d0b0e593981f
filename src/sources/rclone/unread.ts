/** What a list proves although rclone complained: which folders it could not read, and whether it read all others. */
import type { EntryProblem } from '../source.ts';
import type { Ending } from './child.ts';
import { problemIn, troubleIn, troubleOf } from './trouble.ts';

export interface Unread {
  readonly folders: readonly EntryProblem[];
  /** Whether every other folder was read. */
  readonly isAll: boolean;
}

/** @throws {F2gitError} when the complaints are about the course as a whole */
export function unreadIn(ending: Ending, remote: string): Unread {
  if (ending.code === 0) return { folders: [], isAll: true };
  const { complaints } = ending.log;
  const last = complaints.at(-1);
  if (ending.gaveUp && last !== undefined) throw troubleIn(ending, [last], { remote });
  const ofAll = complaints.filter(({ path }) => path === '');
  if (ofAll.length > 0) throw troubleIn(ending, ofAll, { remote });
  const folders = complaints.flatMap((one) =>
    one.path === undefined ? [] : [{ segments: one.path.split('/'), ...problemIn(one) }],
  );
  if (folders.length === 0) throw troubleOf(ending, { remote });
  // A folder that is gone since its parent was read may lie anywhere else by now.
  const isMoved = folders.some(({ code }) => code === 'source-changed');
  return { folders, isAll: !isMoved && saysHowMany(ending) === folders.length };
}

/**
 * The folders that could not be listed, by rclone's own count: its last line counts the error it ends with as well. It
 * goes on after each of them ("Carry on listing but return the error at the end", fs/walk), and says one line of each.
 * Undefined when it says anything else.
 */
function saysHowMany({ log }: Ending): number | undefined {
  const [last, ...others] = log.complaints.toReversed();
  const count = /^Failed to lsjson with (\d+) errors: /.exec(last?.text ?? '')?.[1];
  const areFolders = others.every(({ path, text }) => path !== undefined && text.startsWith('error listing: '));
  return count !== undefined && areFolders && log.dropped === 0 ? Number(count) - 1 : undefined;
}
