/** Who asks and does not read the answers fills no memory here, and is served as before once they read. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { FrameReader, limitsFor, writeFrame } from '../../src/agent/frames.ts';
import { createPeer, MOST_UNREAD_BYTES } from '../../src/agent/peer.ts';

const ANSWER_BYTES = 512 * 1024;
/** Fewer than may be asked at once: what piles up meanwhile is heard in one go. */
const QUESTIONS = 60;
const AT_ONCE = 4;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function connected(): Promise<{ ours: Socket; theirs: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [ours] = (await once(server, 'connection')) as [Socket];
  server.close();
  sockets.push(ours, theirs);
  return { ours, theirs };
}

const frame = (kind: 'note' | 'call', call: number, value: unknown): Buffer =>
  Buffer.concat(writeFrame({ kind, call, body: Buffer.from(JSON.stringify(value)) }));

test('questions without end, and nobody who reads', async () => {
  const { ours, theirs } = await connected();
  const value = 'x'.repeat(ANSWER_BYTES);
  let answered = 0;
  createPeer(ours, {
    side: 'server',
    limits: limitsFor({}),
    answer: () => {
      answered += 1;
      return Promise.resolve({ value });
    },
  });
  theirs.pause();
  theirs.write(frame('note', 0, { name: 'hello', value: '1-1' }));
  let most = 0;
  for (let asked = 0; asked < QUESTIONS; asked += AT_ONCE) {
    for (let one = 1; one <= AT_ONCE; one++)
      theirs.write(frame('call', asked + one, { method: 'published', args: {} }));
    while (answered < asked + AT_ONCE && !ours.isPaused()) await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, ours.writableLength);
  }
  expect(most).toBeGreaterThan(MOST_UNREAD_BYTES);
  expect(most).toBeLessThan(MOST_UNREAD_BYTES + 4 * AT_ONCE * ANSWER_BYTES);
  expect(answered).toBeLessThan(QUESTIONS);

  const reader = new FrameReader(limitsFor({ answer: 2 * ANSWER_BYTES }));
  let read = 0;
  await new Promise<void>((resolve) => {
    theirs.on('data', (bytes: Buffer) => {
      read += [...reader.read(bytes)].filter(({ kind }) => kind === 'answer').length;
      if (read === QUESTIONS) resolve();
    });
    theirs.resume();
  });
  expect(answered).toBe(QUESTIONS);
});
