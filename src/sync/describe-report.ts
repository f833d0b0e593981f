/** A run's report as lines for a terminal: the outcome, counts, what may need a look, and what can be done about it. */
import type { Language } from '../messages/language.ts';
import { say } from '../messages/language.ts';
import { countSentences, reportSentences as words } from '../messages/notices.ts';
import { sayOptional } from '../messages/optional.ts';
import type { FileAction, Notice } from './plan-types.ts';
import { describeNotice } from './describe-notice.ts';
import type { RunReport } from './run-report.ts';
import type { Declined } from './tree.ts';

/** Files and places that are shown; the rest is counted. */
const SHOWN_FILES = 20;
const SHOWN_PLACES = 3;
/** Characters quoted of a place: it has one line. */
const QUOTED = 60;

/** Gives the lines, without colours, the first one the outcome. A run without news is one line. */
export function describeReport(report: RunReport, language: Language): readonly string[] {
  return [
    outcomeLine(report, language),
    ...countLine(report, language),
    ...(report.source.complete && report.source.problems.length === 0 ? [] : [say(words.incomplete, language)]),
    ...fileLines(report, language),
    ...hintLines(report, language),
  ];
}

function outcomeLine({ kind, outcome, course, source, undoes }: RunReport, language: Language): string {
  const { asOf } = source;
  const params = { course, ...(asOf !== undefined && { asOf }), ...(undoes !== undefined && { undoes }) };
  const isWhole = outcome !== 'partial';
  if (isWhole && kind === 'undo') return sayOptional(words.undone, language, params);
  if (isWhole && kind === 'take') return sayOptional(words.taken, language, params);
  return sayOptional(words[outcome], language, params);
}

function countLine({ notices }: RunReport, language: Language): readonly string[] {
  const counts = new Map<FileAction, number>();
  for (const { action } of notices) counts.set(action, (counts.get(action) ?? 0) + 1);
  const told = (Object.keys(countSentences) as (keyof typeof countSentences)[])
    .filter((action) => counts.has(action))
    .map((action) => say(countSentences[action], language, { count: counts.get(action) ?? 0 }));
  return told.length === 0 ? [] : [`${told.join(', ')}.`];
}

function fileLines(report: RunReport, language: Language): readonly string[] {
  const notable = report.notices.filter(needsLook);
  const lines = notable.slice(0, SHOWN_FILES).flatMap((notice) => noticeLines(notice, language));
  const more = notable.length - SHOWN_FILES;
  if (more <= 0) return lines;
  return [...lines, `  ${say(words.moreFiles, language, { count: more, folder: quoted(report.workspace) })}`];
}

/** What simply came is counted; what the student may want to look at is told. */
function needsLook({ action, declined = [] }: Notice): boolean {
  return action === 'added' || action === 'updated' || action === 'merged' || action === 'restored'
    ? declined.length > 0
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
    const file = path === undefined ? say(words.takeHint, language) : quoted(path);
    lines.push(say(words.take, language, { file }));
  }
  const isChanged = report.notices.some(({ action }) => !['kept', 'skipped', 'held'].includes(action));
  if (isChanged) lines.push(say(words.undo, language, { folder: quoted(report.workspace) }));
  if (report.open !== undefined) lines.push(say(words.open, language, { path: `${report.workspace}/${report.open}` }));
  return lines;
}

/** As a shell reads it. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
