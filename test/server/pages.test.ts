/** What the pages say, where it is easy to say something that is not so. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { ask, click, reportOf, startTestServer, until, type TestServer } from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

async function pageAfterClick(language: 'de' | 'en' = 'en'): Promise<string> {
  const run = await click(server);
  return until(async () => {
    const { text } = await ask(server, `/go/intro?run=${run}&lang=${language}`, { headers: { accept: 'text/html' } });
    return text.includes('data-click') ? undefined : text;
  });
}

test('where the course wanted something and nothing was written, the page does not say that nothing is new', async () => {
  const declined = [{ lines: [12, 14] as const, course: 'theirs', yours: 'mine' }];
  server.script.run = (job) =>
    Promise.resolve(
      reportOf(job, [{ path: relPathOf('a.py'), action: 'kept', rule: '11', declined }], { outcome: 'unchanged' }),
    );
  const page = await pageAfterClick();
  expect(page).toContain('<span>Your version stayed</span></h1>');
  expect(page).not.toContain('Everything is up to date');
  expect(await pageAfterClick('de')).toContain('Zeilen 12–14');
});

test('where files are held, the page does not say that everything is up to date', async () => {
  const held = { path: relPathOf('a.py'), action: 'held', rule: '1' } as const;
  server.script.run = (job) => Promise.resolve(reportOf(job, [held], { outcome: 'unchanged' }));
  expect(await pageAfterClick()).toContain('<span>Your files stay as they are for now</span></h1>');
});

test('what the student took back is no news, and the page says that it is not there', async () => {
  server.script.run = (job) => Promise.resolve(reportOf(job, [], { outcome: 'unchanged', refused: 3 }));
  expect(await pageAfterClick()).toContain('because you took it back: 3.');
});

test('of a course without files the page does not say that everything is there', async () => {
  server.script.run = (job) => Promise.resolve(reportOf(job, [], { outcome: 'unchanged', empty: true }));
  const page = await pageAfterClick();
  expect(page).toContain('<span>No files yet</span></h1>');
  expect(page).not.toContain('Nothing is new');
});

test('no form has a field that a Jupyter server on the way reads as its own', async () => {
  server.script.run = (job) =>
    Promise.resolve(reportOf(job, [{ path: relPathOf('a.py'), action: 'updated', rule: '7' }]));
  const report = await pageAfterClick();
  const start = (await ask(server, '/go/intro', { headers: { accept: 'text/html' } })).text;
  for (const page of [report, start]) {
    const names = [...page.matchAll(/<(?:input|button)[^>]* name="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toContain('f2git_form');
    expect(names).not.toContain('token');
    expect(names).not.toContain('_xsrf');
  }
});

test('a failed run can be read in the other language, and leads to files only where there can be any', async () => {
  server.script.run = () => Promise.reject(new F2gitError('disk-full'));
  const page = await pageAfterClick();
  expect(page).toMatch(/hreflang="de"/);
  expect(page).toContain('Go to my files anyway');
  server.script.offer = undefined;
  expect(await pageAfterClick()).not.toContain('Go to my files anyway');
});

function withoutOpen(report: RunReport): RunReport {
  return Object.fromEntries(Object.entries(report).filter(([name]) => name !== 'open')) as unknown as RunReport;
}

test('a link whose file is not there says so, and leads to the folder', async () => {
  server.script.run = (job) => {
    return Promise.resolve(withoutOpen(reportOf(job, [], { missing: 'week2/lab2.py' })));
  };
  const page = await pageAfterClick();
  expect(page).toContain('“week2/lab2.py” is not there yet, or not any more.');
  expect(page).not.toContain('Open lab2.py');
  expect(page).toContain('Go to the course folder');
  expect(page).not.toContain('file=');
});

test('what an undo took away is not offered to be opened', async () => {
  server.script.run = (job) => {
    const removed = { path: relPathOf('README.md'), action: 'removed', rule: 'pin' } as const;
    return Promise.resolve(withoutOpen(reportOf(job, [removed], { kind: 'undo' })));
  };
  const page = await pageAfterClick();
  expect(page).toContain('Go to the course folder');
  expect(page).not.toContain('Open README.md');
});

test('the page that says where a file is says so of files and folders of the course, and of what a run left', async () => {
  const { script } = server;
  const files = script.offer!.files.map((file) => ({ ...file, path: relPathOf('week1/lab1.ipynb') }));
  script.offer = { ...script.offer!, files };
  const place = async (query: string): Promise<string> =>
    (await ask(server, `/open/intro?lang=en${query}`, { headers: { accept: 'text/html' } })).text;
  for (const there of ['week1/lab1.ipynb', 'week1']) {
    expect(await place(`&file=${there}`)).toContain('Here is your file');
  }
  for (const missing of ['week1/lab', 'week2/lab2.py', 'nix.txt']) {
    const page = await place(`&file=${missing}`);
    expect(page).toContain('Here is your course folder');
    expect(page).not.toContain(`~/intro/${missing}`);
  }
  script.run = (job) => Promise.resolve(reportOf(job, [], { open: 'week1/lab1.course.ipynb' }));
  const page = await pageAfterClick();
  const query = /open\/intro\?([^"]*)"/.exec(page)?.[1]?.replaceAll('&#38;', '&') ?? '';
  expect(query).toContain('run=');
  expect(await place(`&${query}`)).toContain('~/intro/week1/lab1.course.ipynb');
});

test('what an undo puts beside a file is the student’s earlier version, and not called the course’s', async () => {
  const kept = {
    path: relPathOf('lab1.ipynb'),
    action: 'kept',
    rule: 'pin',
    copy: relPathOf('lab1.before.ipynb'),
  } as const;
  server.script.run = (job) => Promise.resolve(reportOf(job, [kept], { kind: 'undo' }));
  expect(await pageAfterClick()).toContain('Your earlier version:');
  const german = await pageAfterClick('de');
  expect(german).toContain('Deine frühere Fassung:');
  expect(german).not.toContain('Fassung des Kurses:');
});

test('of a version of the course that was taken the page does not say that it had another name', async () => {
  const [path, from] = [relPathOf('data/blob.bin'), relPathOf('data/blob.course.bin')];
  server.script.run = (job) =>
    Promise.resolve(reportOf(job, [{ path, action: 'updated', rule: 'pin', from }], { kind: 'take' }));
  const page = await pageAfterClick();
  expect(page).toContain('Now it is the course’s version.');
  expect(page).not.toContain('blob.course.bin');
  server.script.run = (job) => Promise.resolve(reportOf(job, [{ path, action: 'renamed', rule: 'rename', from }]));
  expect(await pageAfterClick()).toContain('was data/blob.course.bin until now');
});

test('the counts at the top are those of the sections', async () => {
  const notices = [
    { path: relPathOf('a.py'), action: 'added', rule: '4' },
    { path: relPathOf('b.py'), action: 'restored', rule: '5' },
    { path: relPathOf('c.py'), action: 'renamed', rule: 'rename', from: relPathOf('old.py') },
  ] as const;
  server.script.run = (job) => Promise.resolve(reportOf(job, notices));
  const counts = [...(await pageAfterClick()).matchAll(/<li>([^<]*)<\/li>/g)].map(([, text]) => text);
  expect(counts).toEqual(['1 new', '1 back again', '1 renamed']);
});

test('where no scripts run, the page of a click says what its button does, and not that anything has begun', async () => {
  const { text } = await ask(server, '/go/intro?lang=de', { headers: { accept: 'text/html' } });
  const unscripted = text.replace(/<(h1|p) class="[^"]*scripted"[^]*?<\/\1>/g, '');
  expect(unscripted).toContain('Drück auf „Dateien holen“');
  expect(unscripted).not.toContain('Deine Dateien kommen');
  const scripted = text.replace(/<noscript>[^]*?<\/noscript>/g, '');
  expect(scripted).toContain('Deine Dateien kommen');
  expect(scripted).not.toContain('Drück auf');
});

test('who has not got the course yet is told of its link, and of no command', async () => {
  server.script.run = () => Promise.reject(new F2gitError('workspace-missing', { params: { path: '~/intro' } }));
  const run = await click(server);
  const page = await pageAfterClick('de');
  expect(page).toContain('Klick auf den Link des Kurses');
  const { text } = await ask(server, `/api/runs/${run}?lang=en`);
  expect(text).toContain('Click the course’s link');
  for (const told of [page, text]) expect(told).not.toContain('f2git pull');
});

test('an error can be read in the other language, and what its address permits is not shown', async () => {
  const { status, text } = await ask(server, '/go/nothing?open=a%20b.py&pass=secret&lang=en', {
    headers: { accept: 'text/html' },
  });
  expect(status).toBe(404);
  expect(text.replaceAll('&#38;', '&')).toContain('href="../go/nothing?lang=de&open=a+b.py"');
  expect(text).not.toContain('secret');
  const git = await ask(server, '/git/secret/intro/info/refs?lang=en', { headers: { accept: 'text/html' } });
  expect(git.text).not.toContain('secret');
});
