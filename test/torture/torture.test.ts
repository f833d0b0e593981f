/**
 * The short form of `npm run torture`: the built program is killed, its disk fails, students save into its work, the
 * course and the student change everything at once. The long form takes more points of more scenarios.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrix } from './matrix/matrix.ts';
import { noCompiler, prepareProgram, type Program } from './program.ts';
import { race } from './race/race.ts';
import { scenes } from './scenes.ts';
import { sweep, type Kind } from './sweep.ts';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'f2git-torture-short-'));
// the programs of the matrix run as somebody else
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let program: Program;
let uses = 0;
function emptyFolder(): string {
  const empty = join(folder, String(++uses));
  mkdirSync(empty);
  return empty;
}

async function violationsOf(kind: Kind, name: string, points: number): Promise<readonly string[]> {
  const scene = scenes.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`no scenario "${name}"`);
  const result = await sweep(scene, { kind, points, seed: 1, workers: 1, folder: emptyFolder(), program });
  expect(result.points).toBeGreaterThan(0);
  return result.failures.map((failure) => JSON.stringify(failure));
}

describe.skipIf(noCompiler !== undefined)(
  `the built program, disturbed${noCompiler === undefined ? '' : ` (${noCompiler})`}`,
  () => {
    beforeAll(() => {
      program = prepareProgram('short');
    });

    it.each(['both-changed', 'chain', 'swap', 'file-and-folder', 'undo', 'server-click'])(
      'killed in the middle of %s: nothing is lost, and the next run completes it',
      async (name) => {
        expect(await violationsOf('kill', name, 3)).toEqual([]);
      },
    );

    it.each(['update', 'rename', 'take', 'release'])(
      'with a disk that fails during %s: nothing is lost, what is unfinished is said, and the next run completes it',
      async (name) => {
        expect(await violationsOf('error', name, 5)).toEqual([]);
      },
    );

    it('killed again while it recovers: the run after that completes it', async () => {
      expect(await violationsOf('double-kill', 'both-changed', 2)).toEqual([]);
    });

    it('racing with saves, with another pull and with a link swapper: nothing is lost, torn or written elsewhere', async () => {
      const report = await race({ program, folder: emptyFolder(), count: 40, seed: 1, lanes: 2 });
      expect(report.isGood, report.text).toBe(true);
    });

    it('with changes of the course and of the student to the same file: never stuck, nothing lost, nothing silent', async () => {
      const report = await matrix({ program, folder: emptyFolder(), workers: 2, step: 41, withNbgitpuller: false });
      expect(report.cells).toBeGreaterThan(5);
      expect(report.isGood, report.text).toBe(true);
    });
  },
);
