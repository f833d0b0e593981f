/** The version of the course a student's text was made of, where that may not be the one last delivered. */
import { splitLines, type Lines } from './lines.ts';
import { MAX_TEXT_LINES, notText } from './not-text.ts';
import { savedFrom, type Evidence } from './saved-from.ts';
import type { Work } from './shortest-edit.ts';

export interface TextOrigin {
  /** The version last delivered. */
  readonly base: Uint8Array;
  /** Versions the course published before, the newest first; those that are no text say nothing. */
  readonly earlier: readonly Uint8Array[];
  readonly local: Uint8Array;
  /**
   * Whether the student's file is, byte for byte, what it was before `base` came. If only added lines are missing then, an
   * editor cannot be told from a student who deleted just these, and the student is believed.
   */
  readonly isAsBefore: boolean;
}

/** `base`, or the earlier version that an editor showed which saved `local` over `base`: of several, the nearest. */
export function ancestorOf({ base, earlier, local, isAsBefore }: TextOrigin, work: Work = { steps: 0 }): Uint8Array {
  const [delivered, saved] = earlier.length === 0 ? [] : [readLines(base), readLines(local)];
  if (delivered === undefined || saved === undefined) return base;
  let best: { readonly version: Uint8Array; readonly evidence: Evidence } | undefined;
  for (const version of earlier) {
    const lines = readLines(version);
    const evidence = lines && savedFrom(lines, delivered, saved, work);
    if (evidence === undefined || (isAsBefore && evidence.kind === 'no-new-lines')) continue;
    if (best === undefined || evidence.distance < best.evidence.distance) best = { version, evidence };
  }
  return best?.version ?? base;
}

function readLines(bytes: Uint8Array): Lines | undefined {
  return notText(bytes) === undefined ? splitLines(bytes, MAX_TEXT_LINES) : undefined;
}
