import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliPath } from '../e2e/support.ts';
import { scratch } from './support.ts';

/** What a power cut leaves of a file whose length was on the disk before its content. */
const BLOCK = 4096;

describe('a program of which what was compiled ahead is damaged', () => {
  const { folder, remove } = scratch();
  const program = join(folder, 'ä program');
  cpSync(dirname(cliPath), program, { recursive: true });
  const name = readdirSync(program).find((each) => each.includes(`.${process.version}-`)) ?? '';
  const whole = readFileSync(join(program, name));
  afterAll(remove);

  const starts = (): unknown => {
    const { status, signal, stdout } = spawnSync(process.execPath, [join(program, 'cli.js'), '--version'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    return [status, signal, stdout.split(' ')[0]];
  };
  const emptied = (): string => {
    rmSync(join(program, name), { recursive: true, force: true });
    return join(program, name);
  };
  const damages: Readonly<Record<string, () => void>> = {
    'is missing': () => rmSync(join(program, name)),
    'is empty': () => writeFileSync(join(program, name), ''),
    'ends early': () => writeFileSync(join(program, name), whole.subarray(0, whole.length >> 1)),
    'is a folder': () => mkdirSync(emptied()),
    'is a pipe nobody writes to': () => execFileSync('mkfifo', [emptied()]),
    'leads nowhere': () => symlinkSync('nowhere', emptied()),
    'begins with an empty block': () => writeFileSync(join(program, name), Buffer.from(whole).fill(0, 0, BLOCK)),
    'has an empty block inside': () => writeFileSync(join(program, name), Buffer.from(whole).fill(0, BLOCK, 2 * BLOCK)),
    'ends with an empty block': () =>
      writeFileSync(join(program, name), Buffer.from(whole).fill(0, whole.length - BLOCK)),
  };

  it.each(Object.keys(damages))('starts all the same when it %s', (damage) => {
    writeFileSync(emptied(), whole);
    damages[damage]?.();
    expect(starts()).toEqual([0, null, 'f2git']);
  });
});
