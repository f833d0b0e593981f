/**
 * Ids of our own, for a course with audiences whose source names files by their paths. Such a path may be that of a folder
 * some must not know of, and may name another file later. An id of ours says nothing and never comes again: all audiences
 * know the file by it, so that students may change between them.
 */
import { randomBytes } from 'node:crypto';
import { entryId, type EntryId } from '../core/ids.ts';
import { lineageOf, type CourseState, type KnownEntry } from './course-state.ts';

export function newOwnId(): EntryId {
  return entryId(`own:${randomBytes(12).toString('hex')}`);
}

export function isOwnId(id: EntryId): boolean {
  return /^own:[0-9a-f]{24}$/.test(id);
}

/** A name for what ids mean from now on (`CourseState.numbering`). */
export function newNumbering(): string {
  return randomBytes(8).toString('hex');
}

/** Gives such an id to every file that was never published to everybody; audiences know theirs again by the lineage. */
export function withOwnIds(state: CourseState): CourseState {
  const isNamed = ({ id, publishedAs }: KnownEntry): boolean => publishedAs !== undefined || isOwnId(id);
  if (state.entries.every(isNamed)) return state;
  const entries = state.entries.map((entry) =>
    isNamed(entry) ? entry : { ...entry, id: newOwnId(), lineage: lineageOf(entry) },
  );
  return { ...state, entries };
}
