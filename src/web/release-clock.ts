/** The server's own minute clock: what a schedule releases is fetched and offered without anybody clicking. */
import { asF2gitError } from '../errors.ts';
import type { Course, Courses, Log } from './ports.ts';

export interface ReleaseClock {
  /** Ends a round that is under way, and waits for that. */
  stop(): Promise<void>;
}

interface ClockOptions {
  readonly courses: Courses;
  readonly now: () => Date;
  readonly log: Log;
}

const MINUTE_MS = 60_000;

/**
 * Looks at every course at the start of each minute, and refreshes those whose offer changed by the clock alone; at the
 * start also those that missed something while no server ran.
 */
export function startReleaseClock({ courses, now, log }: ClockOptions): ReleaseClock {
  const stopping = new AbortController();
  const visited = new Map<Course, Date>();
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const tick = (): void => {
    round = round.then(() => visitAll({ courses, now, log }, visited, stopping));
    arm();
  };
  const arm = (): void => {
    timer = setTimeout(tick, MINUTE_MS - (now().getTime() % MINUTE_MS)).unref();
  };
  tick();
  return {
    stop: () => {
      stopping.abort();
      clearTimeout(timer);
      return round;
    },
  };
}

/** One course that cannot be read keeps no other from being released; it is tried again at the next minute. */
async function visitAll(
  { courses, now, log }: ClockOptions,
  visited: Map<Course, Date>,
  stopping: AbortController,
): Promise<void> {
  const isStopped = (): boolean => stopping.signal.aborted;
  for (const course of courses.all) {
    if (isStopped()) return;
    try {
      const at = now();
      const before = visited.get(course);
      // by the schedule as it is now: it may have changed since that visit
      const next = before && course.nextChange(before);
      const isDue = next !== undefined && next <= at;
      const behind = course.audiences().filter((audience) => isDue || (before === undefined && audience.isBehind()));
      for (const audience of behind) await audience.refresh(() => undefined, stopping.signal);
      if (behind.length > 0) {
        log('info', 'released by the clock', { course: course.id, due: next?.toISOString() ?? 'before the start' });
      }
      visited.set(course, at);
    } catch (error) {
      if (isStopped()) return;
      const { code, params } = asF2gitError(error);
      log('warn', 'could not release by the clock', { course: course.id, code, params });
    }
  }
}
