/** The course's password is changed or mistyped, and students go on clicking: the account must not be locked. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { content, startHostile, status, type Hostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { click as clickOnce } from './click.ts';
import { builtAssets, builtWorker, programFolder } from './harness.ts';

const COURSES = ['intro', 'advanced', 'seminar'];
const archive = (text: string) => content(writeZip([{ name: 'README.md', bytes: Buffer.from(text) }]));

let root: string;
let clock: number;
let isRight: boolean;
let text: string;
let platform: Hostile;
let server: RunningServer;

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-logins-'));
  clock = new Date('2026-11-02T08:00:00Z').getTime();
  isRight = true;
  text = 'one\n';
  const answer: Parameters<typeof startHostile>[0][string] = (request, socket, nth) => {
    const isIn = isRight && request.headers.authorization !== undefined;
    (isIn ? archive(text) : status(401, { 'www-authenticate': 'Basic realm="x"' }))(request, socket, nth);
  };
  platform = await startHostile(Object.fromEntries(COURSES.map((name) => [`/${name}.zip`, answer])));
  server = await start();
});

afterEach(async () => {
  await server.close();
  await platform.stop();
  rmSync(root, { recursive: true, force: true });
});

function start(): Promise<RunningServer> {
  const courses = COURSES.map(
    (name) => `  ${name}:
    source: zip+${platform.origin}/${name}.zip
    credentials: { user: f2git, password_env: PASSWORD }
    allow_private_addresses: true
    freshness: 15s`,
  );
  const yaml = `listen: 127.0.0.1:0\ndata: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n${courses.join('\n')}\n`;
  const config = parseConfig(yaml, { folder: root, environment: { PASSWORD: 'secret-of-term' } });
  return startServer(config, { programFolder, log: () => undefined, now: () => new Date(clock) });
}

interface Ended {
  readonly outcome?: string;
  readonly state?: string;
  readonly error?: { readonly code: string };
  readonly source?: { readonly state: string; readonly problems: readonly { code: string; message: string }[] };
}

/** One student's click, a minute later than the one before. */
async function click(course = 'intro', user = 'anna'): Promise<Ended> {
  clock += 60_000;
  const at = { origin: server.url.replace(/\/$/, '') };
  return clickOnce(at, user, { course });
}

/** Refused sign-ins since the last call. */
function newSignIns(): number {
  const all = platform.received.filter(({ headers }) => headers.authorization !== undefined).length;
  const fresh = all - counted;
  counted = all;
  return fresh;
}
let counted = 0;
beforeEach(() => (counted = 0));

const home = (course: string) => readFileSync(join(root, 'homes/anna', course, 'README.md'), 'utf8');

test('a password that no longer works is tried twice, then once in fifteen minutes, for all courses together', async () => {
  for (const course of COURSES) expect(await click(course)).toMatchObject({ outcome: 'updated' });
  newSignIns();
  isRight = false;
  text = 'two\n';
  for (let time = 0; time < 4; time += 1) {
    for (const course of COURSES) {
      const ended = await click(course);
      expect(ended).toMatchObject({ source: { state: 'unreachable', problems: [{ code: 'source-login' }] } });
      expect(ended.source?.problems[0]?.message).toMatch(/does not let f2git in.*Your work is safe/);
      expect(home(course)).toBe('one\n');
    }
  }
  expect(newSignIns()).toBe(2);
  // Clicks for another 48 minutes.
  for (let time = 0; time < 48; time += 1) await click(COURSES[time % 3]);
  expect(newSignIns()).toBe(3);
  isRight = true;
  clock += 15 * 60_000;
  for (const course of COURSES) {
    expect(await click(course)).toMatchObject({ outcome: 'updated', source: { state: 'fresh' } });
    expect(home(course)).toBe('two\n');
  }
});

test('a password that never worked is not tried by every course and every click', async () => {
  isRight = false;
  const ends = await Promise.all(
    [...COURSES, ...COURSES, ...COURSES].map((course, at) => click(course, `student${at}`)),
  );
  expect(ends.map(({ error }) => error?.code)).toEqual(ends.map(() => 'source-login'));
  expect(newSignIns()).toBe(2);
});

test('a server that starts again, with other credentials maybe, tries at once', async () => {
  isRight = false;
  for (let time = 0; time < 3; time += 1) await click();
  expect(newSignIns()).toBe(2);
  isRight = true;
  await server.close();
  server = await start();
  expect(await click()).toMatchObject({ outcome: 'updated' });
});
