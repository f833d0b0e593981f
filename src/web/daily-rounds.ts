/** Once a day, and when the server starts: what students left who have not clicked for long is let go of. */
import { asF2gitError } from '../errors.ts';
import type { Course, Courses, Log } from './ports.ts';

interface RoundsOptions {
  readonly courses: Courses;
  readonly log: Log;
}

const DAY_MS = 24 * 60 * 60_000;

/** Begins at once. Stopping ends a round that is under way, and waits for that. */
export function startDailyRounds({ courses, log }: RoundsOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let round = Promise.resolve();
  const begin = (): void => {
    round = round.then(async () => {
      for (const course of courses.all) await letGo(course, log, stopping.signal);
    });
  };
  begin();
  const timer = setInterval(begin, DAY_MS).unref();
  return {
    stop: () => {
      stopping.abort();
      clearInterval(timer);
      return round;
    },
  };
}

/** A course where that fails keeps no other from it, and is tried again the next day. */
async function letGo(course: Course, log: Log, signal: AbortSignal): Promise<void> {
  const isStopped = (): boolean => signal.aborted;
  if (isStopped() || course.letGo === undefined) return;
  try {
    const { reduced, removed } = await course.letGo(signal);
    if (reduced + removed > 0) log('info', 'let go of unused sign-ins', { course: course.id, reduced, removed });
  } catch (error) {
    if (isStopped()) return;
    const { code, params } = asF2gitError(error);
    log('warn', 'could not let go of unused sign-ins', { course: course.id, code, params });
  }
}
