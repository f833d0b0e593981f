/** From three notebooks to one: its cells, what stands around them, and what the course wanted otherwise. */
import { cutQuote } from '../text/declined.ts';
import type { Declined } from '../tree.ts';
import type { MergedCell, Wish } from './cell-versions.ts';
import { mergeFields, objectOf, type Field, type MergedList } from './fields.ts';
import { assignIds } from './ids.ts';
import { isSameValue, stringOf, valueAt } from './json-values.ts';
import { isNoted, wishOf } from './merge-cell.ts';
import { mergeCells, type MergedEntry, type Sides } from './merge-cells.ts';
import { joinedText, type Notebook } from './read.ts';
import type { JsonValue } from './scan-json.ts';

/** What a person should know about a cell beside what was declined. */
export type CellNote =
  /** It is the course's, so the student's text is not there any more. */
  | { readonly kind: 'reset'; readonly cell: string; readonly yours: string }
  /** The student had deleted it, and the course changed it since or grades it. */
  | { readonly kind: 'returned'; readonly cell: string }
  /** The course ordered the cells otherwise than the student, whose order stayed. */
  | { readonly kind: 'order' };

export interface MergedNotebook {
  readonly root: Field;
  readonly declined: readonly Declined[];
  readonly notes: readonly CellNote[];
}

export function mergeNotebooks(sides: Sides): MergedNotebook {
  const { base, offered, local } = sides;
  const { entries, isOrderDeclined } = mergeCells(sides);
  const minor = Math.max(offered.minor, local.minor);
  const ids = assignIds(entries, minor, { base: base.cells, offered: offered.cells });
  const wishes: Wish[] = [];
  const fields = new Map<string, Field>(
    mergeFields(base.root, offered.root, local.root, { except: (key) => AROUND.has(key) }),
  );
  fields.set('nbformat', valueAt(local.root, 'nbformat') as JsonValue);
  fields.set('nbformat_minor', minorOf(local, minor));
  fields.set('metadata', mergeMetadata(sides, wishes));
  const list: MergedList = {
    kind: 'list',
    frame: local.array,
    items: entries.map((entry) => cellField(entry.cell, ids.get(entry), local)),
  };
  fields.set('cells', list);
  const named = entries.map((entry, index) => ({ ...entry, name: ids.get(entry) ?? String(index + 1) }));
  return {
    root: objectOf(local.root, fields),
    declined: [
      ...named.flatMap(({ cell, name }) => cell.declined.map((wish) => declinedOf(wish, name))),
      ...wishes.map((wish) => declinedOf(wish)),
    ],
    notes: [...named.flatMap(notesOf), ...(isOrderDeclined ? [{ kind: 'order' } as const] : [])],
  };
}

const AROUND = new Set(['cells', 'metadata', 'nbformat', 'nbformat_minor']);
/** They say which language the cells are in; one without the other would be wrong. */
const KERNEL = ['kernelspec', 'language_info'];

function minorOf(local: Notebook, minor: number): Field {
  const own = valueAt(local.root, 'nbformat_minor');
  return minor === local.minor && own !== undefined ? own : { kind: 'number', value: minor };
}

function mergeMetadata({ base, offered, local }: Sides, wishes: Wish[]): Field {
  const fields = new Map<string, Field>(
    mergeFields(base.metadata, offered.metadata, local.metadata, {
      except: (key) => KERNEL.includes(key),
      onConflict: (conflict) => {
        if (!isNoted(conflict.key)) wishes.push(wishOf(conflict));
      },
    }),
  );
  const winner = hasOfferedKernel(base, offered, local) ? offered : local;
  for (const key of KERNEL) {
    const value = valueAt(winner.metadata, key);
    const own = valueAt(local.metadata, key);
    if (value !== undefined) fields.set(key, own !== undefined && isSameValue(own, value) ? own : value);
  }
  return objectOf(local.metadata, fields);
}

/** The course's kernel comes if it is another one, or if the student's file still says what was delivered. */
function hasOfferedKernel(base: Notebook, offered: Notebook, local: Notebook): boolean {
  const isSame = KERNEL.every((key) => isSameValue(valueAt(base.metadata, key), valueAt(local.metadata, key)));
  return isSame || (kernelName(offered) !== kernelName(base) && kernelName(local) === kernelName(base));
}

function kernelName({ metadata }: Notebook): string | undefined {
  return stringOf(valueAt(valueAt(metadata, 'kernelspec'), 'name'));
}

/** A cell with its id, its text written as the student's file writes text. */
export function cellField(cell: Pick<MergedCell, 'frame' | 'fields'>, id: string | undefined, local: Notebook): Field {
  const { frame } = cell;
  const fields = new Map<string, Field>();
  const ownId = valueAt(frame.node, 'id');
  const idField: Field | undefined =
    id === undefined ? undefined : ownId !== undefined && frame.id === id ? ownId : { kind: 'text', text: id };
  for (const [key, field] of cell.fields) {
    // where Jupyter, which sorts, has it
    if (key === 'metadata' && idField !== undefined) fields.set('id', idField);
    fields.set(key, key === 'source' ? sourceField(field, local) : field);
  }
  return objectOf(frame.node, fields);
}

/** A text of the course's as the student's file writes texts: as one string or as lines. */
function sourceField(field: Field, { bytes, style }: Notebook): Field {
  if ((field.kind !== 'string' && field.kind !== 'array') || field.bytes === bytes) return field;
  return (field.kind === 'array') === style.splitsSource ? field : { kind: 'source', text: joinedText(field) ?? '' };
}

function declinedOf({ course, yours }: Wish, cell?: string): Declined {
  return { ...(cell !== undefined && { cell }), course: cutQuote(course), yours: cutQuote(yours) };
}

function notesOf({ cell, isReturned, name }: MergedEntry & { readonly name: string }): readonly CellNote[] {
  if (cell.isReset) return [{ kind: 'reset', cell: name, yours: cutQuote(cell.frame.source) }];
  return isReturned ? [{ kind: 'returned', cell: name }] : [];
}
