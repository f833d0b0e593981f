/** Clicks as students make them: joined, followed, waited for, interrupted, undone; with a slow or dead source. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entryId } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { elapsed } from '../../src/core/elapsed.ts';
import type { Offer } from '../../src/core/offer.ts';
import { F2gitError } from '../../src/errors.ts';
import { freshOffer } from '../../src/web/click.ts';
import { defaultRunLimits, type RunLimits } from '../../src/web/runs.ts';
import {
  ask,
  click,
  gate,
  offerOf,
  OID,
  post,
  reportOf,
  startTestServer,
  tokenFor,
  until,
  type TestServer,
} from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

async function documentOf(run: string, user = 'student'): Promise<Record<string, unknown>> {
  return JSON.parse((await ask(server, `/api/runs/${run}?user=${user}`)).text) as Record<string, unknown>;
}

function finished(run: string, user = 'student'): Promise<Record<string, unknown>> {
  return until(async () => {
    const document = await documentOf(run, user);
    return 'outcome' in document || document['state'] === 'failed' ? document : undefined;
  });
}

test('A45: a second click, in another tab, joins the run that is on', async () => {
  const held = gate();
  server.script.run = async (job) => {
    await held.opened;
    return reportOf(job);
  };
  const first = await click(server);
  expect(await click(server)).toBe(first);
  held.open();
  await finished(first);
  expect(server.script.jobs).toHaveLength(1);
  expect(await click(server)).not.toBe(first);
});

test('200 pairs of tabs: one job for each pair', async () => {
  const held = gate();
  server.script.run = async (job) => {
    await held.opened;
    return reportOf(job);
  };
  const students = Array.from({ length: 200 }, (_, index) => `student${index}`);
  const pairs = await Promise.all(
    students.map((user) => Promise.all([click(server, {}, user), click(server, {}, user)])),
  );
  held.open();
  for (const [index, [one, two]] of pairs.entries()) {
    expect(one).toBe(two);
    expect(await finished(one, students[index])).toMatchObject({ outcome: 'unchanged' });
  }
  expect(server.script.jobs).toHaveLength(200);
});

test('500 clicks of 500 students at once all succeed', async () => {
  const students = Array.from({ length: 500 }, (_, index) => `student${index}`);
  const runs = await Promise.all(students.map((user) => click(server, {}, user)));
  expect(new Set(runs).size).toBe(500);
  for (const [index, run] of runs.entries())
    expect(await finished(run, students[index])).toMatchObject({ outcome: 'unchanged' });
});

test('one after the other in one workspace: another link waits for the first', async () => {
  const held = gate();
  let together = 0;
  let most = 0;
  server.script.run = async (job) => {
    together += 1;
    most = Math.max(most, together);
    await held.opened;
    together -= 1;
    return reportOf(job);
  };
  const first = await click(server, { open: 'lab1.ipynb' });
  const second = await click(server, { open: 'lab2.ipynb' });
  expect(second).not.toBe(first);
  expect(await documentOf(second)).toMatchObject({ state: 'waiting' });
  held.open();
  await finished(second);
  expect(most).toBe(1);
  expect(server.script.jobs.map((job) => (job.kind === 'sync' ? job.open : ''))).toEqual(['lab1.ipynb', 'lab2.ipynb']);
});

test('A45: somebody who asks for too much is told to wait, and nobody else', async () => {
  await server.close();
  server = await startTestServer({ limits: { ...defaultRunLimits, perWorkspace: 2 } });
  const held = gate();
  server.script.run = async (job) => {
    await held.opened;
    return reportOf(job);
  };
  await click(server, { open: 'a' });
  await click(server, { open: 'b' });
  const refused = await post(server, '/api/runs', { course: 'intro', open: 'c' });
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2']);
  await click(server, { open: 'c' }, 'anna');
  held.open();
});

const kilobyte = (job: Parameters<typeof reportOf>[0], count = 1) =>
  reportOf(job, [{ path: relPathOf('a.md'), action: 'kept', rule: '10', detail: 'x'.repeat(count * 1000) }]);

async function withLimits(limits: Partial<RunLimits>): Promise<void> {
  await server.close();
  server = await startTestServer({ limits: { ...defaultRunLimits, ...limits } });
}

/** Clicks of one student, each with a report of so many kilobytes; gives their runs. */
async function clicks(user: string, sizes: readonly number[]): Promise<readonly string[]> {
  const runs: string[] = [];
  for (const size of sizes) {
    server.script.run = (job) => Promise.resolve(kilobyte(job, size));
    runs.push(await click(server, {}, user));
    await finished(runs.at(-1)!, user);
  }
  return runs;
}

/** Which of these runs the server still knows. */
const known = (user: string, runs: readonly string[]): Promise<readonly boolean[]> =>
  Promise.all(runs.map(async (run) => (await ask(server, `/api/runs/${run}?user=${user}`)).status === 200));

test('A45: finished runs are forgotten, the oldest first, when their reports fill the memory', async () => {
  await withLimits({ bytesOfAll: 18_000 });
  const runs = await clicks('student', [1, 1, 1, 1, 1, 1]);
  expect(await known('student', runs)).toEqual([false, false, false, true, true, true]);
  const page = await ask(server, `/go/intro?run=${runs[0]!}&open=a.md`);
  expect([page.status, page.headers.location]).toEqual([303, '../go/intro?open=a.md']);
});

test('A45: an id nobody gave out, or somebody else’s, starts no agent', async () => {
  await withLimits({ bytesOfPerson: 1 });
  const [forgotten = ''] = await clicks('anna', [1, 1]);
  const made = Array.from({ length: 50 }, (_, n) => `20261102T080000Z-000${n.toString(16).padStart(5, '0')}`);
  for (const id of made)
    for (const path of [`/api/runs/${id}`, `/api/runs/${id}/events`, `/go/intro?run=${id}`])
      await ask(server, `${path}${path.includes('?') ? '&' : '?'}user=anna`);
  expect(await known('ben', [forgotten])).toEqual([false]);
  expect(server.script.recalls).toEqual([]);
  expect(await known('anna', [forgotten])).toEqual([false]);
  expect(server.script.recalls).toMatchObject([{ run: forgotten, person: { name: 'anna' }, course: 'intro' }]);
});

test('A45: large reports of one student cost that student’s own, and nobody else’s', async () => {
  await withLimits({ bytesOfPerson: 18_000, bytesOfAll: 34_000 });
  const bens = await clicks('ben', [1, 1]);
  const annas = await clicks('anna', [10, 10, 10]);
  expect([await known('ben', bens), await known('anna', annas)]).toEqual([
    [true, true],
    [false, false, true],
  ]);
  const claras = await clicks('clara', [9]);
  expect([await known('ben', bens), await known('anna', annas), await known('clara', claras)]).toEqual([
    [true, true],
    [false, false, false],
    [true],
  ]);
});

test('A45: a report that is too large ends its run with a sentence, and is not kept', async () => {
  await withLimits({ bytesOfReport: 8_000 });
  const [run = ''] = await clicks('student', [6]);
  expect(await documentOf(run)).toMatchObject({ state: 'failed', error: { code: 'report-too-large' } });
  const page = await ask(server, `/go/intro?run=${run}&lang=en`, { headers: { accept: 'text/html' } });
  expect(page.text).toContain('Your work is safe');
});

test('A45: what a run failed with is weighed as reports are', async () => {
  await withLimits({ bytesOfPerson: 14_000 });
  server.script.run = () => Promise.reject(new F2gitError('disk-full', { params: { path: 'x'.repeat(2_000) } }));
  const runs: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    runs.push(await click(server));
    await finished(runs.at(-1)!);
  }
  expect(await known('student', runs)).toEqual([false, false, true]);
});

test('a link opens its file, and only its folder when it names one', async () => {
  server.script.refresh = () => Promise.resolve(offerOf({ files: [fileAt('week1/lab1.ipynb')] }));
  const run = await click(server, { open: '/week1/lab1.ipynb', dir: 'week1/' });
  await finished(run);
  expect(server.script.jobs[0]).toMatchObject({
    kind: 'sync',
    run,
    open: 'week1/lab1.ipynb',
    scope: 'week1',
    workspace: '/home/student/intro',
  });
});

test.each(['../../etc/passwd', 'a/../b', '.git/config', '.f2git/state.json', 'a\u0000b', 'a\\b'])(
  'a link cannot open %j',
  async (open) => {
    const answer = await post(server, '/api/runs', { course: 'intro', open });
    expect(answer.status).toBe(400);
    expect((await ask(server, `/go/intro?open=${encodeURIComponent(open)}`)).status).toBe(400);
    expect(server.script.jobs).toHaveLength(0);
  },
);

test('A36: opening the page changes nothing and starts nothing', async () => {
  for (let index = 0; index < 3; index += 1) expect((await ask(server, '/go/intro?open=a.md')).status).toBe(200);
  expect([server.script.jobs.length, server.script.refreshes, server.site.runs.active()]).toEqual([0, 0, 0]);
});

test('without scripts: a form, a page that loads itself again, the report', async () => {
  const held = gate();
  server.script.run = async (job, onProgress) => {
    onProgress({ step: 'writing', done: 3, total: 7 });
    await held.opened;
    return reportOf(job, [{ path: relPathOf('week1/lab1.ipynb'), action: 'added', rule: '4' }]);
  };
  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const start = await ask(server, '/go/intro?user=anna&lang=de', { headers: html });
  const action = /action="([^"]+)"/.exec(start.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
  const fields = new URLSearchParams(
    [...start.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(
      ([, name, value]): [string, string] => [name!, value!],
    ),
  );
  const sent = await ask(
    server,
    new URL(action, 'http://x/go/intro').pathname + new URL(action, 'http://x/go/intro').search,
    {
      method: 'POST',
      headers: { ...html, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      body: fields.toString(),
    },
  );
  expect(sent.status).toBe(303);
  const next = new URL(sent.headers.location ?? '', 'http://x/api/runs');
  expect(next.pathname).toBe('/go/intro');
  const waiting = await ask(server, next.pathname + next.search, { headers: html });
  expect(waiting.text).toContain('<noscript><meta http-equiv="refresh"');
  expect(waiting.text).toContain('Dateien ablegen: 3 von 7');
  expect(waiting.text).toContain('<progress aria-label="Fortschritt" value="3" max="7">');
  held.open();
  const report = await until(async () => {
    const page = await ask(server, next.pathname + next.search, { headers: html });
    return page.text.includes('http-equiv="refresh"') ? undefined : page;
  });
  expect(report.text).toContain('Alles da!');
  expect(report.text).toContain('lab1.ipynb öffnen');
  expect(server.script.jobs).toHaveLength(1);
});

test('undo and take are runs of their own, for the same student', async () => {
  const run = await click(server, {}, 'anna');
  await finished(run, 'anna');
  const undo = JSON.parse((await post(server, `/api/runs/${run}/undo?user=anna`, {}, 'anna')).text) as { run: string };
  expect(await finished(undo.run, 'anna')).toMatchObject({ run: undo.run });
  const take = JSON.parse(
    (await post(server, '/api/take?user=anna', { course: 'intro', file: 'a.md', from: run }, 'anna')).text,
  ) as { run: string };
  expect(await finished(take.run, 'anna')).toMatchObject({ run: take.run });
  expect(server.script.jobs.slice(1)).toMatchObject([
    { kind: 'undo', undoes: run, workspace: '/home/anna/intro' },
    { kind: 'take', files: ['a.md'], from: run, workspace: '/home/anna/intro' },
  ]);
});

test.each([
  ['is not in the course', offerOf(), 'failed'],
  ['is hidden as a whole', offerOf({ frozen: [{ path: relPathOf('week'), why: 'problem' }] }), undefined],
  ['holds files', offerOf({ files: [fileAt('week/1/a.md')] }), undefined],
])('a part of the course that %s', async (_, offer, state) => {
  server.script.refresh = () => Promise.resolve(offer);
  const document = await finished(await click(server, { dir: 'week/1' }));
  expect(document['state']).toBe(state);
  if (state === 'failed') expect(document).toMatchObject({ error: { code: 'file-unknown' } });
  expect(server.script.jobs.length).toBe(state === 'failed' ? 0 : 1);
});

test('a slow source costs a click no more than the wait; then the last good state comes, and says so', async () => {
  await server.close();
  server = await startTestServer({ sourceWaitMs: 20 });
  server.script.refresh = () => new Promise(() => undefined);
  const run = await click(server);
  expect(await finished(run)).toMatchObject({ source: { state: 'unreachable' } });
  const page = await ask(server, `/go/intro?run=${run}&lang=en`);
  expect(page.text).toContain('is not answering. You have the state of a moment ago');
});

test('after one click has waited in vain others do not, until the source answers again', async () => {
  const waitMs = 4_000;
  const { courses } = server.site;
  const audience = courses.all[0]!.audienceOf({ name: 'anna', groups: [] });
  const ask = (): Promise<Offer> => freshOffer(audience, waitMs, () => undefined, new AbortController().signal);
  server.script.refresh = () => new Promise(() => undefined);
  expect((await ask()).source.state).toBe('unreachable');
  const half = (): Promise<'still waiting'> => elapsed(waitMs / 2).then(() => 'still waiting');
  expect(await Promise.race([ask(), half()])).toMatchObject({ source: { state: 'unreachable' } });
  server.script.refresh = () => Promise.resolve(offerOf());
  expect((await ask()).source.state).toBe('fresh');
  server.script.refresh = () => new Promise(() => undefined);
  expect(await Promise.race([ask(), half()])).toBe('still waiting');
});

test('a first look at a slow source is waited for', async () => {
  await server.close();
  server = await startTestServer({ sourceWaitMs: 20 });
  const held = gate();
  server.script.offer = undefined;
  server.script.refresh = async () => {
    await held.opened;
    return offerOf();
  };
  const run = await click(server);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await documentOf(run)).toMatchObject({ state: 'running', progress: { step: 'listing' } });
  held.open();
  expect(await finished(run)).toMatchObject({ source: { state: 'fresh' } });
});

test('a source that cannot be read at all: what happened, the work is safe, what to do, code and run', async () => {
  server.script.refresh = () => Promise.reject(new F2gitError('source-unreachable'));
  const run = await click(server);
  expect(await finished(run)).toMatchObject({
    run,
    state: 'failed',
    error: { code: 'source-unreachable', retry: 'later' },
  });
  const page = await ask(server, `/go/intro?run=${run}&lang=en`, { headers: { accept: 'text/html' } });
  expect(page.text).toMatch(/[Yy]our work is safe/);
  expect(page.text).toMatch(/<code>source-unreachable<\/code\s*>/);
  expect(page.text).toContain(run);
  expect(page.text).toContain('href="../go/intro?lang=en"');
});

test('a bug of ours shows no inside, and its place is in the log', async () => {
  server.script.run = () => Promise.reject(new TypeError('secret inside'));
  const run = await click(server);
  await finished(run);
  expect(server.logLines).toContainEqual(expect.objectContaining({ event: 'run failed', code: 'bug', run }));
  expect(JSON.stringify(server.logLines)).toContain('runs.test.ts');
});

test('stopping cancels what runs, refuses what comes and waits for the rest', async () => {
  let cancelled = false;
  server.script.run = (_job, _onProgress, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        cancelled = true;
        reject(new F2gitError('cancelled'));
      });
    });
  const run = await click(server);
  await until(() => (server.script.jobs.length > 0 ? true : undefined));
  await server.site.runs.close(5_000);
  expect(cancelled).toBe(true);
  expect(await documentOf(run)).toMatchObject({ state: 'failed', error: { code: 'server-stopping' } });
  expect((await post(server, '/api/runs', { course: 'intro' })).status).toBe(503);
});

test('a form keeps the file of its link on the way back', async () => {
  const run = await click(server);
  await finished(run);
  const sent = await ask(server, `/api/runs/${run}/undo`, {
    method: 'POST',
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ f2git_form: await tokenFor(server), open: 'week1/lab1.ipynb', app: 'lab' }).toString(),
  });
  const next = new URL(sent.headers.location ?? '', `http://x/api/runs/${run}/undo`);
  expect([sent.status, next.pathname, next.searchParams.get('open'), next.searchParams.get('app')]).toEqual([
    303,
    '/go/intro',
    'week1/lab1.ipynb',
    'lab',
  ]);
});

function fileAt(path: string): Offer['files'][number] {
  return { id: entryId(path), path: relPathOf(path), oid: OID, size: 1, executable: false };
}
