/** What operators read at `metrics`: every number that is declared is counted by what really happens. */
import { mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { ask, builtAssets, builtWorker, programFolder, until } from './harness.ts';

let root: string;
let server: RunningServer;
let at: { origin: string };

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-metrics-'));
  mkdirSync(join(root, 'course'));
  writeFileSync(join(root, 'course/README.md'), 'Welcome\n');
  const text = `
listen: 127.0.0.1:0
homes: ./homes/{user}
auth: none
courses:
  intro: { source: ./course, freshness: 0s }
  later: { source: ./later, freshness: 0s }
  calm: { source: ./course, freshness: 1h }`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: () => undefined,
  });
  at = { origin: server.url.replace(/\/$/, '') };
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

async function send(path: string, fields: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const started = await ask(at, path, { method: 'POST', headers, body: JSON.stringify(fields) });
  const { run } = JSON.parse(started.text) as { run: string };
  return until(async () => {
    const document = JSON.parse((await ask(at, `/api/runs/${run}`)).text) as Record<string, unknown>;
    return 'outcome' in document || document['state'] === 'failed' ? document : undefined;
  });
}

async function metrics(): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask(at, '/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('each click is counted by how it ended, each look at a source by how it answered', async () => {
  const first = await send('/api/runs', { course: 'intro' });
  await send('/api/runs', { course: 'intro' });
  await send('/api/runs', { course: 'calm' });
  await send('/api/runs', { course: 'calm' });
  await send('/api/runs', { course: 'later' });
  await send(`/api/runs/${String(first['run'])}/undo`, {});
  await send('/api/take', { course: 'intro', file: 'README.md' });
  renameSync(join(root, 'course'), join(root, 'gone'));
  await send('/api/runs', { course: 'intro' });
  await ask(at, '/zip/calm.zip');
  const counted = await metrics();
  const of = (name: string): unknown => Object.fromEntries([...counted].filter(([key]) => key.startsWith(name)));
  expect(of('f2git_refreshes_total')).toEqual({
    'f2git_refreshes_total{result="fresh"}': 3,
    'f2git_refreshes_total{result="cached"}': 2,
    'f2git_refreshes_total{result="failed"}': 1,
    'f2git_refreshes_total{result="unreachable"}': 1,
  });
  expect(of('f2git_runs_total')).toEqual({
    'f2git_runs_total{kind="sync",outcome="updated"}': 2,
    'f2git_runs_total{kind="sync",outcome="unchanged"}': 2,
    'f2git_runs_total{kind="sync",outcome="failed"}': 1,
    'f2git_runs_total{kind="undo",outcome="updated"}': 1,
    'f2git_runs_total{kind="take",outcome="updated"}': 1,
    'f2git_runs_total{kind="sync",outcome="stale"}': 1,
  });
  expect(counted.get('f2git_run_seconds_count{kind="sync"}')).toBe(6);
  expect(counted.get('f2git_run_seconds_bucket{kind="sync",le="+Inf"}')).toBe(6);
  expect(counted.get('f2git_run_seconds_sum{kind="sync"}')).toBeGreaterThan(0);
  expect(counted.get('f2git_requests_total{route="start",status="2xx"}')).toBe(6);
  expect(counted.get('f2git_requests_total{route="zip",status="2xx"}')).toBe(1);
  expect(counted.get('f2git_runs_active')).toBe(0);
  expect(counted.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
});

test('no metric is declared that nothing counts, and none tells of a course or a person', async () => {
  await send('/api/runs', { course: 'intro' });
  const { text } = await ask(at, '/metrics');
  const declared = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
  const silent = declared.filter((name) => !new RegExp(`^${name}(_count)?[{ ]`, 'm').test(text));
  expect(silent).toEqual([]);
  expect(text).not.toMatch(/intro|calm|student/);
});
