/** Notebooks for tests, in few words: cells by name, files in the manner of Jupyter unless said otherwise. */
import { mergeNotebook, type NotebookMerge, type NotebookOptions } from '../../../src/sync/merge-notebook.ts';

export interface CellSpec {
  readonly id?: string | undefined;
  readonly type?: 'code' | 'markdown' | 'raw';
  readonly source?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly attachments?: Readonly<Record<string, unknown>>;
  /** Of a code cell: what it printed. */
  readonly printed?: string;
  readonly count?: number;
}

export interface FileSpec {
  readonly minor?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Spaces; 0 puts all in one line. Jupyter's is 1. */
  readonly indent?: number;
  readonly lineEnd?: '\n' | '\r\n';
  readonly endsWithLineEnd?: boolean;
  /** Characters beyond ASCII as `\u…`. */
  readonly isAscii?: boolean;
  /** `lines` is Jupyter's. */
  readonly source?: 'lines' | 'string';
}

/** A cell whose id is its name: `cell('a')`, `cell('b', { source: 'other' })`. */
export function cell(name: string, more: CellSpec = {}): CellSpec {
  return { id: name, type: 'code', source: `${name} = 1\nprint(${name})`, ...more };
}

/** A cell of nbgrader. */
export function graded(name: string, grader: Readonly<Record<string, unknown>>, more: CellSpec = {}): CellSpec {
  const nbgrader = { grade: false, grade_id: name, locked: false, schema_version: 3, solution: false, ...grader };
  return cell(name, { ...more, metadata: { ...more.metadata, nbgrader } });
}

/** The file's text. */
export function notebook(cells: readonly CellSpec[], file: FileSpec = {}): string {
  const { minor = 5, metadata = PYTHON, indent = 1, lineEnd = '\n', isAscii = false } = file;
  const written = {
    cells: cells.map((each) => cellValue(each, minor, file)),
    metadata,
    nbformat: 4,
    nbformat_minor: minor,
  };
  const text = `${JSON.stringify(written, null, indent)}${file.endsWithLineEnd === false ? '' : '\n'}`;
  const escaped = isAscii ? text.replace(/[\u0080-\uffff]/g, (unit) => String.raw`\u${hex(unit)}`) : text;
  return lineEnd === '\n' ? escaped : escaped.replaceAll('\n', lineEnd);
}

const PYTHON = {
  kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
  language_info: { name: 'python', version: '3.11.7' },
};

/** With sorted keys, as Jupyter saves. */
function cellValue({ id, type = 'code', ...cell }: CellSpec, minor: number, file: FileSpec): object {
  const { source = '', metadata = {}, attachments, printed, count } = cell;
  const outputs = printed === undefined ? [] : [{ name: 'stdout', output_type: 'stream', text: lines(printed) }];
  return {
    ...(attachments && { attachments }),
    cell_type: type,
    ...(type === 'code' && { execution_count: count ?? null }),
    ...(minor >= 5 && id !== undefined && { id }),
    metadata,
    ...(type === 'code' && { outputs }),
    source: file.source === 'string' ? source : lines(source),
  };
}

function lines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function hex(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

/** A merge of texts: what came out, taken apart. */
export interface Outcome {
  readonly merge: NotebookMerge;
  readonly text: string;
  /** The cells of the result, parsed. */
  readonly cells: readonly ParsedCell[];
  /** Their sources. */
  readonly sources: readonly string[];
}

export interface ParsedCell {
  readonly id?: string;
  readonly cell_type: string;
  readonly source: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly attachments?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly { readonly text?: readonly string[] }[];
  readonly execution_count?: number | null;
}

export function merge(base: string, offered: string, local: string, options: NotebookOptions = {}): Outcome {
  const [b, u, l] = [base, offered, local].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  const result = mergeNotebook(b, u, l, options);
  if (result.kind === 'not-mergeable') return { merge: result, text: local, cells: [], sources: [] };
  const text = Buffer.from(result.bytes).toString();
  const cells = parse(text).cells;
  return { merge: result, text, cells, sources: cells.map(({ source }) => source) };
}

/** A notebook as plain values, the text of its cells in one string each. */
export interface ParsedNotebook {
  readonly cells: readonly ParsedCell[];
  readonly metadata: unknown;
  readonly nbformat_minor: number;
}

export function parse(text: string): ParsedNotebook {
  const { cells, ...rest } = JSON.parse(text) as Omit<ParsedNotebook, 'cells'> & {
    readonly cells: readonly (Omit<ParsedCell, 'source'> & { readonly source: string | readonly string[] })[];
  };
  const joined = cells.map((each) => ({
    ...each,
    source: typeof each.source === 'string' ? each.source : each.source.join(''),
  }));
  return { ...rest, cells: joined };
}
