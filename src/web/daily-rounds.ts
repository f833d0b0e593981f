/** An hour after the server started, and once a day: what students left who have not clicked for long is let go of. */
import { basename } from 'node:path';
import { asF2gitError } from '../errors.ts';
import { coursesOfStudents, isClockPlausible, letGoOfStudents } from '../repo/let-go.ts';
import type { Log } from './ports.ts';

interface RoundsOptions {
  /** The folder of all courses. */
  readonly dataFolder: string;
  readonly now: () => Date;
  /** How long after the start the first round begins, in milliseconds. */
  readonly firstAfterMs: number;
  readonly log: Log;
}

const DAY_MS = 24 * 60 * 60_000;
/** A machine that starts with a wrong clock has set it by then. */
export const FIRST_ROUND_MS = 60 * 60_000;

/** Stopping ends a round that is under way, and waits for that. */
export function startDailyRounds({ dataFolder, now, log, firstAfterMs }: RoundsOptions): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  let round = Promise.resolve();
  const begin = (): void => {
    round = round.then(async () => {
      if (!isClockPlausible(dataFolder, now())) {
        log('warn', 'let go of nothing: nobody was here for half a year, or the clock is wrong', {});
        return;
      }
      for (const course of coursesOfStudents(dataFolder)) await letGo(course, now(), log, stopping.signal);
    });
  };
  let timer = setTimeout(() => {
    begin();
    timer = setInterval(begin, DAY_MS).unref();
  }, firstAfterMs).unref();
  return {
    stop: () => {
      stopping.abort();
      clearTimeout(timer);
      return round;
    },
  };
}

/** A course where that fails keeps no other from it, and is tried again the next day. */
async function letGo(courseDir: string, at: Date, log: Log, signal: AbortSignal): Promise<void> {
  const isStopped = (): boolean => signal.aborted;
  if (isStopped()) return;
  const course = basename(courseDir);
  try {
    const { reduced, removed } = await letGoOfStudents(courseDir, at, signal);
    if (reduced + removed > 0) log('info', 'let go of unused sign-ins', { course, reduced, removed });
  } catch (error) {
    if (isStopped()) return;
    const { code, params } = asF2gitError(error);
    log('warn', 'could not let go of unused sign-ins', { course, code, params });
  }
}
