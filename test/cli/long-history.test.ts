/** A course that published a great deal, pulled from a server by the built program: what a student edited stays theirs. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { f2git } from '../e2e/support.ts';
import { type Answer, content, startHostile } from '../support/hostile-server.ts';
import { expectLittleMemory, measuredIn } from './peaks.ts';
import { scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const peaks = join(folder, 'peaks');
beforeEach(() => rmSync(peaks, { force: true }));

const oidOf = (text: string): string => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');

/** Names at the end of what a path may have, and in characters that take two bytes. */
function published(nth: number): Readonly<Record<string, string>> {
  const name = `week ${String(nth % 50)}/${'exercises of a long course '.repeat(6)}\u20ac ${String(nth)}.ipynb`;
  return { id: name, path: name, oid: createHash('sha1').update(name).digest('hex') };
}

/** A server whose course is one file, `now`, and had 95,000 contents before. */
function treeOf(now: () => string): Answer {
  const history = JSON.stringify(Array.from({ length: 95_000 }, (_, nth) => published(nth)));
  return (request, socket, nth) => {
    const size = now().length;
    const offer = {
      ...{ course: 'python', title: 'Python', identity: 'python', head: oidOf(`head ${now()}`), frozen: [] },
      files: [{ id: 'a.txt', path: 'a.txt', oid: oidOf(now()), size, executable: false }],
      ...{ deletions: 'certain', source: { state: 'fresh', complete: true, requests: 1, bytes: 1, problems: [] } },
    };
    const isHistory = request.path.includes('history=true');
    const text = `{"f2git":1,"offer":${JSON.stringify(offer)}${isHistory ? `,"history":${history}` : ''}}`;
    content(text, { 'content-type': 'application/json' })(request, socket, nth);
  };
}

it('asks for 95,000 contents with little memory', async () => {
  let now = 'one\n';
  const blob = (text: string) => [`/api/blobs/${oidOf(text)}`, content(text)] as const;
  const server = await startHostile({
    '/api/courses/python/tree': treeOf(() => now),
    ...Object.fromEntries([blob('one\n'), blob('two\n')]),
  });
  const pull = () => f2git(['pull', `${server.origin}/go/python`, 'new'], { cwd: folder, env: measuredIn(peaks) });
  try {
    await pull();
    writeFileSync(join(folder, 'new/a.txt'), 'mine\n');
    now = 'two\n';
    const ended = await pull();
    expect(ended.status, ended.stderr).toBe(0);
    expect(server.received.map(({ path }) => path)).toContainEqual(expect.stringContaining('history=true'));
    expect(readFileSync(join(folder, 'new/a.txt'), 'utf8')).toBe('mine\n');
    expectLittleMemory(peaks, ended.stdout);
  } finally {
    await server.stop();
  }
});
