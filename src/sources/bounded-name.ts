/** Names longer than any that could be delivered, cut where they come in: one list may bring many of megabytes. */
import { z } from 'zod';

/** Characters. File names have 255 bytes; platforms take titles of up to 1,333 characters. */
const MOST = 2000;
/** With an extension, which is kept where a file name is cut. */
const END = 100;

/** What a name in a list is read as. */
export const nameText = z.string().transform((name) => boundedName(name));

/** `raw`, or its beginning and end where it is longer than `most`. */
export function boundedName(raw: string, most = MOST): string {
  if (raw.length <= most) return raw;
  const kept = `${raw.slice(0, most - END)}${raw.slice(-END)}`;
  // Slices hold on to all of the text they are cut from; bytes do not.
  return Buffer.from(kept, 'utf16le').toString('utf16le');
}
