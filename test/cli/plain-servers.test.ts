/** Servers that work, in their own way: old ones, and those in one's own network, however the address was copied. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { content, type Hostile, redirect, startHostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { actionsOf, expectRefusal, runJson, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const noise = Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * at * 31) % 251));
const archive = writeZip(
  ['a', 'b', 'c'].map((name) => ({ name: `${name}.bin`, bytes: noise, method: 'stored' as const })),
);

let server: Hostile;
let elsewhere: Hostile;
beforeEach(async () => {
  elsewhere = await startHostile({ '/course.zip': content(archive) });
  server = await startHostile({
    '/course.zip': content(archive),
    '/away.zip': redirect(302, `${elsewhere.origin}/course.zip`),
    // as python3 -m http.server does: the whole file, and the end of the connection, before anybody has read it
    '/old.zip': (_request, socket) => {
      const head = `HTTP/1.0 200 OK\r\nContent-Type: application/zip\r\nContent-Length: ${archive.length}\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(head), archive]));
    },
    '/older.zip': (_request, socket) => {
      socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: application/zip\r\n\r\n'), archive]));
    },
  });
});
afterEach(async () => {
  await server.stop();
  await elsewhere.stop();
});

describe('a course arrives', () => {
  it.each([
    ['from a server of HTTP/1.0, which closes when it has sent all', 'old.zip'],
    ['from one that does not even say how much that is', 'older.zip'],
  ])('%s', async (_, name) => {
    const document = await runJson(folder, ['pull', `${server.origin}/${name}`, name]);
    expect(actionsOf(document)).toEqual({ 'a.bin': 'added', 'b.bin': 'added', 'c.bin': 'added' });
    expect(readFileSync(join(folder, name, 'c.bin')).equals(noise)).toBe(true);
  });

  it.each<[string, (address: string) => string]>([
    ['plain', (address) => address],
    ['with what it is', (address) => `zip+${address}`],
    ['in angle brackets', (address) => `<${address}>`],
    ['in angle brackets with what it is', (address) => `<zip+${address}>`],
    ['in quotes', (address) => `"${address}"`],
    ['between spaces', (address) => `  zip+${address} `],
  ])('from a server in one’s own network whose address is %s, and again from the same folder', async (name, form) => {
    const address = form(`${server.origin}/course.zip`);
    const target = `own ${name}`;
    expect(await runJson(folder, ['pull', address, target])).toMatchObject({ outcome: 'updated' });
    expect(await runJson(folder, ['pull', address, target])).toMatchObject({ outcome: 'unchanged' });
  });

  it('but not from another one there that it leads to', async () => {
    const address = `<zip+${server.origin}/away.zip>`;
    await expectRefusal(folder, ['pull', address, 'away'], { code: 'address-forbidden', says: /private address/ });
    expect(elsewhere.connects()).toBe(0);
  });
});
