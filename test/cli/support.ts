/** What every refusal of the command line keeps, checked on the built program. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { errorCodes, type ErrorCode } from '../../src/errors.ts';
import { cliPath, f2git, type Ended } from '../e2e/support.ts';

/** A folder of its own for one test, with everything in it gone afterwards. */
export interface Scratch {
  readonly folder: string;
  readonly remove: () => void;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'f2git-bad-input-'));
  return {
    folder,
    remove: () => {
      for (const path of foldersBelow(folder)) chmodSync(path, 0o700);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything at and below `folder` with kind, rights and bytes, so that two looks can be compared. */
export function treeOf(folder: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  const look = (path: string): void => {
    const stats = lstatSync(path);
    const name = relative(folder, path) || '.';
    const mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) tree[name] = `link ${readlinkSync(path)}`;
    else if (stats.isFile()) tree[name] = `file ${mode} ${readFileSync(path).toString('latin1')}`;
    else if (!stats.isDirectory()) tree[name] = 'special';
    else {
      tree[name] = `folder ${mode}`;
      for (const child of readdirSync(path)) look(join(path, child));
    }
  };
  look(folder);
  return tree;
}

export interface Expected {
  readonly code: ErrorCode;
  /** What the sentence says, in English. */
  readonly says?: RegExp;
  /** What must be nowhere in what is written. */
  readonly secret?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly as?: Person;
}

/** An account of this machine. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
}

/** Somebody whom rights can stop: nobody where the tests run as root, else whoever runs them. */
export const ordinaryPerson: Person | undefined = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** Why rights cannot be tested, for the name of a skipped test; undefined when they can. */
export const noOrdinaryPerson =
  ordinaryPerson !== undefined && spawnSync(process.execPath, [cliPath, '--version'], ordinaryPerson).status !== 0
    ? 'nobody may not run the program here'
    : undefined;

/** Gives `folder`, with all in it, to the ordinary person. */
export function giveAway(folder: string): void {
  if (ordinaryPerson === undefined) return;
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(folder, name), ordinaryPerson.uid, ordinaryPerson.gid);
}

/**
 * Runs f2git, which must refuse: the exit code of the error, one sentence on stderr that says that the work is safe, one
 * document on stdout with the same sentence, no stack trace, and nothing under `cwd` any different.
 */
export async function expectRefusal(cwd: string, args: readonly string[], expected: Expected): Promise<Ended> {
  const before = treeOf(cwd);
  const dashes = args.indexOf('--');
  const at = dashes < 0 ? args.length : dashes;
  const ended = await f2git([...args.slice(0, at), '--json', ...args.slice(at)], {
    cwd,
    ...(expected.env && { env: expected.env }),
    ...(expected.as && { as: expected.as }),
  });
  const shown = JSON.stringify({ args, ...ended });
  expect(ended.status, shown).toBe(errorCodes[expected.code].exit);
  const { f2git: version, error } = JSON.parse(ended.stdout) as {
    f2git: number;
    error: { code: string; message: string; retry: string };
  };
  expect(version).toBe(1);
  expect(error.code, shown).toBe(expected.code);
  expect(error.retry).toBe(errorCodes[expected.code].retry);
  expect(ended.stderr, shown).toBe(`f2git: ${error.message}\n`);
  expectPlainWords(error.message);
  if (expected.says !== undefined) expect(error.message).toMatch(expected.says);
  if (expected.secret !== undefined) expect(ended.stdout + ended.stderr).not.toContain(expected.secret);
  expect(treeOf(cwd)).toEqual(before);
  return ended;
}

/** A sentence for people: it says that the work is safe, ends, and shows nothing of the program's inside. */
export function expectPlainWords(message: string): void {
  expect(message).toMatch(/work is safe|Arbeit ist sicher/);
  expectWords(message);
}

/** A sentence for an administrator: the same, without the words that calm whoever works in a course. */
export function expectWordsForStaff(message: string): void {
  expect(message).not.toMatch(/work is safe|Arbeit ist sicher/);
  expectWords(message);
}

function expectWords(message: string): void {
  expect(message).toMatch(/[.)]$/);
  expect(message).not.toMatch(/\n\s+at |node:|undefined|\[object|\{(?!user\})\w+\}|Error:|^bug/);
}

/** What a run that did not fail gives with `--json`. */
export interface RunDocument {
  readonly f2git: number;
  readonly outcome: string;
  readonly run: string;
  readonly base: string | null;
  readonly head: string;
  readonly source: {
    readonly state: string;
    readonly complete: boolean;
    readonly problems: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  };
  readonly files: readonly { readonly path: string; readonly action: string; readonly message: string }[];
}

/** Runs f2git with `--json`, checks its exit code, and gives its document. */
export async function runJson(
  cwd: string,
  args: readonly string[],
  options: { readonly status?: number; readonly env?: NodeJS.ProcessEnv; readonly as?: Person | undefined } = {},
): Promise<RunDocument & { readonly stderr: string }> {
  const { env, as, status = 0 } = options;
  const ended = await f2git([...args, '--json'], { cwd, ...(env && { env }), ...(as && { as }) });
  expect(ended.status, JSON.stringify({ args, ...ended })).toBe(status);
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  return { ...(JSON.parse(ended.stdout) as RunDocument), stderr: ended.stderr };
}

/** What the student sees of a workspace: everything but our own folder. */
export function studentsTree(workspace: string): Readonly<Record<string, string>> {
  const entries = Object.entries(treeOf(workspace));
  return Object.fromEntries(entries.filter(([path]) => path !== '.f2git' && !path.startsWith('.f2git/')));
}

/** What would be litter in `.f2git` once a run is over: staged files, leases, drafts. */
export function litterIn(workspace: string): readonly string[] {
  const names = readdirSync(join(workspace, '.f2git'), { recursive: true, encoding: 'utf8' });
  return names.filter(
    (name) => /(^|\/)(stage\/|lease|tmp_f2git_|.*\.new$|.*\.lock$)/.test(name) || /\/held-\d+$/.test(name),
  );
}

/** Each file of a document with what was done about it. */
export function actionsOf({ files }: RunDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ path, action }) => [path, action]));
}

function foldersBelow(folder: string): readonly string[] {
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) return [];
  chmodSync(folder, 0o700);
  return [folder, ...readdirSync(folder).flatMap((name) => foldersBelow(join(folder, name)))];
}
