/** What is in JSON values that know their text: children, strings, and whether two values say the same. */
import { scanAgain, type JsonArray, type JsonMember, type JsonObject, type JsonValue } from './scan-json.ts';

/** The members of an object, in the order of the file. */
export function membersOf(object: JsonObject): readonly JsonMember[] {
  // most objects that are not read yet are empty metadata
  if (object.end - object.start === EMPTY.length) return [];
  return object.members ?? scanAgain(object, 0).members ?? [];
}

const EMPTY = '{}';

/** The items of an array. */
export function itemsOf(array: JsonArray): readonly JsonValue[] {
  return array.items ?? scanAgain(array, 0).items ?? [];
}

/** The value under `key`; undefined when `object` is no object or has none. */
export function valueAt(object: JsonValue | undefined, key: string): JsonValue | undefined {
  if (object?.kind !== 'object') return undefined;
  return membersOf(object).find((member) => member.key === key)?.value;
}

/** The value as it is written. */
export function textOf({ bytes, start, end }: JsonValue): string {
  return bytes.toString('utf8', start, end);
}

/** The string a value is; undefined when it is none. */
export function stringOf(value: JsonValue | undefined): string | undefined {
  if (value?.kind !== 'string') return undefined;
  return JSON.parse(textOf(value)) as string;
}

/** Whether Python takes a value for true, as nbgrader asks. */
export function isTrue(value: JsonValue | undefined): boolean {
  return value?.kind === 'literal' && !['false', 'null', '0'].includes(textOf(value));
}

/** Whether the text is the same, byte for byte. */
export function isSameText(a: JsonValue, b: JsonValue): boolean {
  return a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0;
}

/**
 * Whether two values say the same, however they are indented, escaped and their names ordered. Numbers are compared as
 * written.
 */
export function isSameValue(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== b.kind) return false;
  if (isSameText(a, b)) return true;
  if (a.kind === 'literal') return false;
  if (a.kind === 'string') return (isEscaped(a) || isEscaped(b)) && stringOf(a) === stringOf(b);
  return isSameTree(scanAgain(a, Infinity), scanAgain(b, Infinity));
}

function isEscaped({ bytes, start, end }: JsonValue): boolean {
  return bytes.subarray(start, end).includes(0x5c);
}

/** As `isSameValue`, of values whose children were all read; they nest at most `MAX_DEPTH` deep. */
function isSameTree(a: JsonValue, b: JsonValue): boolean {
  if (a.kind === 'object' && b.kind === 'object') return isSameObject(a.members ?? [], b.members ?? []);
  if (a.kind === 'array' && b.kind === 'array') return isSameArray(a.items ?? [], b.items ?? []);
  return isSameValue(a, b);
}

function isSameObject(a: readonly JsonMember[], b: readonly JsonMember[]): boolean {
  if (a.length !== b.length) return false;
  const isInOrder = a.every(({ key }, index) => key === b[index]?.key);
  if (isInOrder) return a.every(({ value }, index) => isSameTree(value, (b[index] as JsonMember).value));
  const others = new Map(b.map(({ key, value }) => [key, value]));
  return a.every(({ key, value }) => {
    const other = others.get(key);
    return other !== undefined && isSameTree(value, other);
  });
}

function isSameArray(a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  return a.length === b.length && a.every((item, index) => isSameTree(item, b[index] as JsonValue));
}
