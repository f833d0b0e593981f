/** The agent's threads: a home that hangs, a thread that dies, cancelling, stopping. The threads here do as their workspace says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { newRunId, type RunId } from '../../src/core/ids.ts';
import { createAgentPool } from '../../src/agent/agent-pool.ts';
import type { Agent, AgentJob } from '../../src/agent/agent.ts';
import { F2gitError } from '../../src/errors.ts';
import { courseId, offerOf, programFolder, START, until } from '../server/harness.ts';

/** `ok` answers, `busy` blocks its thread for ever, `die` ends it, `wait` until it is cancelled, `fail`
 * throws; a cancel that names another run is told as `checking`. */
const thread = `
import { parentPort } from 'node:worker_threads';
let running;
parentPort.on('message', (message) => {
  if (message.kind === 'cancel') {
    if (running === message.run) parentPort.postMessage({ kind: 'failed', error: { code: 'cancelled', params: {}, stack: '' } });
    else parentPort.postMessage({ kind: 'progress', progress: { step: 'checking', done: 0 } });
    return;
  }
  const { workspace, run } = message.job;
  running = run;
  parentPort.postMessage({ kind: 'progress', progress: { step: 'writing', done: 1 } });
  if (workspace === 'busy') for (;;);
  if (workspace === 'die') process.exit(1);
  if (workspace === 'fail') parentPort.postMessage({ kind: 'failed', error: { code: 'disk-full', params: { path: 'a' }, stack: 'there' } });
  if (workspace === 'ok') parentPort.postMessage({ kind: 'done', report: { run } });
});
`;

let pool: Agent | undefined;
const events: string[] = [];

function start(size: number): Agent {
  mkdirSync(programFolder, { recursive: true });
  const entry = join(programFolder, 'scripted-worker.mjs');
  writeFileSync(entry, thread);
  events.length = 0;
  pool = createAgentPool({ entry, size, silenceMs: 400, log: (_level, event) => events.push(event) });
  return pool;
}

afterEach(() => pool?.close());

let count = 0;

function job(workspace: string, name = 'anna'): AgentJob {
  const run: RunId = newRunId(START, (count += 1).toString(16).padStart(8, '0'));
  const supplies = {
    folder: '/data',
    audience: 'all',
    policy: { deletedFiles: 'restore', courseCopies: 'report' },
  } as const;
  return {
    kind: 'sync',
    run,
    person: { name },
    course: courseId('intro'),
    workspace,
    offer: offerOf(),
    supplies,
  };
}

const run = (agent: Agent, workspace: string, signal = new AbortController().signal): Promise<unknown> =>
  agent.run(job(workspace), () => undefined, signal);

test('one job after the other on one thread', async () => {
  const agent = start(1);
  const reports = await Promise.all(Array.from({ length: 20 }, () => run(agent, 'ok')));
  expect(new Set(reports.map((report) => (report as { run: string }).run)).size).toBe(20);
});

test('progress and errors come across, with what an operator needs', async () => {
  const agent = start(1);
  const steps: string[] = [];
  const failing = agent.run(job('fail'), ({ step }) => steps.push(step), new AbortController().signal);
  await expect(failing).rejects.toMatchObject({ code: 'disk-full', params: { path: 'a' }, cause: { stack: 'there' } });
  expect(steps).toEqual(['writing']);
});

test('a home that hangs is given up; others go on, and that workspace works again once the thread is gone', async () => {
  const agent = start(2);
  const hung = run(agent, 'busy');
  const others = Array.from({ length: 10 }, () => run(agent, 'ok'));
  await Promise.all(others);
  await expect(hung).rejects.toMatchObject({ code: 'workspace-hung' });
  expect(events).toEqual(['agent thread hangs']);
  await Promise.all([run(agent, 'ok'), run(agent, 'ok')]);
  const again = await until(() =>
    run(agent, 'busy').then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  expect(again).toMatchObject({ code: 'workspace-hung' });
});

test('A45: who has many jobs has all threads while nobody else comes, and lets others go first', async () => {
  const agent = start(2);
  const begun: string[] = [];
  const begin = (name: string) => {
    const stop = new AbortController();
    const ended = agent.run(job('wait', name), () => begun.push(name), stop.signal);
    return { stop, ended: expect(ended).rejects.toMatchObject({ code: 'cancelled' }) };
  };
  const hasBegun = (count: number): Promise<unknown> => until(() => (begun.length === count ? true : undefined));
  const names = ['anna', 'anna', 'anna', 'anna', 'ben', 'clara'];
  const jobs = names.slice(0, 2).map(begin);
  await hasBegun(2);
  jobs.push(...names.slice(2).map(begin));
  for (const { stop } of jobs.slice(0, 2)) stop.abort(new F2gitError('cancelled'));
  await hasBegun(4);
  expect(begun.slice(2).sort()).toEqual(['ben', 'clara']);
  for (const { stop } of jobs) stop.abort(new F2gitError('cancelled'));
  await Promise.all(jobs.map(({ ended }) => ended));
});

test('a job whose thread died before it came waits for the next, or until it is cancelled', async () => {
  const agent = start(1);
  await expect(run(agent, 'die')).rejects.toMatchObject({ code: 'bug' });
  const leaving = new AbortController();
  const left = run(agent, 'ok', leaving.signal);
  const next = run(agent, 'ok');
  await Promise.resolve();
  leaving.abort(new F2gitError('cancelled'));
  await expect(left).rejects.toMatchObject({ code: 'cancelled' });
  await expect(next).resolves.toBeDefined();
});

test('a thread that dies fails its job alone', async () => {
  const agent = start(1);
  const dying = run(agent, 'die');
  const next = run(agent, 'ok');
  await expect(dying).rejects.toMatchObject({ code: 'bug' });
  await expect(next).resolves.toBeDefined();
});

test('cancelling reaches the job that runs, and one that waits never begins', async () => {
  const agent = start(1);
  const [first, second] = [new AbortController(), new AbortController()];
  const steps: string[] = [];
  const running = agent.run(job('wait'), ({ step }) => steps.push(step), first.signal);
  const waiting = run(agent, 'ok', second.signal);
  await until(() => (steps.includes('writing') ? true : undefined));
  second.abort();
  first.abort();
  await Promise.all([
    expect(running).rejects.toMatchObject({ code: 'cancelled' }),
    expect(waiting).rejects.toMatchObject({ name: 'AbortError' }),
  ]);
  await expect(run(agent, 'ok')).resolves.toBeDefined();
});

test('a late cancel does not reach the next job', async () => {
  const agent = start(1);
  const done = new AbortController();
  await run(agent, 'ok', done.signal);
  const cancel = new AbortController();
  const steps: string[] = [];
  const next = agent.run(job('wait'), ({ step }) => steps.push(step), cancel.signal);
  await until(() => (steps.includes('writing') ? true : undefined));
  done.abort();
  await until(() => (steps.includes('checking') ? true : undefined));
  cancel.abort();
  await expect(next).rejects.toMatchObject({ code: 'cancelled' });
});

test('stopping ends all, also a thread that hangs', async () => {
  const agent = start(1);
  const [hung, waiting] = [run(agent, 'busy'), run(agent, 'ok')];
  const ends = Promise.allSettled([hung, waiting]);
  await agent.close();
  expect(
    (await ends).map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : end.status)),
  ).toEqual(['server-stopping', 'server-stopping']);
  await expect(run(agent, 'ok')).rejects.toMatchObject({ code: 'server-stopping' });
});
