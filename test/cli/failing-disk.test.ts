/** A disk that fails under the built program is told as what it is, never as a mistake of f2git. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  noCompiler,
  operationsIn,
  prepareProgram,
  type ErrorAct,
  type Operation,
  type Program,
} from '../torture/program.ts';
import { Stand, type Act } from '../torture/stand.ts';
import { expectPlainWords } from './support.ts';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'f2git-failing-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pull: Act = { kind: 'command', args: ['pull', './course', 'w', '--json'] };
const take: Act = { kind: 'command', args: ['take', 'w/a.txt', '--json'] };
let program: Program;
let uses = 0;

/** A course that was pulled, then changed by both sides. */
async function changedByBoth(): Promise<Stand> {
  const base = join(folder, String(++uses));
  mkdirSync(base);
  const stand = new Stand(program, base);
  stand.course({ 'a.txt': 'one\n' });
  await stand.perform(pull);
  stand.student({ 'a.txt': 'mine\n' });
  stand.course({ 'a.txt': 'two\n', 'b.txt': 'b\n' });
  return stand;
}

/** What the program says when the first such operation fails. */
async function errorWhen(stand: Stand, act: Act, error: ErrorAct, is: (operation: Operation) => boolean) {
  stand.keep('start');
  await stand.perform(act, undefined, { log: true, reads: true });
  const at = 1 + operationsIn(stand.scratch).findIndex(is);
  expect(at).toBeGreaterThan(0);
  stand.restore('start');
  const { status, stdout } = await stand.perform(act, { at, act: error }, { reads: true });
  const document = JSON.parse(stdout) as { error: { code: string; message: string } };
  expectPlainWords(document.error.message);
  expect(readFileSync(join(stand.home, 'a.txt'), 'utf8')).toBe('mine\n');
  return { status, code: document.error.code };
}

describe.skipIf(noCompiler !== undefined)('a failing disk', () => {
  beforeAll(() => {
    program = prepareProgram('failing-disk');
  });

  it('a full quota is no space left, wherever it is met', async () => {
    const staged = await errorWhen(await changedByBoth(), pull, 'edquot', ({ kind, path }) => {
      return kind === 'write' && path.includes('/.f2git/stage/');
    });
    expect(staged).toEqual({ status: 4, code: 'disk-full' });
    const packed = await errorWhen(await changedByBoth(), pull, 'edquot', ({ kind, path }) => {
      return kind === 'write' && path.includes('/objects/pack/');
    });
    expect(packed).toEqual({ status: 4, code: 'disk-full' });
  });

  it.each([
    ['erofs', 2, 'data-refused'],
    ['eio', 4, 'repository-unwritable'],
    ['edquot', 4, 'disk-full'],
  ] as const)('a data folder that cannot be made is refused at once: %s', async (act, exit, code) => {
    const base = join(folder, String(++uses));
    mkdirSync(base);
    const stand = new Stand(program, base);
    const course = 'courses: { intro: { title: Introduction, source: ./course } }';
    stand.put('.', { 'f2git.yaml': `data: ./data\nhomes: ./homes/{user}\nauth: none\n${course}\n` });
    stand.course({ 'a.txt': 'one\n' });
    const sync: Act = { kind: 'command', args: ['sync', 'intro', '--json'] };
    const { status, stdout } = await stand.perform(sync, { at: 1, act, lasting: true });
    expect(status, stdout).toBe(exit);
    expect(stdout).toContain(code);
  });

  it('too many open files and a broken disk are the computer’s, also where nobody looked for them', async () => {
    const stand = await changedByBoth();
    await stand.perform(pull);
    const isIndex = ({ path }: Operation): boolean => path.endsWith('.idx');
    const opened = await errorWhen(
      stand,
      take,
      'emfile',
      (operation) => operation.kind === 'openr' && isIndex(operation),
    );
    expect(opened).toEqual({ status: 4, code: 'system-refused' });
    const read = await errorWhen(stand, take, 'eio', (operation) => operation.kind === 'read' && isIndex(operation));
    expect(read).toEqual({ status: 4, code: 'system-refused' });
  });
});
