/** What comes after a click: the student may save once more, and the course changes a cell and adds one. */
import type { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import type { Round } from './history.ts';
import { parse, type ParsedCell } from './notebooks.ts';
import { problemOf } from './validity.ts';
import { bodyOf, cellsOf, viewOf } from './views.ts';

/** What is wrong with the next step, if anything: all that was in the file must stay where it was, and as it was. */
export function wrongNext(
  merge: (round: Omit<Round, 'isLast'>) => ReturnType<typeof mergeNotebook>,
  click: Round,
  result: string,
): string | undefined {
  const { offered } = click;
  const before = [click.base, ...click.earlier].filter((version) => version !== offered);
  const isSaved = tellsCopies([offered, result, ...before]) && !isLeftStale(click, result) && result.length % 2 === 0;
  const local = isSaved ? withOwn(result) : result;
  const changed = cellToChange(offered, local);
  // what the last merge put there was never saved by a browser tab that shows something older
  const earlier = isSaved ? before : [];
  const next = merge({ base: offered, offered: withNext(offered, changed), local, earlier });
  if (next.kind === 'not-mergeable') return 'not mergeable any more';
  const text = Buffer.from(next.bytes).toString();
  const now = cellsOf(text).filter(({ source }) => source !== LAST);
  if (now.length === cellsOf(text).length) return 'the next cell never came';
  if (!isSame(local, now, changed, keepsIds(local, text))) return `after a change of "${changed?.source}" ${text}`;
  return next.declined.length + next.notes.length === 0 ? undefined : 'something is told again';
}

const LAST = 'the last one';
const NEXT = 'next';

/** Whether a copy is to be told from a cell that was deleted: only by its id. */
function tellsCopies(texts: readonly string[]): boolean {
  return texts.every((text) => viewOf(text).minor >= 5);
}

/**
 * Whether a cell is as the course once had it, under the id it had there, and either the file was not merged, since the
 * course changed nothing, or the course has no cell of that id any more: an old tab's save looks the same.
 */
function isLeftStale({ base, offered, earlier }: Round, result: string): boolean {
  const looksOf = (each: ParsedCell): string => `${each.id ?? ''}\n${bodyOf(each)}`;
  const once = new Set([base, ...earlier].flatMap(cellsOf).map(looksOf));
  const theirs = cellsOf(offered);
  return cellsOf(result).some((each) => {
    if (!once.has(looksOf(each)) || theirs.some((other) => looksOf(other) === looksOf(each))) return false;
    return base === offered || !theirs.some(({ id }) => id === each.id);
  });
}

/** Whether no cell needs an id it has not had. */
function keepsIds(local: string, now: string): boolean {
  return problemOf(local) === undefined && viewOf(local).minor === viewOf(now).minor;
}

function isSame(
  local: string,
  now: readonly ParsedCell[],
  changed: ParsedCell | undefined,
  hasSameIds: boolean,
): boolean {
  const told = (each: ParsedCell): string => JSON.stringify(hasSameIds ? each : { ...each, id: undefined });
  const before = cellsOf(local);
  return (
    before.length === now.length &&
    now.every((each, index) => {
      const was = before[index] as ParsedCell;
      const isChanged = changed !== undefined && bodyOf(was) === bodyOf(changed);
      return isChanged ? each.source === nextSource(was) : told(each) === told(was);
    })
  );
}

/** A cell the student has as it was delivered, with a text that nothing else in either file says. */
function cellToChange(offered: string, local: string): ParsedCell | undefined {
  const [theirs, own] = [viewOf(offered), viewOf(local)];
  const fit = theirs.cells.filter((each) => {
    const body = bodyOf(each);
    return each.source !== '' && theirs.bodies.get(body) === 1 && own.bodies.get(body) === 1;
  });
  return fit[offered.length % fit.length];
}

function nextSource({ source }: ParsedCell): string {
  return `${source}\n${NEXT}`;
}

/** The course's file with one more cell at its end, and one that is changed. */
function withNext(text: string, changed: ParsedCell | undefined): string {
  const { cells, ...rest } = parse(text);
  const last = { cell_type: 'markdown', ...(rest.nbformat_minor >= 5 && { id: 'last' }), metadata: {}, source: LAST };
  const isChanged = (each: ParsedCell): boolean => changed !== undefined && bodyOf(each) === bodyOf(changed);
  const now = cells.map((each) => (isChanged(each) ? { ...each, source: nextSource(each) } : each));
  return JSON.stringify({ ...rest, cells: [...now, last] });
}

/** The student's file with one more cell at its top. */
function withOwn(text: string): string {
  const { cells, ...rest } = parse(text);
  return JSON.stringify({
    ...rest,
    cells: [{ cell_type: 'raw', id: 'own', metadata: {}, source: 'my own' }, ...cells],
  });
}
