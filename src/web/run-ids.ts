/**
 * Ids of runs that this server knows again. Where a run is not in memory any more, its report is asked of the student's
 * home, which takes a process: no id that somebody made up is worth one.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { newRunId, type CourseId, type RunId } from '../core/ids.ts';
import type { Person } from './ports.ts';

export interface RunIds {
  next(person: Person, course: CourseId): RunId;
  /** Whether the id may be one of `next`: of others, one in a million looks like one. */
  mayBe(id: RunId, person: Person, course: CourseId): boolean;
}

/** What stands behind the time in an id, and what of it is the mark. Hexadecimal digits. */
const TAIL = 8;
const MARK = 5;

/** `key` is the data folder's, so that ids count after a restart too. */
export function createRunIds(key: Buffer, now: () => Date): RunIds {
  let last = 0;
  const markOf = (time: string, { name }: Person, course: CourseId): string =>
    createHmac('sha256', key)
      .update(JSON.stringify(['run', time, name, course]))
      .digest('hex')
      .slice(0, MARK);
  return {
    next: (person, course) => {
      // the mark leaves no room for chance: no two runs begin in the same millisecond
      last = Math.max(last + 1, now().getTime());
      const time = newRunId(new Date(last), '0'.repeat(TAIL)).slice(0, -MARK);
      return newRunId(new Date(last), markOf(time, person, course).padStart(TAIL, '0'));
    },
    mayBe: (id, person, course) => id.slice(-MARK) === markOf(id.slice(0, -MARK), person, course),
  };
}

/** Ids where all runs in the home are the same person's, whoever began them. */
export function ownRunIds(now: () => Date): RunIds {
  return { next: () => newRunId(now(), randomBytes(4).toString('hex')), mayBe: () => true };
}
