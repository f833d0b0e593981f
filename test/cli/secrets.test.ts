/**
 * No secret of any source is anywhere it does not belong: not in what the program says, writes, serves or gives to other
 * programs, whatever the platforms answer. Each secret of this test's servers is a word that is like nothing else, and is
 * looked for plain, in base64 and in hexadecimal.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f2git, type RunningProgram, startServer } from '../e2e/support.ts';
import { clickOn } from '../server/click.ts';
import { ask } from '../server/harness.ts';
import { whyNoRclone } from '../sources/rclone/course.ts';
import { everythingIn } from '../support/everything-in.ts';
import { knownSecrets, secretsIn } from '../support/secret-words.ts';
import { allAtOnce, watchArguments } from './processes.ts';
import { type SecretCourse, startSecretCourses, TOKEN_VARIABLE } from './secret-courses.ts';
import { type Trouble, troubles } from './secret-troubles.ts';
import { scratch } from './support.ts';

const missing = whyNoRclone();
const place = scratch();
const { folder } = place;
const PATH = process.env['PATH'] ?? '';

let courses: readonly SecretCourse[] = [];
let server: RunningProgram & { readonly address: string };
let given: ReturnType<typeof watchArguments>;
/** All that anybody was told, and where. */
const told: { readonly where: string; readonly text: string }[] = [];
/** Courses whose server had a secret in what it answered. */
const echoed = new Set<string>();

describe.skipIf(missing !== undefined)(`secrets${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeAll(async () => {
    courses = await startSecretCourses(folder);
    recordRclone();
    for (const one of courses) await fill(one, 'Welcome\n');
    server = await startServer(folder, configuration());
    given = watchArguments();
  });

  afterAll(async () => {
    process.env['PATH'] = PATH;
    Reflect.deleteProperty(process.env, TOKEN_VARIABLE);
    given.stop();
    await server.stop();
    for (const { course } of courses) await course.stop();
    place.remove();
  });

  it('bring every course to a student, and to who pulls it alone', async () => {
    const documents = await allAtOnce(courses, 4, click);
    expect(documents.filter(({ outcome }) => outcome !== 'updated')).toEqual([]);
    const pulled = await allAtOnce(pullable(), 2, (one) => pull(one, '--json'));
    expect(pulled).toEqual(pulled.map(() => 0));
    const commands = [
      ['sync', '--all', '--json'],
      ['check', '--json'],
    ];
    expect(await allAtOnce(commands, 2, (args) => run(args))).toEqual([0, 0]);
  });

  it('are of all kinds, and would be found', () => {
    expect(knownSecrets().toSorted()).toEqual(kinds.toSorted());
    for (const word of ['plain', 'base64', 'hexadecimal'] as const) expect(formsFound()).toContain(word);
  });

  it.each(troubles.filter(({ isOfFiles }) => isOfFiles === true))(
    'stay where they are when a platform $name instead of a file',
    async (trouble) => {
      for (const one of courses) await fill(one, `${trouble.name}\n`);
      disturb(trouble, (address) => /README|data\.csv|content|download|pluginfile|store/.test(address));
      await allAtOnce(courses, 8, click);
      calm();
      const documents = await allAtOnce(courses, 8, click);
      expect(documents.filter(({ outcome }) => outcome !== 'updated' && outcome !== 'unchanged')).toEqual([]);
    },
  );

  it.each(troubles)('stay where they are when a platform $name', async (trouble) => {
    disturb(trouble, () => true);
    const documents = await allAtOnce(courses, 8, click);
    expect(documents.filter((one) => one['outcome'] !== 'stale' && !isBeyondRclone(one))).toEqual([]);
    calm();
  });

  it('stay where they are when commands meet a platform that fails', async () => {
    disturb(named('forbids'), () => true);
    const statuses = await allAtOnce(pullable(), 2, (one) => pull(one, '--lang', 'en'));
    expect(statuses).toEqual(statuses.map(() => 3));
    disturb(named('answers with an error'), () => true);
    const commands = [
      ['sync', '--all'],
      ['check', '--lang', 'en'],
    ];
    expect(await allAtOnce(commands, 2, (args) => run(args))).toEqual([3, 3]);
    calm();
  });

  it('were in what every platform answered', () => {
    expect([...echoed].toSorted()).toEqual(courses.map(({ name }) => name).toSorted());
  });

  it('are in nothing that the server shows', async () => {
    const pages = courses.flatMap(({ name }) => [`/go/${name}?user=anna&lang=de`, `/zip/${name}.zip?user=anna`]);
    const trees = courses.map(({ name }) => `/api/courses/${name}/tree?user=anna`);
    for (const path of ['/?user=anna', '/metrics', '/health', '/ready', ...pages, ...trees]) {
      const { text, headers } = await ask({ origin: server.address.replace(/\/$/, '') }, path);
      told.push({ where: path, text: text + JSON.stringify(headers) });
    }
  });

  it('are in nothing that was said', () => {
    told.push({ where: 'log of the server', text: server.output() });
    expect(told.length).toBeGreaterThan(100);
    expect(told.flatMap(({ where, text }) => secretsIn(text).map((one) => `${where}: ${one}`))).toEqual([]);
  });

  it('are in no file, name or object of a repository', () => {
    const own = (path: string): boolean => /\/(secrets|given|program|settings)$|\/f2git\.yaml$/.test(path);
    const found = [...everythingIn(folder, own)];
    expect(found.filter(({ path }) => path.endsWith('.git')).length).toBeGreaterThan(2 * courses.length);
    expect(found.flatMap(({ path, bytes }) => secretsIn(bytes).map((one) => `${path}: ${one}`))).toEqual([]);
    // an address that is a key itself is in the settings of who typed it, for nobody else to read
    const addresses = join(folder, 'settings/f2git/addresses');
    const kept = readdirSync(addresses).map((name) => join(addresses, name));
    expect(new Set(kept.map((path) => statSync(path).mode & 0o777))).toEqual(new Set([0o600]));
    expect(kept.filter((path) => secretsIn(readFileSync(path)).length > 0)).toHaveLength(2);
  });

  it('are given to no other program, but rclone the one of its own configuration', () => {
    const calls = readdirSync(join(folder, 'given')).map((name) => readFileSync(join(folder, 'given', name)));
    expect(calls.length).toBeGreaterThan(10);
    const ofItsOwn = (line: string): boolean => line.startsWith('the password of a configuration of rclone plain');
    expect(calls.flatMap(secretsIn).filter((line) => !ofItsOwn(line))).toEqual([]);
    expect(given.seen().join('\n')).toContain('rclone');
    expect(given.seen().flatMap(secretsIn)).toEqual([]);
  });
});

/** What the secrets of all servers of this test open. */
const kinds = [
  ...['a password', 'a password of git', 'a password of Moodle', 'a token of Moodle', 'a private token of Moodle'],
  ...['a token of Canvas', 'a verifier of Canvas', 'a signature of Canvas', 'a session of Stud.IP', 'a client secret'],
  ...['an access token', 'a refresh token', 'a session of ILIAS by SOAP', 'a session of ILIAS in a browser'],
  ...['the key of a share', 'the key of an archive', 'the password of a configuration of rclone'],
];

/** How secrets are found in the files that are theirs: the search itself is no dream. */
function formsFound(): readonly string[] {
  const [first] = courses;
  const password = first?.course.credentials?.password?.reveal() ?? '';
  const forms = ['utf8', 'base64', 'hex'] as const;
  const found = forms.flatMap((form) => secretsIn(Buffer.from(`user:${password}`).toString(form)));
  return found.map((line) => /plain|base64|hexadecimal/.exec(line)?.[0] ?? '');
}

/** To the WebDAV of rclone an answer that is none is an empty folder, which takes nothing from anybody. */
function isBeyondRclone({ course, outcome }: Readonly<Record<string, unknown>>): boolean {
  return course === 'rclone' && outcome === 'unchanged';
}

/** Puts two files into a course, or new bytes into them. */
async function fill({ course }: SecretCourse, text: string): Promise<void> {
  const { driver } = course;
  for (const segments of [['README.md'], ['week1', 'data.csv']]) {
    const bytes = Buffer.from(`${segments.join('/')}: ${text}`);
    await (text === 'Welcome\n' ? driver.put(segments, bytes) : driver.overwrite(segments, bytes));
  }
}

function configuration(): string {
  const lines = courses.flatMap(({ name, source, credentials }) => [
    `  ${name}:`,
    `    source: ${JSON.stringify(source)}`,
    ...(credentials === undefined ? [] : [`    credentials: ${JSON.stringify(credentials)}`]),
    '    allow_private_addresses: true',
    '    freshness: 0s',
  ]);
  return ['data: ./data', 'homes: ./homes/{user}', 'auth: none', 'courses:', ...lines].join('\n');
}

/** From now on a program of our own writes down what rclone is given, and becomes rclone. */
function recordRclone(): void {
  const rclone = execFileSync('sh', ['-c', 'command -v rclone'], { encoding: 'utf8' }).trim();
  for (const name of ['program', 'given']) mkdirSync(join(folder, name));
  const note = `cat /proc/$$/cmdline /proc/$$/environ > '${join(folder, 'given')}'/$$-$(date +%N)`;
  writeFileSync(join(folder, 'program/rclone'), `#!/bin/sh\n${note}\nexec ${rclone} "$@"\n`, { mode: 0o755 });
  process.env['PATH'] = join(folder, 'program') + delimiter + PATH;
}

function named(name: string): Trouble {
  const found = troubles.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no trouble ${name}`);
  return found;
}

function disturb({ answer }: Trouble, isMeant: (address: string) => boolean): void {
  for (const course of courses) {
    course.disturb((echo, address) => {
      if (!isMeant(address)) return undefined;
      if (secretsIn(echo).length > 0) echoed.add(course.name);
      return answer(echo, course.name);
    });
  }
}

function calm(): void {
  for (const course of courses) course.disturb(undefined);
}

/** One click of a student, with the page that shows its report; gives the report. */
async function click({ name }: SecretCourse): Promise<Readonly<Record<string, unknown>>> {
  const at = { origin: server.address.replace(/\/$/, '') };
  const { document, page } = await clickOn(at, 'anna', { course: name });
  const report = await ask(at, `/go/${name}?user=anna&run=${String(document['run'])}&lang=en`);
  told.push({ where: `the click on ${name}`, text: JSON.stringify(document) + page.text + report.text });
  return document;
}

function pullable(): readonly SecretCourse[] {
  return courses.filter(({ address }) => address !== undefined);
}

/** Pulls a course as somebody alone does, into a folder of its own; gives the exit code. */
function pull({ name, address = '', env }: SecretCourse, ...more: readonly string[]): Promise<number | null> {
  return run(['pull', address, join('alone', name), ...more], env);
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number | null> {
  const { status, stdout, stderr } = await f2git(args, {
    cwd: folder,
    env: { XDG_CONFIG_HOME: join(folder, 'settings'), ...env },
  });
  told.push({ where: `f2git ${args.slice(0, 1).join()} ${args.slice(2).join(' ')}`, text: stdout + stderr });
  return status;
}
