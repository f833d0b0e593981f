/** The page of those who look after a course, of a real server over a folder. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openConfiguredCourse } from '../../src/configured-course.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { click, formToken, send } from './click.ts';
import { ask, builtAssets, builtWorker, courseId, programFolder, startTestServer, type Answer } from './harness.ts';

let root: string;
let server: RunningServer | undefined;
let logged: string[] = [];
const clock = new Date('2026-11-02T08:00:00Z');
const weeks = ['week1', 'week2', 'week3', 'week4'].map((week) => `${week}/lab.py`);

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(() => {
  logged = [];
  root = mkdtempSync(join(tmpdir(), 'f2git-teach-'));
  write('course/README.md', 'Welcome\n');
  for (const path of weeks) write(`course/${path}`, `print('${path}')\n`);
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const home = (path: string): string => readFileSync(join(root, 'homes/anna/intro', path), 'utf8');

const configText = (release = ''): string => `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
defaults: { time_zone: Europe/Berlin }
courses:
  intro:
    title: Introduction
    source: ./course
    freshness: 0s
    groups: { early: [ben] }
    release: [${release}]`;

async function start(release = ''): Promise<{ origin: string }> {
  server = await startServer(parseConfig(configText(release), { folder: root, environment: {} }), {
    programFolder,
    now: () => clock,
    log: (_level, event) => logged.push(event),
  });
  return { origin: server.url.replace(/\/$/, '') };
}

const page = (at: { origin: string }, query = ''): Promise<Answer> => ask(at, `/teach/intro?lang=en${query}`);

/** What a section with this heading says; undefined where there is none. */
function section({ text }: Answer, heading: string): string | undefined {
  const found = text.split('<section').find((part) => part.includes(`<span>${heading}</span>`));
  return found?.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

async function press(at: { origin: string }, shown: Answer, path: string, fields = {}): Promise<Answer> {
  const pressed = await send(at, path, { ...fields, f2git_form: formToken(shown) });
  expect(pressed.status).toBe(303);
  return ask(at, new URL(pressed.headers.location ?? '', `${at.origin}${path}`).href.slice(at.origin.length));
}

test('a course that was never read is read by a button of the page', async () => {
  const at = await start();
  const before = await page(at);
  expect(before.text).toContain('never read');
  await press(at, before, '/teach/intro/look?lang=en');
  const after = await page(at);
  expect(after.text).toContain('Files for students: 5.');
  expect(section(after, 'For students')).toContain('README.md');
});

test('each file stands where it belongs: for students, not released yet, taken back', async () => {
  const at = await start(
    '{ path: "week2/**", from: 2026-11-09 08:00 }, { path: "week3/**", until: 2026-11-01 }, ' +
      '{ path: "week4/**", from: 2026-11-02 08:00, for: [early] }',
  );
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const shown = await page(at);
  expect(section(shown, 'For students')).toContain('week1/ lab.py');
  expect(section(shown, 'For students')).not.toContain('week2');
  expect(section(shown, 'Not released yet')).toContain('week2/ lab.py');
  expect(section(shown, 'Not released yet')).toContain('week4/ lab.py');
  expect(section(shown, 'Taken back')).toContain('week3/ lab.py');
  const schedule = section(shown, 'Release schedule');
  expect(schedule).toContain('from 9 Nov 2026, 08:00');
  expect(schedule).toContain('for early');
  expect(schedule).toContain('Europe/Berlin');
});

test('a preview tells what comes and goes, for everybody and for a group', async () => {
  const at = await start(
    '{ path: "week2/**", from: 2026-11-09 08:00 }, { path: "week4/**", from: 2026-11-02 08:00, for: [early] }',
  );
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const then = section(await page(at, '&at=2026-11-09T08:00'), 'Preview');
  expect(then).toContain('4 files');
  expect(then).toMatch(/Comes week2\/ lab\.py/);
  expect(then).not.toContain('week4');
  const minuteBefore = section(await page(at, '&at=2026-11-09T07:59'), 'Preview');
  expect(minuteBefore).toContain('the same as now');
  expect(section(await page(at, '&at=2026-11-09T08:00&for=early'), 'Preview')).toContain('5 files');
  expect((await page(at, '&at=whenever')).status).toBe(400);
  const unknown = await page(at, '&at=2026-11-09T08:00&for=nix');
  expect(unknown.status).toBe(400);
  expect(unknown.text).toContain('early');
});

test('deletions that are held go when staff say so, and only those they were shown', async () => {
  const at = await start();
  await click(at, 'anna');
  for (const path of weeks) rmSync(join(root, 'course', path));
  await click(at, 'anna');
  const shown = await page(at);
  expect(section(shown, 'Deleted? Waiting for a yes')).toContain('week1/ lab.py');
  expect(home('week1/lab.py')).toContain('week1');

  write(`course/${weeks[3]!}`, 'back again\n');
  const held = /name="shown" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';
  await press(at, shown, '/teach/intro/look?lang=en');
  const others = await press(at, shown, '/teach/intro/confirm?lang=en', { shown: held });
  expect(others.text).toContain('Nothing was removed');
  await click(at, 'anna');
  expect(home('week1/lab.py')).toContain('week1');

  const now = /name="shown" value="([^"]+)"/.exec(others.text)?.[1] ?? '';
  expect((await press(at, others, '/teach/intro/confirm?lang=en', { shown: now })).text).toContain('Confirmed.');
  await click(at, 'anna');
  expect(() => home('week1/lab.py')).toThrow('ENOENT');
  expect(home(weeks[3]!)).toBe('back again\n');
});

test('a yes to what came back, or to what nobody can see now, removes nothing and says so', async () => {
  const at = await start();
  await click(at, 'anna');
  renameSync(join(root, 'course'), join(root, 'whole'));
  write('course/README.md', 'Welcome\n');
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const shown = await page(at);
  const held = /name="shown" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';

  rmSync(join(root, 'course'), { recursive: true });
  const unseen = await press(at, shown, '/teach/intro/confirm?lang=en', { shown: held });
  expect(unseen.text).toContain('Nothing was confirmed');
  expect(section(unseen, 'Look after the course')).toContain(join(root, 'course'));
  expect(section(unseen, 'Deleted? Waiting for a yes')).toContain('week1/ lab.py');
  expect(logged).toContain('course not read whole');

  renameSync(join(root, 'whole'), join(root, 'course'));
  const back = await press(at, unseen, '/teach/intro/confirm?lang=en', { shown: held });
  expect(back.text).toContain('Nothing is waiting for a yes any more');
  expect(back.text).not.toContain('Confirmed.');
  expect(home('week1/lab.py')).toContain('week1');
});

test('of two who say yes at once nobody is told what is not so', async () => {
  const at = await start();
  await click(at, 'anna');
  for (const path of weeks) rmSync(join(root, 'course', path));
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const shown = await page(at);
  const held = /name="shown" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';
  const yes = (): Promise<Answer> => press(at, shown, '/teach/intro/confirm?lang=en', { shown: held });
  const both = await Promise.all([yes(), yes()]);
  const told = both.map(({ text }) => /Confirmed\.|Nothing is waiting for a yes any more/.exec(text)?.[0]).sort();
  expect(told).toEqual(['Confirmed.', 'Nothing is waiting for a yes any more']);
  expect((await yes()).text).toContain('Nothing is waiting for a yes any more');
});

test('a look that fails here and not at the source is told, whatever the source failed with before', async () => {
  const at = await start();
  renameSync(join(root, 'course'), join(root, 'away'));
  await press(at, await page(at), '/teach/intro/look?lang=en');
  expect(section(await page(at), 'Look after the course')).toContain(join(root, 'course'));
  renameSync(join(root, 'away'), join(root, 'course'));
  const shown = await page(at);
  rmSync(join(root, 'data/intro'), { recursive: true });
  writeFileSync(join(root, 'data/intro'), 'in the way of the course');
  const pressed = await send(at, '/teach/intro/look?lang=en', { f2git_form: formToken(shown) });
  expect(pressed.status).toBe(507);
});

test('what the source does not give is told with its reason, and what fails whole as well', async () => {
  const at = await start();
  await click(at, 'anna');
  rmSync(join(root, 'course'), { recursive: true });
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const failed = await page(at);
  expect(failed.text).toContain('role="status"');
  expect(section(failed, 'Look after the course')).toContain(join(root, 'course'));
  expect(failed.text).not.toContain('Your work is safe');
});

test('a mistake in the schedule of the course is told as one, and nothing looks fine', async () => {
  const at = await start();
  await press(at, await page(at), '/teach/intro/look?lang=en');
  expect((await page(at)).text).toContain('class="hero good"');
  write('course/f2git.yaml', 'release: [{ path: README.md, from: soon }]\n');
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const shown = await page(at);
  expect(shown.text).toContain('class="hero look"');
  expect(section(shown, 'Mistakes in the release schedule in the course’s folder')).toContain('release[0].from');
  expect(section(shown, 'Did not come') ?? '').not.toContain('release[0]');
});

test('a look that takes long goes on while the page says so', async () => {
  const slow = await startTestServer({ sourceWaitMs: 20 });
  try {
    let signal: AbortSignal | undefined;
    slow.script.refresh = (_onProgress, itsSignal) => {
      signal = itsSignal;
      return new Promise(() => undefined);
    };
    const after = await press(slow, await page(slow), '/teach/intro/look?lang=en');
    expect(after.text).toContain('still reading the source');
    expect(signal?.aborted).toBe(false);
  } finally {
    await slow.close();
  }
});

test('a failure is over when another program has read the course since', async () => {
  const at = await start();
  await click(at, 'anna');
  renameSync(join(root, 'course'), join(root, 'away'));
  await press(at, await page(at), '/teach/intro/look?lang=en');
  expect(section(await page(at), 'Look after the course')).toContain(join(root, 'course'));
  renameSync(join(root, 'away'), join(root, 'course'));
  const later = new Date(clock.getTime() + 60_000);
  const config = parseConfig(configText(), { folder: root, environment: {} });
  const beside = openConfiguredCourse(config, config.courses.get(courseId('intro'))!, () => later);
  try {
    await beside.refresh({ freshness: 0, force: true });
  } finally {
    await beside.close();
  }
  expect(section(await page(at), 'Look after the course')).not.toContain(join(root, 'course'));
});

test('a link that works on this computer alone says so; one of a server that knows its address does not', async () => {
  const here = await page(await start());
  expect(here.text).toContain('works on the computer alone');
  const known = await startTestServer();
  try {
    const { text } = await page(known);
    expect(text).toContain('>https://hub.example.org/f2git/go/intro</code>');
    expect(text).not.toContain('works on the computer alone');
  } finally {
    await known.close();
  }
});

test('a link names the file and the program it opens', async () => {
  const at = await start();
  await click(at, 'anna');
  const { text } = await ask(at, '/teach/intro?lang=en&user=anna&open=week1/lab.py&app=lab');
  expect(text).toContain(`>${at.origin}/go/intro?open=week1/lab.py&#38;app=lab</code>`);
  expect((await page(at, '&open=week9/lab.py')).text).toContain('not in the course');
});

test('the page says where the files come from and how the last look went, and shows no key', async () => {
  const at = await start();
  expect(section(await page(at), 'Source')).toContain('Last looked at never so far');
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const seen = section(await page(at), 'Source');
  expect(seen).toContain(`Kind folder on the server Where ${join(root, 'course')}`);
  expect(seen).toContain('Last looked at 2 Nov 2026, 09:00 (a moment ago) Result everything was seen');
  renameSync(join(root, 'course'), join(root, 'away'));
  await press(at, await page(at), '/teach/intro/look?lang=en');
  const failed = section(await page(at), 'Source');
  expect(failed).toContain('Result no answer; why is said above');
  expect(failed).toContain('Last answer 2 Nov 2026, 09:00');
});

test.each([
  ['https://cloud.example.org/s/hiddenTOKEN99', 'https://cloud.example.org/s/***'],
  ['{ type: zip, url: "https://x.example.org/c.zip?sig=hiddenTOKEN99" }', 'https://x.example.org/c.zip?sig=***'],
  ['git+https://example.org/team/course.git@main#week1', 'https://example.org/team/course.git · main · week1'],
  ['rclone:drive:lectures/intro', 'drive:lectures/intro'],
  ['https://studip.example.org/dispatch.php/course/files?cid=0123456789abcdef0123456789abcdef', 'cid=0123456789abcdef'],
])('of the source %s the page shows %s', async (source, where) => {
  const text = configText().replace(
    'source: ./course',
    `source: ${source}\n    credentials: { user: a, password_file: p }`,
  );
  writeFileSync(join(root, 'p'), 'hiddenTOKEN99', { mode: 0o600 });
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: () => undefined,
  });
  const shown = await page({ origin: server.url.replace(/\/$/, '') });
  expect(section(shown, 'Source')?.replaceAll('&#38;', '&')).toContain(where);
  expect(shown.text).not.toContain('hiddenTOKEN99');
});

test('clicks are counted by how many they are and how many people did them, also when the server starts anew', async () => {
  const at = await start();
  expect(section(await page(at), 'Clicks')).toContain('Nobody has clicked so far');
  for (const who of ['anna', 'ben', 'anna']) await click(at, who);
  await ask(at, '/api/courses/intro/tree?user=carla');
  const shown = section(await page(at), 'Clicks');
  expect(shown).toContain('today 4 3 0 week from 2 Nov 2026 4 3 0');
  expect(shown).not.toMatch(/anna|ben|carla/);
  await server?.close();
  const again = await start();
  renameSync(join(root, 'course'), join(root, 'away'));
  rmSync(join(root, 'data/intro'), { recursive: true });
  await click(again, 'anna');
  expect(section(await page(again), 'Clicks')).toContain('today 5 3 1');
});
