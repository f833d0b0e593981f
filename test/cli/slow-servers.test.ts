/**
 * Servers that keep a person waiting, met by the built program: it gives up at its own deadlines, says so in one
 * sentence, and makes nothing; a later pull keeps what is there. The program's clock runs forty times faster.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { content, drip, type Answer, type Hostile, silence, stall, startHostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { expectRefusal, litterIn, runJson, scratch, studentsTree } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const fastClock = pathToFileURL(join(import.meta.dirname, '../support/fast-clock.mjs')).href;
const env = { NODE_OPTIONS: `--import=${fastClock}` };

const good = writeZip([{ name: 'a.txt', bytes: Buffer.from('one\n') }]);
/** One byte a second, by the program's clock. */
const SECOND = 25;

/** Headers that never end, one byte a second. */
function endlessHeaders(): Answer {
  return (_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx: ');
    const timer = setInterval(() => socket.write('y'), SECOND);
    socket.on('close', () => clearInterval(timer));
  };
}

/** 100 and 103 for ever, which each look like progress. */
function endlessHints(): Answer {
  return (_request, socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'), SECOND);
    socket.on('close', () => clearInterval(timer));
  };
}

let server: Hostile;
let answer: Answer;
beforeEach(async () => {
  const current: Answer = (request, socket, nth) => answer(request, socket, nth);
  const paths = ['/course.zip', '/dav/', '/repo.git/info/refs', '/api/courses/python/tree'];
  server = await startHostile(Object.fromEntries(paths.map((path) => [path, current])));
});
afterEach(() => server.stop());

describe('a server that', () => {
  it.each<[string, Answer, RegExp]>([
    ['takes the question and says nothing', silence(), /no answer in time/],
    ['sends headers without end', endlessHeaders(), /no answer in time/],
    ['promises an answer without end', endlessHints(), /no answer in time/],
    ['begins the file and stops', stall(), /too slow/],
    ['sends a byte a second', drip(1, SECOND), /too slow/],
  ])('%s is given up, and everything stays', async (name, trouble, says) => {
    const cwd = join(folder, name.replace(/\W+/g, '-'));
    mkdirSync(cwd);
    const address = `${server.origin}/course.zip`;
    answer = trouble;
    await expectRefusal(cwd, ['pull', address, 'new'], { code: 'source-unreachable', says, env });

    answer = content(good);
    await runJson(cwd, ['pull', address, 'mine']);
    writeFileSync(join(cwd, 'mine/a.txt'), 'my own\n');
    const before = studentsTree(join(cwd, 'mine'));
    answer = trouble;
    const later = await runJson(cwd, ['pull', address, 'mine'], { status: 3, env });
    expect(later).toMatchObject({ outcome: 'stale', files: [], source: { state: 'unreachable' } });
    expect(later.source.problems).toMatchObject([{ path: '', code: 'source-unreachable' }]);
    expect(later.source.problems[0]?.message).toMatch(says);
    expect(studentsTree(join(cwd, 'mine'))).toEqual(before);
    expect(litterIn(join(cwd, 'mine'))).toEqual([]);
  });

  it.each<[string, (origin: string) => string]>([
    ['a WebDAV folder', (origin) => `webdav+${origin}/dav/`],
    ['a git repository', (origin) => `git+${origin}/repo.git`],
    ['a course’s link', (origin) => `${origin}/go/python`],
  ])('says nothing is given up for %s as well', async (_, address) => {
    answer = silence();
    const expected = { code: 'source-unreachable', says: /no answer in time/, env } as const;
    await expectRefusal(folder, ['pull', address(server.origin), 'new'], expected);
  });

  it('takes the connection and never secures it is given up', async () => {
    const mute = await startMute();
    const address = `https://127.0.0.1:${(mute.server.address() as AddressInfo).port}/course.zip`;
    const expected = { code: 'source-unreachable', says: /no answer in time/, env } as const;
    await expectRefusal(folder, ['pull', address, 'new'], expected);
    mute.stop();
  });
});

/** Accepts connections and reads and writes nothing. */
async function startMute(): Promise<{ readonly server: Server; stop(): void }> {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  return {
    server: mute,
    stop: () => {
      mute.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
