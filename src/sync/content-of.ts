/** The content of a file of the home as it is this moment. */
import type { Oid } from '../core/ids.ts';
import { hashOpen } from './blob.ts';
import type { Home } from './home.ts';
import type { ScanCache } from './scan-cache.ts';
import { errnoOf } from './trouble.ts';

/**
 * The content of a file; undefined when there is no file or it changes right now.
 * @throws the system's error when it cannot be read
 */
export function contentOf(home: Home, path: string, cache?: ScanCache): Oid | undefined {
  const stat = home.stat(path);
  if (stat?.kind !== 'file') return undefined;
  const known = cache?.lookup(path, stat);
  if (known !== undefined) return known;
  const fd = home.open(path);
  try {
    const reading = hashOpen(home, fd);
    if (reading !== undefined) cache?.remember(path, reading.stat, reading.oid);
    return reading?.oid;
  } finally {
    home.close(fd);
  }
}

/** As `contentOf`; undefined also when the file cannot be read. */
export function readableContent(home: Home, path: string): Oid | undefined {
  try {
    return contentOf(home, path);
  } catch (error) {
    // Whoever needs the file itself will name it.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
