/** What the server does not put up with: huge headers, broken requests, visitors who never finish. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, startTestServer, until, type TestServer } from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

test('A48: headers above 16 kB are refused', async () => {
  expect((await ask(server, '/health', { headers: { 'x-filler': 'x'.repeat(20_000) } })).status).toBe(431);
  expect((await ask(server, '/health', { headers: { 'x-filler': 'x'.repeat(8_000) } })).status).toBe(200);
});

test('A48: who never finishes a request holds one of a thousand connections, and loses it', async () => {
  const port = Number(new URL(server.origin).port);
  const open = new Set<Socket>();
  for (let n = 0; n < 1_010; n += 1) {
    const socket = connect(port, '127.0.0.1').resume();
    open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    socket.write('GET /health HTTP/1.1\r\nhost: ');
  }
  await until(() => (open.size === 1_000 ? true : undefined));
  // seconds later: who is slow has these as well
  await until(() => (open.size === 0 ? true : undefined));
  expect((await ask(server, '/health')).status).toBe(200);
}, 60_000);

test('what is no HTTP ends the connection, and the server goes on', async () => {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text));
  });
  socket.write('\u0000\u0001 nonsense\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await ask(server, '/health')).status).toBe(200);
});

test('a path that cannot be decoded is a wrong request, not a bug of ours', async () => {
  for (const path of ['/go/%ff', '/api/runs/%E0%A4%A', '/zip/%c0%ae.zip']) {
    expect((await ask(server, path)).status).toBe(400);
  }
  expect(server.logLines).toEqual([]);
});
