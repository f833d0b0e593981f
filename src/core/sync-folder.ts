/** Making names survive a power cut, as far as a file system can. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { systemErrorName } from '../errors.ts';

const syncLater: (fd: number) => Promise<void> = promisify(fs.fsync);

/** Makes the names in the open folder durable where that can be done at all. */
export function syncOpenFolder(fd: number): void {
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    if (!isWithoutSync(error)) throw error;
  }
}

/** As `syncOpenFolder`, without keeping others waiting. */
export async function syncOpenFolderLater(fd: number): Promise<void> {
  try {
    await syncLater(fd);
  } catch (error) {
    if (!isWithoutSync(error)) throw error;
  }
}

/**
 * Windows syncs nothing that is not open for writing, which no folder can be (`FlushFileBuffers`); NTFS journals names by
 * itself. Some network folders know no such call (fsync(2), EINVAL).
 */
function isWithoutSync(error: unknown): boolean {
  const name = systemErrorName(error);
  return name === 'EPERM' || name === 'EINVAL';
}
