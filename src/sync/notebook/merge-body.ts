/** The text of a cell that both sides have. Its type belongs to it: a text that became code is another one. */
import { mergeText } from '../merge-text.ts';
import type { CellVersions, MergedBody } from './cell-versions.ts';
import { looksOf, type Cell } from './read.ts';

/**
 * The side that changed it wins; where both did, their lines come together if they can, else the student's text stays as
 * a whole. A text that nbgrader overwrites is the course's.
 */
export function mergeBody(versions: CellVersions): MergedBody {
  const { base, offered, local } = versions;
  const own: MergedBody = { ...bodyOf(local), from: 'local', isDeclined: false, isReset: false };
  const theirs: MergedBody = { ...bodyOf(offered), from: 'offered', isDeclined: false, isReset: false };
  if (local.body === offered.body) return own;
  if (!isEdited(versions)) return theirs;
  if (offered.isCourseOwned) return { ...theirs, isReset: true };
  if (base?.body === offered.body) return own;
  const lines = mergeLines(versions);
  if (lines === undefined) return { ...own, isDeclined: true };
  return lines === local.source ? own : { ...own, source: lines, from: lines === offered.source ? 'offered' : 'both' };
}

function bodyOf({ type, source }: Cell): Pick<MergedBody, 'type' | 'source'> {
  return { type, source };
}

/**
 * Whether the text is the student's work: neither what was delivered nor what the course had there before. An answer is
 * theirs even if the course once showed the same one, and so is a copy, which has another id.
 */
export function isEdited({ base, local, earlier }: Pick<CellVersions, 'base' | 'local' | 'earlier'>): boolean {
  return base?.body !== local.body && (local.isSolution || !(earlier.has(looksOf(local)) || earlier.has(local.body)));
}

/** Both changes in one text; undefined where they are not to be mixed, or touch. */
function mergeLines({ base, offered, local, codeCells }: CellVersions): string | undefined {
  if (base === undefined || base.type !== local.type || base.type !== offered.type) return undefined;
  if (local.isSolution || offered.isSolution || (local.type === 'code' && codeCells === 'whole')) return undefined;
  const sources = [base.source, offered.source, local.source];
  // half a character pair cannot be written as bytes
  if (!sources.every((source) => source.isWellFormed())) return undefined;
  const [b, u, l] = sources.map((source) => Buffer.from(source)) as [Buffer, Buffer, Buffer];
  const merge = mergeText(b, u, l);
  if (merge.kind === 'not-mergeable' || merge.declined.length > 0) return undefined;
  return Buffer.from(merge.bytes).toString('utf8');
}
