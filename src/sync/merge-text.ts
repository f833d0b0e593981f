/**
 * The three-way merge of text by lines (the merge table, row 11): what the course changed arrives, except where the
 * student changed the same lines; there the student's stay and the course's are reported. Never a conflict marker.
 */
import { numberLines } from './text/line-ids.ts';
import { lineDiff } from './text/line-diff.ts';
import { splitLines } from './text/lines.ts';
import type { Lines } from './text/lines.ts';
import { MAX_TEXT_LINES, notText, type NotText } from './text/not-text.ts';
import type { Work } from './text/shortest-edit.ts';
import { alignHunks } from './text/three-way.ts';
import { declinedParts } from './text/declined.ts';
import { writeMerge } from './text/write-merge.ts';
import type { Declined } from './tree.ts';

export type TextMerge =
  | { readonly kind: 'merged'; readonly bytes: Uint8Array; readonly declined: readonly Declined[] }
  | { readonly kind: 'not-mergeable'; readonly why: NotText };

export { MAX_TEXT_BYTES, MAX_TEXT_LINES, type NotText } from './text/not-text.ts';

/**
 * Merges what the course made of `base` into what the student made of it.
 *
 * A file only one side changed is that side's, byte for byte. Otherwise lines are compared without their ends; the
 * result has the student's byte order mark, line ends and final line end, and the course's lines get the line end
 * most of the student's have. `declined` names each place where the course's lines gave way. Bytes and places are those
 * of `git merge-file --ours`.
 *
 * Limit, shared with git: merging the result again changes nothing, except where equal lines make it unknowable whether
 * a line that stands there twice is the course's addition or the student's.
 */
export function mergeText(
  base: Uint8Array,
  offered: Uint8Array,
  local: Uint8Array,
  work: Work = { steps: 0 },
): TextMerge {
  const why = notText(base) ?? notText(offered) ?? notText(local);
  if (why !== undefined) return { kind: 'not-mergeable', why };
  if (isSame(base, offered) || isSame(offered, local)) return { kind: 'merged', bytes: local, declined: [] };
  if (isSame(base, local)) return { kind: 'merged', bytes: offered, declined: [] };

  const baseLines = splitLines(base, MAX_TEXT_LINES);
  const offeredLines = splitLines(offered, MAX_TEXT_LINES);
  const localLines = splitLines(local, MAX_TEXT_LINES);
  if (baseLines === undefined || offeredLines === undefined || localLines === undefined) {
    return { kind: 'not-mergeable', why: 'too-many-lines' };
  }
  return mergeLines(baseLines, offeredLines, localLines, work);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function mergeLines(base: Lines, offered: Lines, local: Lines, work: Work): TextMerge {
  const ids = numberLines([base, offered, local]);
  const [baseIds, offeredIds, localIds] = ids.files as readonly [Int32Array, Int32Array, Int32Array];
  const diff = lineDiff(ids.count, work);
  const parts = alignHunks(
    { lines: offeredIds, hunks: diff(baseIds, offeredIds) },
    { lines: localIds, hunks: diff(baseIds, localIds) },
  );
  return {
    kind: 'merged',
    bytes: writeMerge(offered, local, parts),
    declined: declinedParts({ lines: offered, ids: offeredIds }, { lines: local, ids: localIds }, parts, diff),
  };
}
