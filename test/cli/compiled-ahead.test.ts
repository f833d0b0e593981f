import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliPath } from '../e2e/support.ts';
import { scratch } from './support.ts';

/** What a power cut leaves of a file whose length was on the disk before its content. */
const BLOCK = 4096;

describe('the program, of which some was compiled ahead', () => {
  const { folder, remove } = scratch();
  const program = join(folder, 'ä program');
  cpSync(dirname(cliPath), program, { recursive: true });
  const names = readdirSync(program);
  const compiled = names.filter((name) => name.includes(`.${process.version}-`));
  const course = join(folder, 'course');
  mkdirSync(course);
  // so many that what is known of them is worth keeping
  for (let n = 0; n < 40; n++) writeFileSync(join(course, `file${n}.txt`), 'text\n');
  afterAll(remove);

  const pull = (home: string): unknown => {
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      [join(program, 'cli.js'), 'pull', course, join(folder, home), '--lang', 'en'],
      { encoding: 'utf8', timeout: 20_000 },
    );
    return [status, signal, stderr.split('\n')[0]];
  };
  const emptied = (name: string): string => {
    rmSync(join(program, name), { recursive: true, force: true });
    return join(program, name);
  };
  const damages: Readonly<Record<string, (name: string, whole: Buffer) => void>> = {
    'is missing': (name) => void emptied(name),
    'is empty': (name) => writeFileSync(emptied(name), ''),
    'ends early': (name, whole) => writeFileSync(emptied(name), whole.subarray(0, whole.length >> 1)),
    'is a folder': (name) => mkdirSync(emptied(name)),
    'is a pipe nobody writes to': (name) => execFileSync('mkfifo', [emptied(name)]),
    'leads nowhere': (name) => symlinkSync('nowhere', emptied(name)),
    'begins with an empty block': (name, whole) => writeFileSync(emptied(name), Buffer.from(whole).fill(0, 0, BLOCK)),
    'has an empty block inside': (name, whole) =>
      writeFileSync(emptied(name), Buffer.from(whole).fill(0, BLOCK, 2 * BLOCK)),
    'ends with an empty block': (name, whole) =>
      writeFileSync(emptied(name), Buffer.from(whole).fill(0, whole.length - BLOCK)),
  };

  it.each(Object.keys(damages))('works all the same when that %s', (damage) => {
    for (const name of compiled) {
      const whole = readFileSync(join(program, name));
      damages[damage]?.(name, whole);
      expect(pull(`${damage} ${name}`)).toEqual([0, null, 'course is up to date.']);
      writeFileSync(emptied(name), whole);
    }
    expect(compiled).not.toEqual([]);
  });

  it('finds nothing new without the scripts that only others need', () => {
    expect(pull('home')).toEqual([0, null, 'course is up to date.']);
    const others = names.filter((name) => /^program-[^0]/.test(name));
    for (const name of others) rmSync(join(program, name));
    expect(pull('home')).toEqual([0, null, 'course: nothing is new.']);
    expect(pull('another')).toEqual([1, null, expect.stringContaining('ENOENT')]);
    expect(others).not.toEqual([]);
  });
});
