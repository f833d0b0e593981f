/**
 * Times as people write them, in an IANA time zone. Node's own `Intl` knows the zones; what is missing there, the way
 * from local time to an instant, is one search, so no library is added for it.
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A time as written: an instant, or a local time that needs a zone. `isDay` says that only a date was given. */
export type WrittenTime =
  | { readonly kind: 'instant'; readonly instant: Date }
  /** `wall` is the local time read as if it were UTC, in milliseconds since 1970. */
  | { readonly kind: 'local'; readonly wall: number; readonly isDay: boolean };

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Reads `2026-11-02`, `2026-11-02 08:00` or, with seconds or an offset, ISO 8601. Undefined when it is no time. */
export function parseTime(text: string): WrittenTime | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', offset] = match;
  const canonical = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour}:${minute}:${second}`;
  const wall = Date.parse(`${canonical}Z`);
  // `Date.parse` reads 24:00 as the next day; 30 February and 25:00 are no times.
  const isReal = !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(canonical);
  if (!isReal) return undefined;
  if (offset === undefined) return { kind: 'local', wall, isDay: match[4] === undefined };
  const minutes = offsetMinutes(offset);
  return minutes === undefined ? undefined : { kind: 'instant', instant: new Date(wall - minutes * MINUTE) };
}

function offsetMinutes(offset: string): number | undefined {
  if (offset.toUpperCase() === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) > 59 || total > 18 * 60 ? undefined : sign === '-' ? -total : total;
}

/**
 * The instant at which a clock in `zone` shows `wall`. A time that the clock shows twice means the second one; a time
 * that it skips means the first instant after the gap.
 */
export function instantOf(wall: number, zone: string): Date {
  const before = offsetAt(wall - DAY, zone);
  const after = offsetAt(wall + DAY, zone);
  const shown = [wall - before, wall - after].filter((instant) => instant + offsetAt(instant, zone) === wall);
  return new Date(shown.length > 0 ? Math.max(...shown) : changeBetween(wall - DAY, wall + DAY, zone));
}

/** The start of the day after the one that begins at `wall`. */
export function dayAfter(wall: number): number {
  return wall + DAY;
}

/** The day that a clock in `zone` shows at `instant`, as `2026-11-02`. */
export function dayStart(instant: Date, zone: string): string {
  return dayOf(wallAt(instant, zone));
}

/** The Monday of the week that a clock in `zone` shows at `instant`, as `2026-11-02`. */
export function weekStart(instant: Date, zone: string): string {
  const wall = wallAt(instant, zone);
  const sinceMonday = (new Date(wall).getUTCDay() + 6) % 7;
  return dayOf(wall - sinceMonday * DAY);
}

function wallAt(instant: Date, zone: string): number {
  return instant.getTime() + offsetAt(instant.getTime(), zone);
}

function dayOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}

/** Whether this machine knows the time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    clockOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The first instant between two at which the offset is no longer that of the first; two days hold one change at most. */
function changeBetween(start: number, end: number, zone: string): number {
  const first = offsetAt(start, zone);
  let [low, high] = [start, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === first) low = middle;
    else high = middle;
  }
  return high;
}

/** What a clock in `zone` is ahead of UTC at `instant`, in milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const shown: Record<string, number> = {};
  for (const { type, value } of clockOf(zone).formatToParts(instant)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(instant / 1000) * 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a clock costs a thousand times more than reading it. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    clocks.set(zone, clock);
  }
  return clock;
}
