/**
 * How many clicks each course had, for those who look after it: today, and in each of the last weeks. What is kept is
 * numbers alone. Who clicked is remembered in this process, under names only it can make, to count nobody twice.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { CourseId } from '../core/ids.ts';
import { makeFolder } from '../core/make-folder.ts';
import { asF2gitError } from '../errors.ts';
import { dayStart, weekStart } from '../release/local-time.ts';
import { readIfPresent, sweepTemporaryFiles, writeFileLightly } from '../repo/durable-file.ts';
import { aliasMaker } from './log.ts';
import type { Log, Person } from './ports.ts';

export interface Clicks {
  readonly clicks: number;
  /** Of them, those that brought nothing because something failed. */
  readonly failed: number;
  /** Different people, at least: who clicked before the server was started again and after it may be counted once. */
  readonly people: number;
}

export interface WeekOfClicks extends Clicks {
  /** Its Monday, as `2026-11-23`. */
  readonly begins: string;
}

export interface ClickBook {
  /** A click, or another program's question for a course, came to its end. */
  note(course: CourseId, person: Person, end: 'done' | 'failed'): void;
  today(course: CourseId): Clicks;
  /** Those with clicks, the newest first. */
  weeks(course: CourseId): readonly WeekOfClicks[];
  /** Writes what is not written yet. */
  close(): void;
}

export interface ClickBookOptions {
  /** One file for each course. Nobody else writes there. */
  readonly folder: string;
  readonly timeZoneOf: (course: CourseId) => string;
  readonly now: () => Date;
  readonly log: Log;
}

/** So long a click may be known in memory alone, in milliseconds. Losing some counts does no harm. */
const WRITTEN_AFTER_MS = 10_000;
/** Half a year: a term. */
const MOST_WEEKS = 26;
/** Of one course and week; those beyond are not told apart. */
const MOST_PEOPLE = 20_000;

export function openClickBook(options: ClickBookOptions): ClickBook {
  return new OpenBook(options);
}

type Kept = z.infer<typeof keptPage>;
type Period = z.infer<typeof period>;

interface Page {
  kept: Kept;
  /** Those seen since this process began, in the period that begins so. */
  readonly seen: { readonly day: Seen; readonly week: Seen };
  isWritten: boolean;
}

interface Seen {
  begins: string;
  readonly people: Set<string>;
}

class OpenBook implements ClickBook {
  readonly #options: ClickBookOptions;
  readonly #alias = aliasMaker(randomBytes(32));
  readonly #pages = new Map<CourseId, Page>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClickBookOptions) {
    this.#options = options;
  }

  note(course: CourseId, person: Person, end: 'done' | 'failed'): void {
    const page = this.#page(course);
    const { day, week } = this.#periods(course);
    const alias = this.#alias(person);
    const { day: lastDay, weeks } = page.kept;
    const thisWeek = weeks.find(({ begins }) => begins === week);
    const add = (before: Period, seen: Seen): Period => {
      const people = Math.max(before.people, countIn(seen, before.begins, alias));
      return { ...before, clicks: before.clicks + 1, failed: before.failed + (end === 'failed' ? 1 : 0), people };
    };
    // a week after this one is of a clock that was wrong
    const earlier = weeks.filter(({ begins }) => begins < week);
    page.kept = {
      version: VERSION,
      day: add(lastDay?.begins === day ? lastDay : noneSince(day), page.seen.day),
      weeks: [add(thisWeek ?? noneSince(week), page.seen.week), ...earlier].slice(0, MOST_WEEKS),
    };
    page.isWritten = false;
    this.#timer ??= setTimeout(() => this.#write(), WRITTEN_AFTER_MS).unref();
  }

  today(course: CourseId): Clicks {
    const { day } = this.#page(course).kept;
    const { day: today } = this.#periods(course);
    return day?.begins === today ? day : noneSince(today);
  }

  weeks(course: CourseId): readonly WeekOfClicks[] {
    return this.#page(course).kept.weeks;
  }

  close(): void {
    this.#write();
  }

  #periods(course: CourseId): { readonly day: string; readonly week: string } {
    const { now, timeZoneOf } = this.#options;
    const [at, zone] = [now(), timeZoneOf(course)];
    return { day: dayStart(at, zone), week: weekStart(at, zone) };
  }

  #page(course: CourseId): Page {
    const known = this.#pages.get(course);
    if (known !== undefined) return known;
    const none = (): Seen => ({ begins: '', people: new Set() });
    const page = { kept: this.#read(course), seen: { day: none(), week: none() }, isWritten: true };
    this.#pages.set(course, page);
    return page;
  }

  /** Counts that cannot be read keep nobody from clicking: they begin anew, and the log says so. */
  #read(course: CourseId): Kept {
    const { folder, log } = this.#options;
    try {
      const bytes = readIfPresent(join(folder, course));
      return bytes === undefined ? empty : keptPage.parse(JSON.parse(bytes.toString()));
    } catch (error) {
      log('warn', 'counts of clicks begin anew', { course, code: asF2gitError(error).code });
      return empty;
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { folder, log } = this.#options;
    const unwritten = [...this.#pages].filter(([, { isWritten }]) => !isWritten);
    if (unwritten.length === 0) return;
    try {
      makeFolder(folder, 0o700);
      sweepTemporaryFiles(folder);
      for (const [course, page] of unwritten) {
        writeFileLightly(join(folder, course), JSON.stringify(page.kept), 0o600);
        page.isWritten = true;
      }
    } catch (error) {
      // the next click tries again
      log('warn', 'counts of clicks are not kept', { code: asF2gitError(error).code });
    }
  }
}

/** How many there are with this one. */
function countIn(seen: Seen, begins: string, alias: string): number {
  if (seen.begins !== begins) {
    seen.begins = begins;
    seen.people.clear();
  }
  if (seen.people.size < MOST_PEOPLE) seen.people.add(alias);
  return seen.people.size;
}

function noneSince(begins: string): Period {
  return { begins, clicks: 0, failed: 0, people: 0 };
}

const VERSION = 1;
const empty: Kept = { version: VERSION, weeks: [] };

const count = z.number().int().nonnegative();
const period = z.object({ begins: z.iso.date(), clicks: count, failed: count, people: count });
const keptPage = z.object({
  version: z.literal(VERSION),
  day: period.exactOptional(),
  weeks: z.array(period).max(MOST_WEEKS),
});
