/** What the built program took of the memory at most. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';

/** Resident at the peak. Node alone takes about 50. */
export const MOST_MEGABYTES = 300;

const peakMemory = pathToFileURL(join(import.meta.dirname, '../support/peak-memory.mjs')).href;

/** The environment in which each process of the program writes its peak to `file`. */
export function measuredIn(file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=${peakMemory}`, F2GIT_PEAKS: file };
}

/** Expects that no process took too much, and that they were measured at all. */
export function expectLittleMemory(file: string, what: string): void {
  const peak = Math.max(...readFileSync(file, 'utf8').trim().split('\n').map(Number));
  expect(peak, what).toBeGreaterThan(20);
  expect(peak, what).toBeLessThan(MOST_MEGABYTES);
}
