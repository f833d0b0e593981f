/** A45: reports as large as a student's own process tells them, asked for again and again, and read by nobody. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { ask, click, reportOf, startTestServer, until, type ServerOptions, type TestServer } from './harness.ts';

let server: TestServer;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** More than two sockets hold between them. */
const LARGE = 16 * 1024 * 1024;

/** A server on which a student has a run with a large report. */
async function withLargeReport(options: ServerOptions['largeAnswers'] = {}): Promise<string> {
  server = await startTestServer({ largeAnswers: options });
  server.script.run = (job) =>
    Promise.resolve(
      reportOf(job, [{ path: relPathOf('a.md'), action: 'kept', rule: '10', detail: 'x'.repeat(LARGE / 2) }], {
        open: 'y'.repeat(LARGE / 2),
      }),
    );
  const run = await click(server);
  await until(() => (server.site.runs.active() === 0 ? true : undefined));
  return run;
}

interface Asked {
  /** Of the answer's head, as soon as it is there; nothing more is read. */
  status: number | undefined;
  readonly socket: Socket;
}

function askUnread(path: string): Asked {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
  const asked: Asked = { status: undefined, socket };
  sockets.push(socket);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  socket.once('readable', () => {
    asked.status ??= Number(/^HTTP\/1\.1 (\d+)/.exec((socket.read(12) as Buffer).toString())?.[1]);
  });
  socket.on('error', () => socket.destroy());
  return asked;
}

const answered = (all: readonly Asked[], count: number): Promise<true> =>
  until(() => (all.filter(({ status }) => status !== undefined).length >= count ? true : undefined));

test.each(['api/runs/<run>', 'go/intro?run=<run>'])(
  'of %s only one is written for somebody who does not read',
  async (address) => {
    const run = await withLargeReport();
    const all = Array.from({ length: 10 }, () => askUnread(`/${address.replace('<run>', run)}`));
    await answered(all, 8);
    expect(all.map(({ status }) => status).toSorted()).toEqual([
      200,
      ...Array<number>(7).fill(503),
      undefined,
      undefined,
    ]);
  },
);

test('the end of a run is told on one stream at a time', async () => {
  const run = await withLargeReport();
  const unread = askUnread(`/api/runs/${run}`);
  await answered([unread], 1);
  const streams = Array.from({ length: 3 }, () => ask(server, `/api/runs/${run}/events`).then(({ text }) => text));
  await expect(Promise.race(streams)).rejects.toThrow(/aborted|hang up/);
  unread.socket.destroy();
  const told = await Promise.allSettled(streams);
  const whole = told.filter((one) => one.status === 'fulfilled' && one.value.includes('event: report'));
  expect(whole).toHaveLength(2);
});

test.each([{ stalledMs: 300 }, { longestMs: 300 }])(
  'with %j who does not read makes room for who does',
  async (limits) => {
    const run = await withLargeReport(limits);
    const unread = askUnread(`/api/runs/${run}`);
    await answered([unread], 1);
    const read = await ask(server, `/api/runs/${run}`);
    expect([read.status, (JSON.parse(read.text) as { open: string }).open.length]).toEqual([200, LARGE / 2]);
    expect(await restOf(unread.socket)).toBeLessThan(LARGE / 2);
  },
);

/** How much more comes before the connection ends. */
function restOf(socket: Socket): Promise<number> {
  let bytes = 0;
  return new Promise((resolve) => {
    socket.on('data', (piece: Buffer) => (bytes += piece.length)).on('close', () => resolve(bytes));
  });
}

test('who asks again and again gets a report only so often', async () => {
  const run = await withLargeReport({ pace: { atOnce: LARGE, perSecond: 1, waiting: 0 } });
  const first = await ask(server, `/api/runs/${run}`);
  expect([first.status, (await ask(server, `/api/runs/${run}`)).status]).toEqual([200, 503]);
  const other = await click(server, {}, 'ben');
  expect((await ask(server, `/api/runs/${other}?user=ben`)).status).toBe(200);
});
