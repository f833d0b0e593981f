/** A run's report as lines for a terminal: the outcome, counts, what may need a look, and what can be done about it. */
import { comparePaths } from '../core/paths.ts';
import type { ErrorCode } from '../errors.ts';
import type { Language, Sentence } from '../messages/language.ts';
import { say } from '../messages/language.ts';
import { countSentences, groupSentences, reportSentences as words } from '../messages/notices.ts';
import { sayOptional } from '../messages/optional.ts';
import { shellWord } from '../messages/shell-word.ts';
import type { FileAction, Notice } from './plan-types.ts';
import { describeNotice, groupOf } from './describe-notice.ts';
import type { RunReport } from './run-report.ts';
import type { Declined } from './tree.ts';

/** Files and places that are shown; the rest is counted. */
const SHOWN_FILES = 20;
const SHOWN_PLACES = 3;
/** From so many files with the same fate on they share one line, with some of their names. */
const GROUPED_FILES = 4;
const SHOWN_NAMES = 5;
/** Characters quoted of a place: it has one line. */
const QUOTED = 60;

const groupNames = Object.keys(groupSentences) as (keyof typeof groupSentences)[];

/** Gives the lines, without colours, the first one the outcome. A run without news is one line. */
export function describeReport(report: RunReport, language: Language): readonly string[] {
  return [outcomeLine(report, language), ...whatWasSeen(report, language), ...hintLines(report, language)];
}

/** As `describeReport`, of a run that others may have followed: what can be taken back is that very run. */
export function describePastReport(report: RunReport, language: Language, isUndone: boolean): readonly string[] {
  const params = { folder: shellWord(report.workspace), run: report.run };
  const sentence = report.kind === 'undo' ? words.redo : words.undoRun;
  const hints = isUndone || !isChanged(report) ? [] : [say(sentence, language, params)];
  return [outcomeLine(report, language), ...whatWasSeen(report, language), ...hints];
}

/** Whether the last look at the source ended because nobody answered, and not because of what came back. */
export function didNotAnswer({ state, problems }: RunReport['source']): boolean {
  const failure = problems.find(({ path }) => path === '');
  return state === 'unreachable' && (failure === undefined || silences.has(failure.code));
}

const silences: ReadonlySet<string> = new Set<ErrorCode>([
  'source-unreachable',
  'source-host-unknown',
  'source-throttled',
]);

/** As `describeReport`, of a run that only showed what it would do: there is nothing to take or to undo. */
export function describeRehearsal(report: RunReport, language: Language): readonly string[] {
  const hasNews = report.outcome === 'updated';
  const first = hasNews ? say(words.rehearsed, language, { course: report.course }) : outcomeLine(report, language);
  return [first, ...whatWasSeen(report, language)];
}

function whatWasSeen(report: RunReport, language: Language): readonly string[] {
  const counts = countLine(report, language);
  const source = sourceLines(report, language);
  // the first line of a stale run announces the reason
  const seen = report.outcome === 'stale' ? [...source, ...counts] : [...counts, ...source];
  return [...seen, ...fileLines(report, language)];
}

function outcomeLine(report: RunReport, language: Language): string {
  const { kind, outcome, course, source, undoes, notices } = report;
  const { asOf } = source;
  const params = {
    course,
    // Only this sentence names it, and spelling a date costs as much as a whole small run.
    ...(asOf !== undefined && outcome === 'stale' && { asOf: timeText(asOf, language) }),
    ...(undoes !== undefined && { undoes }),
  };
  if (kind === 'sync' && outcome === 'stale' && !didNotAnswer(source))
    return sayOptional(words.staleUnread, language, params);
  if (kind === 'sync' && outcome === 'unchanged') return say(unchangedSentence(report), language, { course });
  if (outcome === 'partial' || kind === 'sync') return sayOptional(words[outcome], language, params);
  const wasDone = outcome === 'unchanged' && notices.length === 0;
  if (kind === 'undo') return sayOptional(wasDone ? words.undoneBefore : undoneSentence(report), language, params);
  return sayOptional(wasDone ? words.takenBefore : words.taken, language, params);
}

function undoneSentence({ outcome, notices }: RunReport): Sentence {
  const isKept = outcome === 'unchanged' && notices.every(({ action }) => action === 'kept');
  return isKept ? words.undoneNothing : words.undone;
}

/** That nothing was written does not mean that the course wanted nothing. */
function unchangedSentence({ notices, empty }: RunReport): Sentence {
  if (empty === true) return words.empty;
  if (notices.some(({ action }) => action === 'kept')) return words.kept;
  return notices.some(({ action }) => action === 'held') ? words.held : words.unchanged;
}

function timeText(time: string, language: Language): string {
  return new Date(time).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}

function countLine({ notices }: RunReport, language: Language): readonly string[] {
  const counts = new Map<FileAction, number>();
  for (const { action } of notices) counts.set(action, (counts.get(action) ?? 0) + 1);
  const told = (Object.keys(countSentences) as (keyof typeof countSentences)[])
    .filter((action) => counts.has(action))
    .map((action) => say(countSentences[action], language, { count: counts.get(action) ?? 0 }));
  return told.length === 0 ? [] : [`${told.join(', ')}.`];
}

/** What the source could not give, as far as no file's line says it. */
function sourceLines({ source, notices }: RunReport, language: Language): readonly string[] {
  const told = new Set<string>(notices.map(({ path }) => path));
  const untold = source.problems.filter(({ path }) => !told.has(path));
  const isDown = source.state === 'unreachable';
  return [
    ...(isDown || source.complete ? [] : [say(words.incomplete, language)]),
    ...untold.slice(0, SHOWN_FILES).map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`),
    ...(untold.length > SHOWN_FILES
      ? [`  ${say(words.morePlaces, language, { count: untold.length - SHOWN_FILES })}`]
      : []),
  ];
}

function fileLines(report: RunReport, language: Language): readonly string[] {
  const notable = report.notices.filter(needsLook);
  const groups = groupNames.flatMap((name) => {
    const notices = notable.filter((notice) => groupOf(notice) === name);
    return notices.length < GROUPED_FILES ? [] : [{ name, notices }];
  });
  const grouped = groups.flatMap(({ name, notices }) => groupLines(name, notices, language));
  const single = notable.filter((notice) => !groups.some(({ name }) => name === groupOf(notice)));
  const lines = single.slice(0, SHOWN_FILES).flatMap((notice) => noticeLines(notice, language));
  const more = single.length - SHOWN_FILES;
  if (more <= 0) return [...lines, ...grouped];
  const rest = say(words.moreFiles, language, { count: more, folder: shellWord(report.workspace) });
  return [...lines, `  ${rest}`, ...grouped];
}

function groupLines(
  name: keyof typeof groupSentences,
  notices: readonly Notice[],
  language: Language,
): readonly string[] {
  const names = notices
    .map(({ path }) => path)
    .sort(comparePaths)
    .slice(0, SHOWN_NAMES);
  const count = notices.length - names.length;
  const shown = names.join(', ');
  const list = count > 0 ? say(words.names, language, { names: shown, count }) : shown;
  return [`  ${say(groupSentences[name], language, { count: notices.length })}`, indented(list)];
}

/** What simply came is counted; what the student asked for, or may want to look at, is told. */
function needsLook({ action, rule, declined = [], cells = [], revived, barred }: Notice): boolean {
  if (rule === 'pin' || revived === true || barred !== undefined) return true;
  return action === 'added' || action === 'updated' || action === 'merged' || action === 'restored'
    ? declined.length > 0 || cells.length > 0
    : true;
}

function noticeLines(notice: Notice, language: Language): readonly string[] {
  const { path, copy, from, declined = [] } = notice;
  const more = declined.length - SHOWN_PLACES;
  return [
    `  ${path}: ${describeNotice(notice, language)}`,
    ...(from === undefined ? [] : [say(words.formerly, language, { from })]).map(indented),
    ...(copy === undefined ? [] : [say(words.beside, language, { copy })]).map(indented),
    ...declined.slice(0, SHOWN_PLACES).map((place) => indented(declinedLine(place, language))),
    ...(more > 0 ? [indented(say(words.morePlaces, language, { count: more }))] : []),
  ];
}

function indented(line: string): string {
  return `    ${line}`;
}

function declinedLine(declined: Declined, language: Language): string {
  const course = quote(declined.course, language);
  const yours = quote(declined.yours, language);
  return say(words.wanted, language, { place: placeOf(declined, language), course, yours });
}

function placeOf({ cell, lines }: Declined, language: Language): string {
  if (cell !== undefined) return say(words.atCell, language, { cell });
  if (lines === undefined) return say(words.atPlace, language);
  const [first, last] = lines;
  return say(first === last ? words.atLine : words.atLines, language, { first, last });
}

/** The text in one line, without what a terminal would take for a command. */
function quote(text: string, language: Language): string {
  const line = text
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  if (line === '') return say(words.nothing, language);
  const characters = Array.from(line);
  const cut = characters.length > QUOTED ? `${characters.slice(0, QUOTED - 1).join('')}…` : line;
  return say(words.text, language, { text: cut });
}

function hintLines(report: RunReport, language: Language): readonly string[] {
  const lines: string[] = [];
  const takeable = report.notices.filter(({ action, declined = [] }) => declined.length > 0 || action === 'copied');
  const [first] = takeable;
  if (first !== undefined) {
    const path = takeable.length === 1 ? `${report.workspace}/${first.path}` : undefined;
    const file = path === undefined ? say(words.takeHint, language) : shellWord(path);
    lines.push(say(words.take, language, { file }));
  }
  const folder = shellWord(report.workspace);
  if (isChanged(report) && report.kind !== 'undo') lines.push(say(words.undo, language, { folder }));
  if (isChanged(report) && report.kind === 'undo') lines.push(say(words.redo, language, { folder, run: report.run }));
  if (report.kind === 'sync' && report.refused !== undefined)
    lines.push(say(words.refused, language, { count: report.refused, folder }));
  if (report.open !== undefined) lines.push(say(words.open, language, { path: `${report.workspace}/${report.open}` }));
  return lines;
}

function isChanged({ notices }: RunReport): boolean {
  return notices.some(({ action }) => !['kept', 'skipped', 'held'].includes(action));
}
