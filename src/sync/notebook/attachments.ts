/** The pictures and other things that are attached to a text cell. */
import { mergeFields, objectOf, type Field } from './fields.ts';
import { membersOf, valueAt } from './json-values.ts';
import type { CellVersions, MergedBody, Wish } from './cell-versions.ts';
import type { JsonObject, JsonValue } from './scan-json.ts';

/**
 * Merged by name, the student first. What the text that won refers to comes along; what the student took away although
 * their text still refers to it is their choice. Undefined: the cell has none.
 */
export function mergeAttachments(
  { base, offered, local, from, source }: CellVersions & MergedBody,
  wishes: Wish[],
): Field | undefined {
  const [b, u, l] = [base, offered, local].map((cell) => attachmentsOf(cell?.node));
  if (u === undefined && l === undefined) return undefined;
  const fields = mergeFields(b, u, l, {
    onConflict: ({ key, offered: theirs, local: own }) =>
      wishes.push({ course: nameIf(theirs, key), yours: nameIf(own, key) }),
  });
  const winner = from === 'local' ? l : u;
  for (const { key, value } of winner === undefined ? [] : membersOf(winner)) {
    if (!fields.has(key) && source.includes(`attachment:${key}`)) fields.set(key, value);
  }
  const frame = l ?? u;
  if (frame === undefined || (fields.size === 0 && l === undefined)) return undefined;
  return objectOf(frame, fields);
}

function attachmentsOf(node: JsonObject | undefined): JsonObject | undefined {
  const value = valueAt(node, 'attachments');
  return value?.kind === 'object' ? value : undefined;
}

function nameIf(value: JsonValue | undefined, name: string): string {
  return value === undefined ? '' : `attachment:${name}`;
}
