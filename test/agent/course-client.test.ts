/** One course, two ways to it: HTTP to a server, a pipe to a process. Whoever reads it cannot tell which. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCourseClient, type CourseClient, type CourseConnection } from '../../src/agent/course-client.ts';
import { limitsFor } from '../../src/agent/frames.ts';
import { connectOverHttp } from '../../src/agent/http-connection.ts';
import { createPeer } from '../../src/agent/peer.ts';
import { answerAsCourse, type ServedCourse } from '../../src/agent/course-answers.ts';
import { connectOverPipe } from '../../src/agent/pipe-connection.ts';
import type { Spoken } from '../../src/agent/protocol.ts';
import { oid, type Oid } from '../../src/core/ids.ts';
import { describeError } from '../../src/messages/errors.ts';
import type { Audience } from '../../src/web/ports.ts';
import { createApp } from '../../src/web/app.ts';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { openStage, type Stage } from './support/stage.ts';

const MEGABYTE = 1024 * 1024;
const signal = new AbortController().signal;

let stage: Stage;
let folder: string;
const endings: (() => unknown)[] = [];

beforeEach(() => {
  stage = openStage();
  folder = mkdtempSync(join(tmpdir(), 'f2git-client-'));
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Way {
  readonly name: string;
  /** The way from an agent that knows `agent` to the stage's course, on a server that knows `server`. */
  connect(agent?: Spoken, server?: Spoken): Promise<CourseConnection>;
}

const overHttp: Way = {
  name: 'HTTP',
  connect: async (agent, server) => {
    const { origin } = await serveStage(stage.audience, server);
    const address = { server: `${origin}/`, course: 'intro', shown: `${origin}/go/intro` };
    return connectOverHttp(address, agent);
  },
};

const overPipe: Way = {
  name: 'a pipe',
  connect: async (agent, server) => {
    const [near, far] = await pipe();
    const course: ServedCourse = {
      offer: (onProgress, cancel) => stage.audience.refresh(onProgress, cancel),
      blob: (object) => stage.audience.blob(object),
      published: () => stage.audience.published(),
    };
    createPeer(far, {
      side: 'server',
      limits: limitsFor({}),
      answer: async (question) => (await answerAsCourse(course, question)) ?? { value: null },
      ...(server && { spoken: server }),
    });
    const limits = limitsFor({ answer: 512 * MEGABYTE });
    const refuse = (): Promise<never> => Promise.reject(new Error('nobody asks an agent'));
    return connectOverPipe(
      createPeer(near, { side: 'agent', limits, answer: refuse, ...(agent && { spoken: agent }) }),
    );
  },
};

/** A server whose one course is the stage's. One that knows other versions says so in our headers' place. */
async function serveStage(audience: Audience, spoken?: Spoken): Promise<{ origin: string; port: number }> {
  const server: TestServer = await startTestServer();
  const [scripted] = server.site.courses.all;
  const course = { ...scripted!, audienceOf: () => audience };
  const app = createApp({ ...server.site, courses: { all: [course], get: () => course, bySource: () => course } });
  const http = createServer((request, response) => {
    const isServed = spoken === undefined || pretend(spoken, request, response);
    if (isServed) (app as RequestListener)(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  endings.push(
    () => server.close(),
    () => {
      http.closeAllConnections();
      http.close();
    },
  );
  const { port } = http.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port };
}

/** Makes the answer one of a server of another time; false when that would not have served this agent at all. */
function pretend({ oldest, newest }: Spoken, request: IncomingMessage, response: ServerResponse): boolean {
  const setHeader = response.setHeader.bind(response);
  const theirs = (name: string): boolean => name.toLowerCase() === 'x-f2git-server';
  response.setHeader = (name, value) => setHeader(name, theirs(name) ? `${oldest}-${newest}` : value);
  const isServed = Number(String(request.headers['x-f2git-agent']).split('-')[1]) >= oldest;
  if (!isServed) {
    response.setHeader('x-f2git-server', '');
    response.writeHead(426, { 'content-type': 'application/json' }).end('{}');
  }
  return isServed;
}

/** Both ends of a pipe, as two processes have them. */
async function pipe(): Promise<readonly [Socket, Socket]> {
  const path = join(folder, `pipe-${endings.length}`);
  const server: TcpServer = createTcpServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const far = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connect(path);
  const ends = [near, await far] as const;
  server.close();
  endings.push(() => {
    for (const end of ends) end.destroy();
  });
  return ends;
}

async function open(way: Way): Promise<CourseClient> {
  const client = openCourseClient(await way.connect(), signal);
  endings.push(() => client.close());
  return client;
}

const blobId = (content: Buffer | string): Oid =>
  oid(
    createHash('sha1')
      .update(`blob ${Buffer.byteLength(content)}\0`)
      .update(content)
      .digest('hex'),
  );

/** Not compressible, so that all of it is on its way. */
function film(megabytes: number): Buffer {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  return noise.update(Buffer.alloc(megabytes * MEGABYTE));
}

describe.each([overHttp, overPipe])('a course over $name', (way) => {
  test('is offered as it is beside the server', async () => {
    const client = await open(way);
    const { course, title, identity, head, files, frozen, deletions } = await stage.offer();
    expect(files).toHaveLength(1);
    const expected = { course, title, identity, head, files, frozen, deletions, source: { state: 'fresh' } };
    expect(await client.offer()).toMatchObject(expected);
  });

  test('is sent again only when something changed, and its source is told either way', async () => {
    const client = await open(way);
    const first = await client.offer();
    const again = await client.offer();
    expect(again.files).toBe(first.files);
    stage.put({ 'README.md': 'Welcome again\n' });
    const changed = await client.offer();
    expect(changed.files).not.toBe(first.files);
    expect(changed.files[0]?.oid).toBe(blobId('Welcome again\n'));
  });

  test('has its contents and their history', async () => {
    const client = await open(way);
    const { files } = await client.offer();
    expect(Buffer.from(await client.contents.read(files[0]!.oid)).toString()).toBe('Welcome\n');
    stage.put({ 'README.md': 'Welcome again\n', empty: '' });
    const now = await client.offer();
    const history = await client.contents.history();
    expect(history.versions(files[0]!.id, files[0]!.path)).toEqual([blobId('Welcome again\n'), blobId('Welcome\n')]);
    expect(now.files.map(({ path }) => path)).toContain('empty');
    expect(await client.contents.read(blobId(''))).toHaveLength(0);
  });

  test('A33: gives nothing that this audience may not have', async () => {
    stage.put({ 'later/solution.py': 'solution\n' });
    const client = await open(way);
    const { files } = await client.offer();
    expect(files.map(({ path }) => path)).toEqual(['README.md']);
    await expect(client.contents.read(blobId('solution\n'))).rejects.toMatchObject({ code: 'object-missing' });
    expect((await client.contents.history()).versions(files[0]!.id, files[0]!.path)).toEqual([blobId('Welcome\n')]);
  });

  test('brings large content in bounded memory', async () => {
    const content = film(64);
    stage.put({ 'film.mp4': content });
    const client = await open(way);
    await client.offer();
    const [path, object] = [join(folder, 'film'), blobId(content)];
    const fd = openSync(path, 'w');
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const look = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 2);
    await client.contents.writeTo(object, fd);
    clearInterval(look);
    closeSync(fd);
    expect(readFileSync(path).equals(content)).toBe(true);
    // both ends are in this process
    expect(most).toBeLessThan(48 * MEGABYTE);
  });

  test('stops when it is told to', async () => {
    stage.put({ 'film.mp4': film(8) });
    const stop = new AbortController();
    const client = await open(way);
    const { files } = await client.offer();
    const object = files.find(({ size }) => size > MEGABYTE)!.oid;
    const fd = openSync(join(folder, 'part'), 'w');
    stop.abort();
    await expect(client.contents.writeTo(object, fd, stop.signal)).rejects.toThrow();
    closeSync(fd);
    expect(Buffer.from(await client.contents.read(files[0]!.oid)).toString()).toBe('Welcome\n');
  });

  test.each([
    ['one version newer that still knows ours', { oldest: 1, newest: 2 }],
    ['from before versions were told', undefined],
  ])('works with a server %s', async (_name, server) => {
    const client = openCourseClient(await way.connect({ oldest: 1, newest: 1 }, server), signal);
    expect((await client.offer()).files).toHaveLength(1);
    await client.close();
  });

  test('works with an agent one version newer that still knows the server’s', async () => {
    const client = openCourseClient(await way.connect({ oldest: 1, newest: 2 }, { oldest: 1, newest: 1 }), signal);
    expect((await client.offer()).files).toHaveLength(1);
    await client.close();
  });

  test.each([
    ['agent-outdated', { oldest: 1, newest: 1 }, { oldest: 2, newest: 3 }, 'The f2git that runs here is too old'],
    ['server-outdated', { oldest: 2, newest: 2 }, { oldest: 1, newest: 1 }, 'The course’s server is too old'],
  ])('says what to update: %s', async (code, agent, server, sentence) => {
    const client = openCourseClient(await way.connect(agent, server), signal);
    const failure: unknown = await client.offer().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(describeError(failure as Parameters<typeof describeError>[0], 'en')).toContain(sentence);
    await client.close();
  });
});

test('over HTTP, content whose connection breaks goes on where it broke', async () => {
  const content = film(16);
  stage.put({ 'film.mp4': content });
  const { port } = await serveStage(stage.audience);
  const breaker = await breakingProxy(port, 5 * MEGABYTE);
  const client = openCourseClient(
    connectOverHttp({ server: `http://127.0.0.1:${breaker.port}/`, course: 'intro', shown: 'here' }),
    signal,
  );
  endings.push(() => client.close());
  await client.offer();
  const path = join(folder, 'film');
  const fd = openSync(path, 'w');
  await client.contents.writeTo(blobId(content), fd);
  closeSync(fd);
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(breaker.ranges()).toEqual([expect.stringMatching(/^bytes=\d{7}-$/)]);
});

/** Hands on everything to `port`, and breaks the first connection that brought more than `bytes`. */
async function breakingProxy(port: number, bytes: number): Promise<{ port: number; ranges(): readonly string[] }> {
  let hasBroken = false;
  let asked = '';
  const proxy = createTcpServer((from) => {
    const to = connect(port, '127.0.0.1');
    let brought = 0;
    from.on('data', (chunk) => (asked += chunk.toString('latin1')));
    to.on('data', (chunk) => {
      brought += chunk.length;
      if (hasBroken || brought < bytes) return;
      hasBroken = true;
      from.resetAndDestroy();
    });
    from.pipe(to).pipe(from);
    for (const end of [from, to]) end.on('error', () => [from, to].forEach((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  endings.push(() => proxy.close());
  const ranges = (): readonly string[] => [...asked.matchAll(/^range: (.*)\r$/gim)].map((match) => match[1] ?? '');
  return { port: (proxy.address() as AddressInfo).port, ranges };
}

test('over a pipe that ends, the reader is told, and nothing waits for ever', async () => {
  stage.put({ 'film.mp4': film(8) });
  const connection = await overPipe.connect();
  const client = openCourseClient(connection, signal);
  const { files } = await client.offer();
  const object = files.find(({ size }) => size > MEGABYTE)!.oid;
  const { body } = await connection.blob(object, signal);
  const reading = (async () => {
    for await (const chunk of body) if (chunk.length > 0) await client.close();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'part-failed' });
  await expect(client.offer()).rejects.toMatchObject({ code: 'part-failed' });
});
