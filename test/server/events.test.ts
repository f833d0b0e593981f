/** Server-sent events, read as they come over the wire. */
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { ask, click, gate, reportOf, startTestServer, until, type TestServer } from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

interface Stream {
  /** All that came so far. */
  text(): string;
  readonly ended: Promise<void>;
  leave(): void;
}

function follow(run: string, headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.origin}/api/runs/${run}/events?lang=en`, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const ended = new Promise<void>((end) => response.on('close', end));
      resolve({ text: () => text, ended, leave: () => asked.destroy() });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('real counts while it runs, the report at the end, and no more', async () => {
  const steps = gate();
  const end = gate();
  server.script.run = async (job, onProgress) => {
    onProgress({ step: 'writing', done: 2, total: 9 });
    await steps.opened;
    onProgress({ step: 'writing', done: 9, total: 9 });
    await end.opened;
    return reportOf(job);
  };
  const run = await click(server);
  const stream = await follow(run);
  await until(() => (stream.text().includes('"done":2,"total":9') ? true : undefined));
  expect(stream.text()).toContain('Putting files in place: 2 of 9');
  steps.open();
  await until(() => (stream.text().includes('"done":9,"total":9') ? true : undefined));
  end.open();
  await stream.ended;
  expect(stream.text()).toMatch(/event: report\ndata: \{"f2git":1.*"outcome":"unchanged".*\}\n\n$/);
});

test('connecting again, with whatever Last-Event-ID, tells the present state and starts nothing', async () => {
  const end = gate();
  server.script.run = async (job) => {
    await end.opened;
    return reportOf(job);
  };
  const run = await click(server);
  const first = await follow(run);
  first.leave();
  const again = await follow(run, { 'last-event-id': '7' });
  end.open();
  await again.ended;
  expect(again.text()).toContain('event: report');
  const late = await follow(run, { 'last-event-id': '99' });
  await late.ended;
  expect(late.text()).toContain('event: report');
  expect(server.script.jobs).toHaveLength(1);
});

test('a run that failed says so, with the sentence for it', async () => {
  server.script.run = () => Promise.reject(new F2gitError('disk-full'));
  const stream = await follow(await click(server));
  await stream.ended;
  expect(stream.text()).toMatch(/event: failed\ndata: .*"code":"disk-full"/);
});

test('ten thousand steps are told in a few events, the last one among them', async () => {
  const end = gate();
  server.script.run = async (job, onProgress) => {
    for (let done = 0; done <= 10_000; done += 1) onProgress({ step: 'writing', done, total: 10_000 });
    await end.opened;
    return reportOf(job);
  };
  const stream = await follow(await click(server));
  await until(() => (stream.text().includes('"done":10000,') ? true : undefined));
  expect(stream.text().match(/event: progress/g)!.length).toBeLessThan(20);
  end.open();
  await stream.ended;
});

test('whoever leaves is forgotten', async () => {
  const end = gate();
  server.script.run = async (job) => {
    await end.opened;
    return reportOf(job);
  };
  const run = await click(server);
  const streams = await Promise.all(Array.from({ length: 50 }, () => follow(run)));
  for (const stream of streams) stream.leave();
  end.open();
  await until(async () => ((await ask(server, `/api/runs/${run}`)).text.includes('outcome') ? true : undefined));
});
