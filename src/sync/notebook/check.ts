/** The last look at a merged notebook before anybody gets it: read again, it must be what was decided. */
import type { Field } from './fields.ts';
import { isSameValue, itemsOf, membersOf, stringOf, textOf } from './json-values.ts';
import { isLegalId, joinedText, MINOR_WITH_IDS, readNotebook, type Notebook } from './read.ts';
import type { JsonValue } from './scan-json.ts';

/** Undefined when `bytes` is a valid notebook that says what `decided` says; `too-large`: both sides together are. */
export function problemOf(bytes: Uint8Array, decided: Field): 'too-large' | 'unsure' | undefined {
  const notebook = readNotebook(bytes);
  if (typeof notebook === 'string') return notebook === 'too-large' ? notebook : 'unsure';
  return hasLegalIds(notebook) && says(notebook.root, decided) ? undefined : 'unsure';
}

/** The same of a notebook whose ids are the student's own matter. */
export function isAsDecidedButIds(bytes: Uint8Array, decided: Field): boolean {
  const notebook = readNotebook(bytes);
  return typeof notebook !== 'string' && says(notebook.root, decided);
}

/** Every cell has an id of its own, or none has any where the format knows none. */
function hasLegalIds({ minor, cells }: Notebook): boolean {
  if (minor < MINOR_WITH_IDS) return cells.every(({ id }) => id === undefined);
  const ids = new Set(cells.map(({ id }) => id));
  return ids.size === cells.length && cells.every(({ id }) => id !== undefined && isLegalId(id));
}

function says(value: JsonValue, decided: Field): boolean {
  switch (decided.kind) {
    case 'merged': {
      if (value.kind !== 'object') return false;
      const members = membersOf(value);
      if (members.length !== decided.fields.size) return false;
      return members.every(({ key, value: inner }) => {
        const field = decided.fields.get(key);
        return field !== undefined && says(inner, field);
      });
    }
    case 'list': {
      if (value.kind !== 'array') return false;
      const items = itemsOf(value);
      const { items: wanted } = decided;
      return items.length === wanted.length && items.every((item, index) => says(item, wanted[index] as Field));
    }
    case 'text':
      return stringOf(value) === decided.text;
    case 'source':
      return joinedText(value) === decided.text;
    case 'number':
      return textOf(value) === String(decided.value);
    default:
      return isSameValue(value, decided);
  }
}
