/** Notebooks as laws look at them: read by JSON.parse alone, and each text only once. */
import { parse, type ParsedCell } from './notebooks.ts';

export interface View {
  readonly minor: number;
  readonly cells: readonly ParsedCell[];
  /** How often each text is there, by `bodyOf`. */
  readonly bodies: ReadonlyMap<string, number>;
  /** Each cell, all of it, as one string. */
  readonly values: readonly string[];
}

/** Those of one click and the one after; a history has few. */
const MOST_VIEWS = 64;
const views = new Map<string, View>();

export function viewOf(text: string): View {
  const known = views.get(text);
  if (known !== undefined) return known;
  if (views.size === MOST_VIEWS) views.clear();
  const { cells, nbformat_minor: minor } = parse(text);
  const view = { minor, cells, bodies: countOf(cells.map(bodyOf)), values: cells.map((each) => JSON.stringify(each)) };
  views.set(text, view);
  return view;
}

export function cellsOf(text: string): readonly ParsedCell[] {
  return viewOf(text).cells;
}

/** What makes a cell the same text. */
export function bodyOf({ cell_type, source }: ParsedCell): string {
  return `${cell_type}\n${source}`;
}

export function linesOf({ source }: ParsedCell): readonly string[] {
  return source.split('\n');
}

export function isBlank({ source }: ParsedCell): boolean {
  return source.trim() === '';
}

export function countOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
