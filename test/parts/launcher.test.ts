/** The launcher's door, as whoever gets into the keeper's group meets it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLauncher, type Launcher } from '../../src/parts/launcher.ts';
import { askLauncher } from '../../src/parts/launcher-client.ts';
import { newWatchword } from '../../src/parts/watchword.ts';
import { until } from '../server/harness.ts';

const word = newWatchword();
const log: unknown[] = [];
const sockets: Socket[] = [];
let folder: string;
let launcher: Launcher;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-launcher-'));
  launcher = await openLauncher({
    path: join(folder, 'socket'),
    word,
    program: '/nonexistent',
    reserved: new Set(),
    log: (_level, event, facts) => log.push({ event, ...facts }),
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await launcher.close();
  rmSync(folder, { recursive: true, force: true });
  log.length = 0;
});

/** Connects without a word; gives how many of those connections the launcher still holds. */
function stay(times: number): () => number {
  let open = 0;
  for (let n = 0; n < times; n += 1) {
    const socket = connect(join(folder, 'socket'), () => (open += 1));
    sockets.push(socket);
    // the end of the other side is only seen by who reads
    socket.resume().on('error', () => socket.destroy());
    socket.on('close', () => (open -= 1));
  }
  return () => open;
}

test('A30: who says nothing cannot hold more connections than a few, and keeps nobody else out', async () => {
  const held = stay(400);
  await until(() => (held() === 256 ? true : undefined));
  const user = { name: 'nobody-is-called-so', uid: 1, gid: 1, home: '/' };
  await expect(askLauncher(join(folder, 'socket'), word, user)).rejects.toMatchObject({ code: 'home-missing' });
  expect(held()).toBeLessThanOrEqual(256);
  expect(log.filter((line) => JSON.stringify(line).includes('stranger'))).toHaveLength(1);
});
