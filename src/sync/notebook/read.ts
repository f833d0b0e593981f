/**
 * A notebook of nbformat 4.0 to 4.5 as far as a merge needs to know it: its cells, in the shape the format requires.
 * Values stay where they are in the file.
 */
import { createHash } from 'node:crypto';
import { isTrue, membersOf, stringOf, textOf, valueAt } from './json-values.ts';
import { scanJson, type JsonArray, type JsonObject, type JsonValue } from './scan-json.ts';
import { styleOf, type Style } from './style.ts';

export type CellType = 'code' | 'markdown' | 'raw';

/** What makes a cell the same text: its type and its source. */
export type Body = `${CellType}\n${string}`;

export interface Cell {
  readonly node: JsonObject;
  readonly type: CellType;
  /** In one string, whichever way it is written. */
  readonly source: string;
  readonly body: Body;
  /** As it is written, whether or not it is a legal one. */
  readonly id: string | undefined;
  readonly metadata: JsonObject;
  /** nbgrader's name of the cell. */
  readonly gradeId: string | undefined;
  /** nbgrader overwrites the cell before it grades: the text is the course's. */
  readonly isCourseOwned: boolean;
  /** The student's answer: taken as a whole or not at all. */
  readonly isSolution: boolean;
}

export interface Notebook {
  readonly bytes: Buffer;
  readonly root: JsonObject;
  readonly minor: number;
  readonly metadata: JsonObject;
  readonly array: JsonArray;
  readonly cells: readonly Cell[];
  readonly style: Style;
}

/** Why a file is not merged by cells. */
export type Unreadable = 'too-large' | 'damaged' | 'other-version';

/** Beyond these a merge takes more than a moment, and nobody reads such a notebook cell by cell. */
export const MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024;
export const MAX_CELLS = 20_000;

const MAJOR = 4;
const NEWEST_MINOR = 5;
/** From this minor version on every cell has an id. */
export const MINOR_WITH_IDS = 5;
/** Outermost object, list of cells, cell: what is in there is always looked at. */
const KEPT_DEPTH = 2;

/** Reads a file, or says why it is nothing to be merged by cells. */
export function readNotebook(bytes: Uint8Array): Notebook | Unreadable {
  if (bytes.length > MAX_NOTEBOOK_BYTES) return 'too-large';
  const file = scanJson(bytes, KEPT_DEPTH);
  if (file?.value.kind !== 'object') return 'damaged';
  const root = file.value;
  const minor = minorOf(root);
  if (typeof minor === 'string') return minor;
  const [array, metadata] = [valueAt(root, 'cells'), valueAt(root, 'metadata')];
  if (array?.kind !== 'array' || metadata?.kind !== 'object') return 'damaged';
  const cells = readCells(array);
  if (typeof cells === 'string') return cells;
  const sources = cells.flatMap(({ node }) => valueAt(node, 'source') ?? []);
  return { bytes: root.bytes, root, minor, metadata, array, cells, style: styleOf(root, file, sources) };
}

function minorOf(root: JsonObject): number | Unreadable {
  const [major, minor] = [integerAt(root, 'nbformat'), integerAt(root, 'nbformat_minor')];
  if (major === undefined || minor === undefined) return 'damaged';
  return major === MAJOR && minor <= NEWEST_MINOR ? minor : 'other-version';
}

function readCells({ items = [] }: JsonArray): readonly Cell[] | Unreadable {
  if (items.length > MAX_CELLS) return 'too-large';
  const cells: Cell[] = [];
  for (const node of items) {
    const cell = readCell(node);
    if (cell === undefined) return 'damaged';
    cells.push(cell);
  }
  return cells;
}

function integerAt(root: JsonObject, key: string): number | undefined {
  const value = valueAt(root, key);
  if (value?.kind !== 'literal') return undefined;
  const text = textOf(value);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Undefined when the cell has not the shape the format asks for. */
function readCell(node: JsonValue): Cell | undefined {
  if (node.kind !== 'object') return undefined;
  const type = stringOf(valueAt(node, 'cell_type'));
  if (type !== 'code' && type !== 'markdown' && type !== 'raw') return undefined;
  const source = joinedText(valueAt(node, 'source'));
  const metadata = valueAt(node, 'metadata');
  if (source === undefined || metadata?.kind !== 'object' || !hasShapeOf(type, node)) return undefined;
  const idValue = valueAt(node, 'id');
  const id = stringOf(idValue);
  if (idValue !== undefined && id === undefined) return undefined;
  return { node, type, source, body: `${type}\n${source}`, id, metadata, ...nbgraderOf(metadata) };
}

function hasShapeOf(type: CellType, node: JsonObject): boolean {
  const [outputs, attachments] = [valueAt(node, 'outputs'), valueAt(node, 'attachments')];
  const count = valueAt(node, 'execution_count');
  if (type !== 'code') return outputs === undefined && (attachments === undefined || attachments.kind === 'object');
  return outputs?.kind === 'array' && count?.kind === 'literal' && /^(null|\d+)$/.test(textOf(count));
}

/** A text that is one string or a list of them; undefined when it is neither. */
export function joinedText(value: JsonValue | undefined): string | undefined {
  if (value?.kind === 'string') return stringOf(value);
  if (value?.kind !== 'array') return undefined;
  const lines = JSON.parse(textOf(value)) as readonly unknown[];
  return lines.every((line) => typeof line === 'string') ? lines.join('') : undefined;
}

/** As nbgrader/utils.py decides. */
function nbgraderOf(metadata: JsonObject): Pick<Cell, 'gradeId' | 'isCourseOwned' | 'isSolution'> {
  const nbgrader = metadata.end - metadata.start <= 2 ? undefined : valueAt(metadata, 'nbgrader');
  if (nbgrader?.kind !== 'object') return { gradeId: undefined, isCourseOwned: false, isSolution: false };
  const fields = new Map(membersOf(nbgrader).map(({ key, value }) => [key, value]));
  const isSolution = isTrue(fields.get('solution'));
  const isCourseOwned = !isSolution && (isTrue(fields.get('grade')) || isTrue(fields.get('locked')));
  return { gradeId: stringOf(fields.get('grade_id')), isCourseOwned, isSolution };
}

/** The id a cell gets that has none, or one that is taken: the same every time for the same cell. */
export function derivedId({ id, body }: Pick<Cell, 'id' | 'body'>, attempt = 0): string {
  const text = JSON.stringify([id ?? null, body, attempt]);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** By what a cell of one version is known to be that of another: its id, where it has one, and its text. */
export type Looks = string;

export function looksOf({ id, body }: Pick<Cell, 'id' | 'body'>): Looks {
  return id === undefined ? body : `${id}\n${body}`;
}

/** Whether the format allows `id` as the id of a cell. */
export function isLegalId(id: string): boolean {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(id);
}
