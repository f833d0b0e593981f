/**
 * Links whose content Stud.IP passes on, and lists with a size that is no more true. Nothing marks them for a student. What
 * tells them is that the same content came twice, a day apart, whole and without the tag that Stud.IP gives its own files,
 * and for no other file, as the notice of something in front of Stud.IP would. Pure.
 */
import type { KnownFile } from './known.ts';

/** Longer than any disturbance that answers lists as ever and files with a notice. Seconds. */
const BELIEVED_AFTER = 24 * 60 * 60;

/** Whether to look what comes in place of a content of another size than `size`. `now`: seconds. */
export function isTimeToLook(file: KnownFile, size: number, now: number): boolean {
  // what once came with a tag is Stud.IP's own
  const isItsOwn = file.tag !== undefined || file.read !== undefined;
  const { since = -Infinity } = file.passedOn ?? {};
  return size > 0 && file.kind === undefined && !isItsOwn && (now < since || now - since >= BELIEVED_AFTER);
}

/** What is known of the file `id` after such a content with this digest came. */
export function afterPassedOn(
  id: string,
  digest: string,
  files: ReadonlyMap<string, KnownFile>,
  now: number,
): Pick<KnownFile, 'kind' | 'checked' | 'passedOn'> {
  const before = files.get(id)?.passedOn;
  const isForOthersToo = [...files].some(([other, file]) => other !== id && file.passedOn?.digest === digest);
  const passedOn = { digest, since: now };
  const isBelieved = before?.digest === digest && now - before.since >= BELIEVED_AFTER && !isForOthersToo;
  return { checked: now, passedOn, ...(isBelieved ? { kind: 'relayed' as const } : {}) };
}
