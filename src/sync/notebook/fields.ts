/** The three-way merge of an object's members: what the course changed arrives, where both did one side wins. */
import { isSameValue, membersOf } from './json-values.ts';
import type { JsonArray, JsonObject, JsonValue } from './scan-json.ts';

/** What a member of the result is: a value of one of the files, or something that is in none of them. */
export type Field = JsonValue | MergedObject | MergedList | ComposedText | ComposedNumber;

/** An object of one of the files with other members. */
export interface MergedObject {
  readonly kind: 'merged';
  readonly frame: JsonObject;
  readonly fields: Fields;
}

/** A list of one of the files with other items. */
export interface MergedList {
  readonly kind: 'list';
  readonly frame: JsonArray;
  readonly items: readonly Field[];
}

/** `source`: a text that is written as the file writes the text of its cells. */
export interface ComposedText {
  readonly kind: 'text' | 'source';
  readonly text: string;
}

export interface ComposedNumber {
  readonly kind: 'number';
  readonly value: number;
}

/** The members of a result, in order. */
export type Fields = ReadonlyMap<string, Field>;

/** A member both sides changed. Undefined: it is not there. */
export interface FieldConflict {
  readonly key: string;
  readonly offered: JsonValue | undefined;
  readonly local: JsonValue | undefined;
}

export interface FieldRules {
  /** Keys that are not merged here. */
  readonly except?: (key: string) => boolean;
  /** Keys of which the course's value wins. */
  readonly isCourseFirst?: (key: string) => boolean;
  /** Told each conflict in which the student's value stays. */
  readonly onConflict?: (conflict: FieldConflict) => void;
}

/**
 * Merges the members of three objects, of which any may be absent. The student's come first, in their order; a value
 * both sides agree on is the student's.
 */
export function mergeFields(
  base: JsonObject | undefined,
  offered: JsonObject | undefined,
  local: JsonObject | undefined,
  rules: FieldRules = {},
): Map<string, JsonValue> {
  const [b, u, l] = [valuesOf(base), valuesOf(offered), valuesOf(local)];
  const merged = new Map<string, JsonValue>();
  for (const key of new Set([...l.keys(), ...u.keys()])) {
    if (rules.except?.(key) === true) continue;
    const value = threeWay(key, b.get(key), u.get(key), l.get(key), rules);
    if (value !== undefined) merged.set(key, value);
  }
  return merged;
}

function threeWay(
  key: string,
  base: JsonValue | undefined,
  offered: JsonValue | undefined,
  local: JsonValue | undefined,
  rules: FieldRules,
): JsonValue | undefined {
  if (isSameValue(offered, local) || isSameValue(base, offered)) return local;
  if (isSameValue(base, local)) return offered;
  if (rules.isCourseFirst?.(key) === true) return offered;
  rules.onConflict?.({ key, offered, local });
  return local;
}

function valuesOf(object: JsonObject | undefined): ReadonlyMap<string, JsonValue> {
  return new Map(object === undefined ? [] : membersOf(object).map(({ key, value }) => [key, value]));
}

/** `frame` with these members; itself when they are its own. */
export function objectOf(frame: JsonObject, fields: Fields): JsonObject | MergedObject {
  const own = membersOf(frame);
  const isOwn = own.length === fields.size && own.every(({ key, value }) => isSameField(fields.get(key), value));
  return isOwn ? frame : { kind: 'merged', frame, fields };
}

/** Whether a field is this very place of this very file. */
export function isSameField(field: Field | undefined, value: JsonValue): boolean {
  return field !== undefined && 'bytes' in field && field.bytes === value.bytes && field.start === value.start;
}
