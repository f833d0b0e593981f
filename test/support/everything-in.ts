/** All that a folder holds, for tests that look for what must not be there. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Every name, link and file below `folder`, and every object of every git repository in it, unpacked. */
export function* everythingIn(folder: string, isLeftOut: (path: string) => boolean = () => false): Generator<Found> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (isLeftOut(path)) continue;
    yield { path, bytes: Buffer.from(name) };
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) yield { path, bytes: Buffer.from(readlinkSync(path)) };
    else if (stats.isFile()) yield { path, bytes: readFileSync(path) };
    else if (stats.isDirectory()) {
      if (name.endsWith('.git')) yield { path, bytes: objectsOf(path) };
      yield* everythingIn(path, isLeftOut);
    }
  }
}

function objectsOf(repository: string): Buffer {
  return execFileSync('git', ['-c', 'safe.directory=*', 'cat-file', '--batch-all-objects', '--batch', '--unordered'], {
    cwd: repository,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
    maxBuffer: 64 << 20,
  });
}
