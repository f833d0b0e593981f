/** What becomes of a cell that both the course and the student have: unit by unit, the student wins. */
import { mergeAttachments } from './attachments.ts';
import { mergeFields, objectOf, type Field, type FieldConflict } from './fields.ts';
import { isSameText, isSameValue, membersOf, textOf, valueAt } from './json-values.ts';
import { mergeBody } from './merge-body.ts';
import type { Cell } from './read.ts';
import type { CellVersions, MergedBody, MergedCell, Wish } from './cell-versions.ts';

/** Members whose merge has rules of its own. */
const UNITS = new Set(['cell_type', 'source', 'outputs', 'execution_count', 'attachments', 'metadata', 'id']);
/** What programs note about a run or the view: nobody needs to be told that the course's was not taken. */
const NOTED = new Set(['collapsed', 'scrolled', 'execution', 'ExecuteTime', 'executionInfo', 'outputId', 'vscode']);

export function mergeCell(versions: CellVersions): MergedCell {
  const { base, offered, local } = versions;
  if (isAsItWas(base, offered) && offered.body === local.body) {
    return { ...asItIs(local), id: idOf(versions) };
  }
  const text = mergeBody(versions);
  const wishes = bodyWishes(text, versions);
  const fields = new Map<string, Field>();
  const put = (key: string, field: Field | undefined): void => {
    if (field !== undefined) fields.set(key, field);
  };
  // first what decides the order of the members: the student's cell as it is
  for (const [key, value] of mergeFields(base?.node, offered.node, local.node, { except: (key) => UNITS.has(key) })) {
    put(key, value);
  }
  put('cell_type', text.type === local.type ? valueAt(local.node, 'cell_type') : { kind: 'text', text: text.type });
  put('source', sourceOf(text, versions));
  put('metadata', mergeMetadata(versions, wishes));
  if (text.type === 'code') for (const [key, value] of outputsOf(versions, text)) put(key, value);
  else put('attachments', mergeAttachments({ ...versions, ...text }, wishes));
  return {
    frame: local,
    fields,
    id: idOf(versions),
    declined: wishes,
    isReset: text.isReset,
  };
}

function bodyWishes({ isDeclined }: MergedBody, { base, offered, local }: CellVersions): Wish[] {
  if (!isDeclined) return [];
  const text: Wish = { course: offered.source, yours: local.source };
  if (offered.type === local.type || offered.type === base?.type) return [text];
  return [text, { course: `cell_type: ${offered.type}`, yours: `cell_type: ${local.type}` }];
}

/** A cell nobody but its owner has anything to say about. */
export function asItIs(cell: Cell): MergedCell {
  const fields = new Map(membersOf(cell.node).map(({ key, value }) => [key, value]));
  fields.delete('id');
  return { frame: cell, fields, id: cell.id, declined: [], isReset: false };
}

/** Whether the course left the cell alone, to the byte: then nothing of it can give way. */
function isAsItWas(base: Cell | undefined, offered: Cell): boolean {
  return base !== undefined && isSameText(base.node, offered.node);
}

function sourceOf({ from, source }: MergedBody, { offered, local }: CellVersions): Field | undefined {
  if (from === 'local') return valueAt(local.node, 'source');
  if (from === 'offered') return valueAt(offered.node, 'source');
  return { kind: 'source', text: source };
}

/** Outputs belong to the text that made them. */
function outputsOf(
  { base, offered, local }: CellVersions,
  { from }: MergedBody,
): readonly (readonly [string, Field])[] {
  const ofStudent = from !== 'offered' && local.type === 'code' && (offered.type !== 'code' || wasRun(base, local));
  const { node } = ofStudent ? local : offered;
  return ['execution_count', 'outputs'].map((key) => {
    const value = valueAt(node, key) as Field;
    const own = valueAt(local.node, key);
    return [key, own !== undefined && isSameValue(own, valueAt(node, key)) ? own : value] as const;
  });
}

function wasRun(base: Cell | undefined, local: Cell): boolean {
  const isSame = (key: string): boolean => isSameValue(valueAt(base?.node, key), valueAt(local.node, key));
  return !isSame('outputs') || !isSame('execution_count');
}

/** The student's, but what nbgrader and the course's protection say is the course's. */
function mergeMetadata({ base, offered, local }: CellVersions, wishes: Wish[]): Field {
  const fields = mergeFields(base?.metadata, offered.metadata, local.metadata, {
    isCourseFirst: (key) => base !== undefined && ['nbgrader', 'deletable', 'editable'].includes(key),
    onConflict: (conflict) => {
      if (!isNoted(conflict.key)) wishes.push(wishOf(conflict));
    },
  });
  return objectOf(local.metadata, fields);
}

/** Whether a key of some metadata says nothing a person would miss. */
export function isNoted(key: string): boolean {
  return NOTED.has(key);
}

/** A conflict about a member, as a person can read it. */
export function wishOf({ key, offered, local }: FieldConflict): Wish {
  const quote = (value: FieldConflict['local']): string => (value === undefined ? '' : `${key}: ${textOf(value)}`);
  return { course: quote(offered), yours: quote(local) };
}

/** The course's when the student's file still has the one it was delivered with. */
function idOf({ base, offered, local }: CellVersions): string | undefined {
  return local.id === base?.id && base !== undefined ? (offered.id ?? local.id) : (local.id ?? offered.id);
}
