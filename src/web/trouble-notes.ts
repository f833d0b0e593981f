/** Tells whoever reads the log what a source does not give: once, until something about it changes. */
import type { CourseId } from '../core/ids.ts';
import { describeError } from '../messages/errors.ts';
import type { Language } from '../messages/language.ts';
import type { CourseTrouble } from './audiences.ts';
import type { Log } from './ports.ts';

export type TroubleNotes = (course: CourseId, troubles: readonly CourseTrouble[]) => void;

/** Places of one course that a line of the log names; the rest is counted, and `f2git sync` names them all. */
const MOST_NAMED = 20;

/** A server that runs for months says again what still is so, for who reads only the newest lines. Milliseconds. */
const REMIND_MS = 24 * 60 * 60 * 1000;

/** Makes the notes of one server. */
export function troubleNotes(log: Log, language: Language, now: () => Date): TroubleNotes {
  const last = new Map<CourseId, { readonly key: string; readonly at: number }>();
  return (course, troubles) => {
    const key = troubles.map(({ path = '', code }) => `${path}\0${code}`).join('\n');
    const before = last.get(course) ?? { key: '', at: 0 };
    const at = now().getTime();
    const isDue = key !== '' && at - before.at >= REMIND_MS;
    if (before.key === key && !isDue) return;
    last.set(course, { key, at });
    if (key === '') log('info', 'course readable again', { course });
    else log('warn', 'course not read whole', { course, ...told(troubles, language) });
  };
}

function told(troubles: readonly CourseTrouble[], language: Language): Readonly<Record<string, unknown>> {
  const problems = troubles.slice(0, MOST_NAMED).map(({ path, ...error }) => {
    return { ...(path === undefined ? {} : { path }), code: error.code, message: describeError(error, language) };
  });
  const more = troubles.length - problems.length;
  return { problems, ...(more > 0 ? { more } : {}) };
}
