/** Which files are no text, or more of it than is compared by lines. */
import { isUtf8 } from 'node:buffer';

/** Why a file is not merged by lines. Encodings other than UTF-8 are left alone like any other bytes. */
export type NotText = 'binary' | 'not-utf-8' | 'too-large' | 'too-many-lines';

/** Beyond these a merge by lines says little to a person and costs seconds. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;
export const MAX_TEXT_LINES = 500_000;

/** Why `bytes` are no text; undefined where only counting the lines can tell. */
export function notText(bytes: Uint8Array): NotText | undefined {
  if (bytes.length > MAX_TEXT_BYTES) return 'too-large';
  if (bytes.includes(0)) return 'binary';
  return isUtf8(bytes) ? undefined : 'not-utf-8';
}
