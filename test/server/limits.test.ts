/** What the server does not put up with: huge headers, broken requests. */
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

test('headers above 16 kB are refused', async () => {
  expect((await ask(server, '/health', { headers: { 'x-filler': 'x'.repeat(20_000) } })).status).toBe(431);
  expect((await ask(server, '/health', { headers: { 'x-filler': 'x'.repeat(8_000) } })).status).toBe(200);
});

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
