/** Making folders: the one effect that sources, the repository and the command line share. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorName } from '../errors.ts';

/**
 * Makes a folder, and those above it, as far as they are missing; gives the topmost one it made. Node's own `recursive`
 * asks for ever where the system refuses with ENOENT below a folder that is there (an automounter's, `/proc`), and says
 * ENOENT where a disk is read-only or fails (Node 20).
 */
export function makeFolder(folder: string, mode = 0o777): string | undefined {
  const first = tryToMake(folder, mode);
  if (first !== 'no folder above') return first === 'made' ? folder : undefined;
  const above = makeFolder(dirname(folder), mode);
  const second = tryToMake(folder, mode);
  // refused all the same, or somebody took the folder above away again
  if (second === 'no folder above') mkdirSync(folder, { mode });
  return above ?? (second === 'made' ? folder : undefined);
}

function tryToMake(folder: string, mode: number): 'made' | 'was there' | 'no folder above' {
  try {
    mkdirSync(folder, { mode });
    return 'made';
  } catch (error) {
    const code = systemErrorName(error);
    if (code === 'ENOENT' && dirname(folder) !== folder) return 'no folder above';
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return 'was there';
    throw error;
  }
}
