/** `sync`, `preview` and `purge`: what staff and administrators do with a course, beside a running server. */
import type { CourseConfig, Config } from '../config.ts';
import { openConfiguredCourse } from '../configured-course.ts';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import type { Offer } from '../core/offer.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { followedSchedule } from '../followed-schedule.ts';
import { describeError, describeToStaff } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import { sayOptional } from '../messages/optional.ts';
import { instantOf, parseTime } from '../release/local-time.ts';
import { unmatchedPatterns, type CoursePattern, type Unmatched } from '../release/unmatched.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import { namedPlaces } from '../repo/purge-path.ts';
import type { Preview, StaffEntry, StaffFile } from '../repo/staff-view.ts';
import { createRefusals, type Refusals } from '../sources/refusals.ts';
import { courseNamed, prepareData, readConfiguration } from './configuration.ts';
import { cliSentences, unmatchedSentence } from './sentences.ts';
import type { Command, Shell } from './shell.ts';
import type { Terminal } from './terminal.ts';
import { environmentTrouble } from './environment-trouble.ts';
import { withRepository } from './with-repository.ts';

const now = (): Date => new Date();

/** Asks the sources at once. One course that fails does not keep the others from being asked. */
export const sync: Command = async (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  const { terminal } = shell;
  const results: SyncResult[] = [];
  const refusals = createRefusals();
  const courses = coursesMeant(config, invocation.positionals[0], invocation.flags.has('all'), terminal);
  prepareData(config, shell);
  for (const course of courses) {
    results.push(await syncCourse(config, course, refusals, shell));
  }
  if (terminal.json) terminal.printDocument({ f2git: 1, courses: results.map(({ document }) => document) });
  return Math.max(...results.map(({ exit }) => exit));
};

/** What the audience gets at a time, and how that differs from now. */
export const preview: Command = async (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  const course = courseNamed(config, invocation.positionals[0] ?? '');
  const at = timeMeant(invocation.values['at'], course);
  const groups = groupsMeant(invocation.values['for'], course);
  prepareData(config, shell);
  const seen = await withRepository(config, course, async (repository) => {
    await repository.refresh({
      freshness: course.freshness,
      signal: shell.signal,
      onProgress: shell.terminal.onProgress,
    });
    return {
      preview: groups.length === 0 ? repository.preview(at) : await previewFor(config, course, at, groups),
      // what is excluded is not among the names
      unmatched: unmatchedPatterns(
        [...course.patterns.filter(({ key }) => key !== 'exclude'), ...ownPatterns(repository, course)],
        repository.names(),
      ),
    };
  });
  shell.terminal.endProgress();
  if (seen.preview === undefined) throw new F2gitError('source-empty', { params: { course: course.id } });
  printPreview(seen.preview, seen.unmatched, course, shell.terminal);
  return 0;
};

/** Takes a file or folder out of what is served, history included. */
export const purge: Command = async (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  const [name = '', text = ''] = invocation.positionals;
  const course = courseNamed(config, name);
  const path = parseRelPath(text.replace(/\/+$/, ''));
  if (path === undefined) throw fileUnknown(text, course);
  prepareData(config, shell);
  const purging = (repository: CourseRepository) => purgeNamed(repository, path, course, shell.signal);
  const { contents, elsewhere } = await withRepository(config, course, purging);
  const { terminal } = shell;
  if (terminal.json) terminal.printDocument({ f2git: 1, course: course.id, path, contents, elsewhere });
  terminal.tell(say(cliSentences.purged, terminal.language, { path }));
  if (elsewhere.length > 0)
    terminal.tell(say(cliSentences.notPurged, terminal.language, { places: namedPlaces(elsewhere) }));
  return 0;
};

async function purgeNamed(
  repository: CourseRepository,
  path: RelPath,
  course: CourseConfig,
  signal: AbortSignal,
): ReturnType<CourseRepository['purge']> {
  try {
    return await repository.purge(path, signal);
  } catch (error) {
    throw error instanceof F2gitError && error.code === 'file-unknown' ? fileUnknown(path, course) : error;
  }
}

/** Staff see the files of a course of the configuration by another command than students theirs. */
function fileUnknown(path: string, { id }: CourseConfig): F2gitError {
  return new F2gitError('file-unknown', { params: { path, list: `f2git preview ${id}` } });
}

interface SyncResult {
  readonly exit: number;
  readonly document: unknown;
}

async function syncCourse(config: Config, course: CourseConfig, refusals: Refusals, shell: Shell): Promise<SyncResult> {
  const { terminal, signal } = shell;
  try {
    const refresh = async (repository: CourseRepository) => ({
      offer: await repository.refresh({ freshness: 0, force: true, signal, onProgress: terminal.onProgress }),
      held: repository.held(),
      withheld: repository.entries().filter(isWithheld),
      trouble: await environmentTrouble(repository, course),
      schedule: toldOfSchedule(repository, course, terminal.language),
    });
    const opening = { refusals, isForStaff: true, language: terminal.language } as const;
    const { offer, held, withheld, trouble, schedule } = await withRepository(config, course, refresh, opening);
    terminal.endProgress();
    tellSync(offer, held, terminal);
    tellWithheld(withheld, terminal);
    for (const one of schedule) terminal.warn(`  ${one}`);
    if (trouble !== undefined) terminal.warn(`  ${describeError(trouble, terminal.language)}`);
    const document = {
      course: course.id,
      head: offer.head,
      files: offer.files.length,
      source: { ...offer.source, complete: offer.source.complete && offer.source.state !== 'unreachable' },
      held: paths(held),
      withheld: withheld.map(({ path, verdict }) => ({ path, why: verdict })),
      ...(schedule.length === 0 ? {} : { schedule }),
      ...(trouble === undefined ? {} : { environment: describeTrouble(trouble, terminal) }),
    };
    return { exit: offer.source.state === 'unreachable' ? 3 : 0, document };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = asF2gitError(thrown);
    const trouble = describeTrouble(error, terminal);
    terminal.warn(`${course.id}: ${trouble.message}`);
    return { exit: error.exit, document: { course: course.id, error: trouble } };
  }
}

/** What is wrong with the schedule in the course's own folder, and which of its patterns mean nothing. */
function toldOfSchedule(repository: CourseRepository, course: CourseConfig, language: Language): readonly string[] {
  const { name = '', troubles = [] } = repository.releaseFile() ?? {};
  const wrong = troubles.map((trouble) => `${name}: ${describeToStaff(trouble, language)}`);
  const idle = unmatchedPatterns(ownPatterns(repository, course), repository.names());
  return [...wrong, ...idle.map((one) => `${name}: ${sayOptional(unmatchedSentence, language, { ...one })}`)];
}

function ownPatterns(repository: CourseRepository, course: CourseConfig): readonly CoursePattern[] {
  const { rules } = followedSchedule(course).own(repository.releaseFile()?.text);
  return rules.map((rule) => ({ key: 'release', ...rule }));
}

function describeTrouble(
  error: F2gitError,
  { language }: Terminal,
): { readonly code: string; readonly message: string } {
  return { code: error.code, message: describeError(error, language) };
}

const stateSentences = {
  fresh: cliSentences.stateFresh,
  cached: cliSentences.stateCached,
  unreachable: cliSentences.stateUnreachable,
} as const;

function tellSync(offer: Offer, held: readonly StaffFile[], terminal: Terminal): void {
  const { language } = terminal;
  const { requests, state, complete, problems } = offer.source;
  const facts = {
    course: offer.course,
    count: offer.files.length,
    requests,
    state: say(stateSentences[state], language),
  };
  terminal.tell(say(cliSentences.synced, language, facts));
  if (!complete) terminal.warn(`  ${say(cliSentences.incomplete, language)}`);
  for (const { path, message } of problems) terminal.warn(`  ${path === '' ? '' : `${path}: `}${message}`);
  if (held.length > 0)
    terminal.warn(`  ${say(cliSentences.held, language, { count: held.length, course: offer.course })}`);
  for (const { path } of held) terminal.warn(`    ${path}`);
}

type WithheldEntry = StaffEntry & { readonly verdict: keyof typeof withheldSentences };

/** Why students do not get a file now, although nothing is wrong with it. */
const withheldSentences = {
  hidden: cliSentences.hiddenAtSource,
  scheduled: cliSentences.notReleasedYet,
  withdrawn: cliSentences.takenBack,
} as const;

function isWithheld(entry: StaffEntry): entry is WithheldEntry {
  return entry.verdict !== 'offered';
}

function tellWithheld(withheld: readonly WithheldEntry[], terminal: Terminal): void {
  for (const [why, sentence] of Object.entries(withheldSentences)) {
    const files = withheld.filter(({ verdict }) => verdict === why);
    if (files.length > 0) terminal.tell(`  ${say(sentence, terminal.language, { count: files.length })}`);
    for (const { path } of files) terminal.tell(`    ${path}`);
  }
}

function coursesMeant(
  config: Config,
  name: string | undefined,
  all: boolean,
  terminal: Terminal,
): readonly CourseConfig[] {
  if (name !== undefined && all)
    throw new F2gitError('usage', { params: { command: 'sync', detail: 'either a course or --all' } });
  if (name !== undefined) return [courseNamed(config, name)];
  if (all) return [...config.courses.values()];
  const missing = say(cliSentences.needsCourse, terminal.language, { courses: [...config.courses.keys()].join(', ') });
  throw new F2gitError('usage', { params: { command: 'sync', detail: missing } });
}

async function previewFor(
  config: Config,
  course: CourseConfig,
  at: Date,
  groups: readonly string[],
): Promise<Preview | undefined> {
  const repository = openConfiguredCourse(config, course, now, { groups });
  const seen = repository.preview(at);
  await repository.close();
  return seen;
}

function timeMeant(text: string | undefined, course: CourseConfig): Date {
  if (text === undefined) return now();
  const time = parseTime(text);
  if (time === undefined)
    throw new F2gitError('usage', { params: { word: `--at ${text}`, possible: '--at "2026-11-02 08:00"' } });
  return time.kind === 'instant' ? time.instant : instantOf(time.wall, course.timeZone);
}

/** The groups of `--for`, sorted; one alone may have a comma in its name. @throws {F2gitError} `usage` naming those there are */
export function groupsMeant(text: string | undefined, course: CourseConfig): readonly string[] {
  if (text === undefined) return [];
  const known = new Set([...course.groups.keys(), ...course.schedule.groups]);
  const named = known.has(text) ? [text] : text.split(',').map((group) => group.trim());
  const unknown = named.find((group) => !known.has(group));
  if (unknown === undefined) return [...new Set(named)].sort();
  const possible = [...known].map((name) => `--for ${name}`).join(', ');
  throw new F2gitError('usage', { params: { word: `--for ${unknown}`, ...(possible !== '' && { possible }) } });
}

function printPreview(
  { at, files, changes }: Preview,
  unmatched: readonly Unmatched[],
  course: CourseConfig,
  terminal: Terminal,
): void {
  const { language } = terminal;
  if (terminal.json) {
    const { added, removed, withheld } = changes;
    terminal.printDocument({
      f2git: 1,
      course: course.id,
      at: at.toISOString(),
      files,
      changes: { added, removed, withheld },
      unmatched,
    });
    return;
  }
  const shown = at.toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: course.timeZone,
    timeZoneName: 'short',
  });
  terminal.tell(say(cliSentences.previewAt, language, { title: course.title, at: shown, count: files.length }));
  const coming = new Set(paths(changes.added));
  for (const { path } of files) terminal.print(`${coming.has(path) ? '+' : ' '} ${path}`);
  for (const { path } of changes.removed) terminal.print(`- ${path}`);
  for (const { path } of changes.withheld) terminal.print(`· ${path}`);
  const total = changes.added.length + changes.removed.length + changes.withheld.length;
  terminal.tell(say(total === 0 ? cliSentences.nothingChanges : cliSentences.previewMarks, language));
  for (const one of unmatched) terminal.warn(sayOptional(unmatchedSentence, language, { ...one }));
}

function paths(files: readonly StaffFile[]): readonly string[] {
  return files.map(({ path }) => path);
}
