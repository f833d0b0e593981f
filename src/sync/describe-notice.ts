/** One file's notice in words. */
import { errorCodes, type ErrorCode } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language, type Sentence } from '../messages/language.ts';
import { type groupSentences, noticeSentences as words, reportSentences } from '../messages/notices.ts';
import { sayOptional } from '../messages/optional.ts';
import type { NotNotebook } from './merge-notebook.ts';
import type { FileAction, Notice } from './plan-types.ts';

/** One sentence about a file; its name, its former name and its course copy stand beside it. */
export function describeNotice(notice: Notice, language: Language): string {
  if (notice.action === 'skipped') return describeSkipped(notice, language);
  const sentence = sentenceFor({ ...notice, action: notice.action });
  const count = notice.declined?.length ?? 0;
  const barred = notice.barred === undefined ? [] : [say(words.barred, language, { path: notice.barred })];
  return [say(sentence, language, { count }), ...barred, ...cellSentences(notice, language)].join(' ');
}

/** Cells that are named; the rest is counted. */
const NAMED_CELLS = 5;

/** What happened to cells beside what was declined. */
function cellSentences({ cells = [] }: Notice, language: Language): readonly string[] {
  const named = (kind: 'reset' | 'returned', sentence: Sentence): readonly string[] => {
    const names = cells.flatMap((note) => (note.kind === kind ? [note.cell] : []));
    if (names.length === 0) return [];
    const count = names.length - NAMED_CELLS;
    const shown = names.slice(0, NAMED_CELLS).join(', ');
    const list = count > 0 ? say(reportSentences.names, language, { names: shown, count }) : shown;
    return [say(sentence, language, { cells: list })];
  };
  return [
    ...named('reset', words.cellsReset),
    ...named('returned', words.cellsReturned),
    ...(cells.some(({ kind }) => kind === 'order') ? [say(words.cellsOrder, language)] : []),
  ];
}

type DoneNotice = Notice & { readonly action: Exclude<FileAction, 'skipped'> };

/**
 * The word for a notice that many files can share, of which a report then says how many and which; undefined for one
 * that says something of its own.
 */
export function groupOf({ action, rule, copy, declined = [] }: Notice): keyof typeof groupSentences | undefined {
  if (copy !== undefined || declined.length > 0) return undefined;
  const isPast = rule === 'pin';
  switch (action) {
    case 'removed':
      return isPast ? 'undoneAdded' : 'removed';
    case 'held':
      return 'held';
    case 'restored':
      return isPast ? 'undoneChanged' : undefined;
    case 'renamed':
      return isPast ? 'undoneMoved' : undefined;
    default:
      return undefined;
  }
}

function sentenceFor(notice: DoneNotice): Sentence {
  if (notice.rule === 'pin') return pastSentence(notice);
  switch (notice.action) {
    case 'merged':
      if (notice.revived === true) return words.mergedRevived;
      return byPlaces(notice, words.merged, words.mergedOneDeclined, words.mergedDeclined);
    case 'kept':
      return byPlaces(notice, keptSentence(notice), words.keptOneDeclined, words.keptDeclined);
    case 'renamed':
      return byPlaces(notice, words.renamed, words.renamedDeclined, words.renamedDeclined);
    case 'restored':
      return notice.from === undefined ? words.restored : words.restoredPlace;
    case 'copied':
      return copiedSentence(notice);
    case 'added':
    case 'updated':
    case 'removed':
    case 'held':
      return words[notice.action];
  }
}

/** What an undo or a take did: back to what was, or on to a version that was asked for. */
function pastSentence(notice: DoneNotice): Sentence {
  const group = groupOf(notice);
  if (group !== undefined) return words[group];
  if (notice.action === 'kept') return notice.copy === undefined ? words.undoneKept : words.undoneBeside;
  return notice.action === 'merged' ? words.takenCell : words.taken;
}

/** By how many places the course wanted to have otherwise. */
function byPlaces({ declined = [] }: Notice, none: Sentence, one: Sentence, several: Sentence): Sentence {
  if (declined.length === 0) return none;
  return declined.length === 1 ? one : several;
}

function keptSentence({ rule }: Notice): Sentence {
  if (rule === '15') return words.keptOther;
  return rule === '14' ? words.keptGone : words.kept;
}

function copiedSentence({ rule, notNotebook }: Notice): Sentence {
  if (notNotebook !== undefined) return notebookSentences[notNotebook];
  if (rule === '13') return words.copiedOwn;
  return rule === '15' ? words.copiedBlocked : words.copied;
}

const notebookSentences = {
  'too-large': words.notebookTooLarge,
  damaged: words.notebookDamaged,
  'other-version': words.notebookOtherVersion,
  unsure: words.notebookUnsure,
} as const satisfies Record<NotNotebook, Sentence>;

/** The error's own sentence. What a source says about its trouble (row 1) is among the problems of the report. */
function describeSkipped({ rule, code, name, detail }: Notice, language: Language): string {
  const params = detail === undefined ? {} : { detail };
  if (code === undefined || !isErrorCode(code)) return sayOptional(words.skipped, language, params);
  return describeError({ code, params: rule !== '1' ? params : name === undefined ? {} : { name } }, language);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
