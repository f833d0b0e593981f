/**
 * When a course file is offered: a pure function of schedule, path and clock (DESIGN 7).
 *
 * An entry names paths by a pattern and a window of time. How entries add up:
 * 1. Entries with the same pattern are alternatives: the path is offered while any of their windows is open.
 * 2. Different patterns that mean the same path must all agree. So `week02/**` from Monday and `week02/solution/**` from
 *    the Monday after do what they say, whatever their order; and no broad entry opens what a narrow one still closes.
 * 3. A pattern is closed for good when all its windows have passed: then its files are withdrawn. Until then they are
 *    withheld, and what a student already has stays. So adding a `from` never removes anything from a home.
 * 4. Paths that no entry means are offered.
 */
import { together } from '../core/mistakes.ts';
import { F2gitError } from '../errors.ts';
import { dayAfter, instantOf, isTimeZone, parseTime } from './local-time.ts';
import { parsePattern, type PathMatcher } from './pattern.ts';

/** `withheld` is not there yet and changes nothing in a home; `withdrawn` is taken back. */
export type Release = 'offered' | 'withheld' | 'withdrawn';

/** Milliseconds since 1970. `from` is in the window, `until` is not; an open end is infinite. */
interface OpenWindow {
  readonly from: number;
  readonly until: number;
  /** The groups it is for; absent: everybody. */
  readonly groups?: ReadonlySet<string>;
}

interface Rule {
  /** As it is written. */
  readonly pattern: string;
  readonly matches: PathMatcher;
  readonly windows: readonly OpenWindow[];
}

export interface Schedule {
  readonly rules: readonly Rule[];
  /** All groups that any entry names. */
  readonly groups: ReadonlySet<string>;
}

export const emptySchedule: Schedule = { rules: [], groups: new Set() };

const KEYS = ['path', 'from', 'until', 'for'];

/**
 * Reads the `release` list: `{ path, from?, until?, for? }`, local times in the IANA zone `zone`. A date means, as
 * `from`, the start of that day; as `until`, its end: the file is still there on that day.
 * @throws {F2gitError} `config-invalid` with the key (`release[2].from`) and what is wrong with it, of every mistake
 */
export function parseSchedule(raw: unknown, zone: string): Schedule {
  if (!isTimeZone(zone)) throw invalid('time_zone', `this machine knows no time zone "${zone}"`);
  if (!Array.isArray(raw)) throw invalid('release', 'must be a list');
  const byPattern = new Map<string, { pattern: string; matches: PathMatcher; windows: OpenWindow[] }>();
  const steps = raw.map((entry: unknown, index) => () => parseEntry(entry, `release[${index}]`, zone));
  for (const { path, matches, window } of together<Entry[]>(...steps)) {
    const rule = byPattern.get(path) ?? { pattern: path, matches, windows: [] };
    rule.windows.push(window);
    byPattern.set(path, rule);
  }
  const rules = [...byPattern.values()];
  const groups = new Set(rules.flatMap(({ windows }) => windows.flatMap((window) => [...(window.groups ?? [])])));
  return { rules, groups };
}

/**
 * Whether `path` is offered at `at` to an audience that is in `groups`. Without `groups` it is everybody, and entries
 * for some groups open nothing. An entry that means `sourcePath`, what people see at the source, means the path as well.
 */
export function releaseAt(
  schedule: Schedule,
  path: string,
  at: Date,
  groups: readonly string[] = [],
  sourcePath?: string,
): Release {
  const states = rulesFor(schedule, path, sourcePath).map((rule) => stateOf(rule, at, groups));
  if (states.includes('withdrawn')) return 'withdrawn';
  return states.includes('withheld') ? 'withheld' : 'offered';
}

/** More paths than this are not remembered: a source that keeps renaming its files must not fill the memory. */
const REMEMBERED_PATHS = 200_000;

/** Longer ones (characters) are compared each time: few courses have any, and only a hostile one has many. */
const LONGEST_REMEMBERED = 500;

const remembered = new WeakMap<Schedule, Map<string, readonly Rule[]>>();

/** The rules that mean a path. Every click asks about every file, and comparing with patterns takes long. */
function rulesFor(schedule: Schedule, path: string, sourcePath: string | undefined): readonly Rule[] {
  if (schedule.rules.length === 0) return [];
  const known = remembered.get(schedule) ?? new Map<string, readonly Rule[]>();
  remembered.set(schedule, known);
  const key = sourcePath === undefined ? path : `${path}\0${sourcePath}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const rules = schedule.rules.filter(
    ({ matches }) => matches(path) || (sourcePath !== undefined && matches(sourcePath)),
  );
  if (known.size >= REMEMBERED_PATHS) known.clear();
  if (key.length <= LONGEST_REMEMBERED) known.set(key, rules);
  return rules;
}

/** One window of a pattern, as people read it: instants, absent where the end is open; absent `groups` are everybody. */
export interface Window {
  readonly pattern: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly groups?: readonly string[];
}

/** All windows of the schedule, pattern by pattern as they are written. */
export function windowsOf({ rules }: Schedule): readonly Window[] {
  const end = (instant: number): Date | undefined => (Number.isFinite(instant) ? new Date(instant) : undefined);
  return rules.flatMap(({ pattern, windows }) =>
    windows.map(({ from, until, groups }): Window => {
      const [begin, last] = [end(from), end(until)];
      return {
        pattern,
        ...(begin && { from: begin }),
        ...(last && { until: last }),
        ...(groups && { groups: [...groups] }),
      };
    }),
  );
}

/** The next instant after `after` at which anything may change for anybody, or undefined when nothing will. */
export function nextChange(schedule: Schedule, after: Date): Date | undefined {
  const instants = schedule.rules.flatMap(({ windows }) => windows.flatMap(({ from, until }) => [from, until]));
  const coming = instants.filter((instant) => Number.isFinite(instant) && instant > after.getTime());
  return coming.length === 0 ? undefined : new Date(Math.min(...coming));
}

function stateOf({ windows }: Rule, at: Date, groups: readonly string[]): Release {
  const mine = windows.filter(
    (window) => window.groups === undefined || groups.some((group) => window.groups?.has(group)),
  );
  const now = at.getTime();
  if (mine.some(({ from, until }) => from <= now && now < until)) return 'offered';
  return mine.length > 0 && mine.every(({ until }) => until <= now) ? 'withdrawn' : 'withheld';
}

interface Entry {
  readonly path: string;
  readonly matches: PathMatcher;
  readonly window: OpenWindow;
}

function parseEntry(raw: unknown, key: string, zone: string): Entry {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw invalid(key, 'must be a mapping with "path"');
  const entry = new Map<string, unknown>(Object.entries(raw));
  const unknown = [...entry.keys()].filter((name) => !KEYS.includes(name));
  const [named, from, until, groups] = together(
    () => parsePath(entry.get('path'), `${key}.path`),
    () => parseEdge(entry.get('from'), `${key}.from`, zone, 'start') ?? -Infinity,
    () => parseEdge(entry.get('until'), `${key}.until`, zone, 'end') ?? Infinity,
    () => parseGroups(entry.get('for'), `${key}.for`),
    ...unknown.map((name) => () => {
      throw invalid(`${key}.${name}`, `unknown key; known are ${KEYS.join(', ')}`);
    }),
  );
  if (from >= until) throw invalid(`${key}.until`, 'must be later than "from"');
  return { ...named, window: { from, until, ...(groups === undefined ? {} : { groups }) } };
}

function parsePath(path: unknown, key: string): Pick<Entry, 'path' | 'matches'> {
  if (typeof path !== 'string') throw invalid(key, 'must be a pattern below the course\'s root, such as "week02/**"');
  const parsed = parsePattern(path);
  if (parsed.kind === 'none') throw invalid(key, parsed.why);
  return { path, matches: parsed.matches };
}

function parseEdge(raw: unknown, key: string, zone: string, edge: 'start' | 'end'): number | undefined {
  if (raw === undefined) return undefined;
  const text = raw instanceof Date ? raw.toISOString() : raw;
  const written = typeof text === 'string' ? parseTime(text) : undefined;
  if (written === undefined)
    throw invalid(key, `is no time: ${JSON.stringify(text)}; write 2026-11-02 08:00 or 2026-11-02`);
  if (written.kind === 'instant') return written.instant.getTime();
  const wall = written.isDay && edge === 'end' ? dayAfter(written.wall) : written.wall;
  return instantOf(wall, zone).getTime();
}

function parseGroups(raw: unknown, key: string): ReadonlySet<string> | undefined {
  if (raw === undefined) return undefined;
  const names: unknown[] = Array.isArray(raw) ? raw : [raw];
  const isList = names.length > 0 && names.every((name) => typeof name === 'string' && name !== '');
  if (!isList) throw invalid(key, 'must be a list of group names');
  return new Set(names as string[]);
}

function invalid(key: string, detail: string): F2gitError {
  return new F2gitError('config-invalid', { params: { key, detail } });
}
