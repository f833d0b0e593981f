/** What laptops read: the tree, its validators, blobs and their ranges. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';
import { parseTreeDocument } from '../../src/agent/tree-document.ts';
import { readRange } from '../../src/web/byte-range.ts';
import { ask, BYTES, OID, offerOf, startTestServer, until, type TestServer } from './harness.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

test('the tree arrives as the very offer the agent beside the server gets', async () => {
  const answer = await ask(server, '/api/courses/intro/tree');
  expect(answer.headers['x-f2git-source']).toBe('fresh');
  expect(parseTreeDocument(JSON.parse(answer.text))).toMatchObject({ offer: offerOf() });
});

test('the history comes when it is asked for', async () => {
  const answer = await ask(server, '/api/courses/intro/tree?history=true');
  expect(parseTreeDocument(JSON.parse(answer.text)).history).toEqual([
    { id: 'README.md', path: 'README.md', oid: OID },
  ]);
});

test('the history comes alone to who has the tree already', async () => {
  const answer = await ask(server, '/api/courses/intro/tree?history=true&offer=false');
  expect(JSON.parse(answer.text)).toEqual({ f2git: 1, history: [{ id: 'README.md', path: 'README.md', oid: OID }] });
  const whole = await ask(server, '/api/courses/intro/tree?offer=false');
  expect(parseTreeDocument(JSON.parse(whole.text))).toMatchObject({ offer: offerOf() });
});

test('what was chosen for the course goes with the tree, and changes its tag', async () => {
  const first = await ask(server, '/api/courses/intro/tree');
  const usual = { deletedFiles: 'restore', courseCopies: 'report' };
  expect(parseTreeDocument(JSON.parse(first.text)).settings).toEqual({ open: 'README.md', policy: usual });
  const [course] = server.site.courses.all;
  const policy = { deletedFiles: 'respect', courseCopies: 'beside', codeCells: 'whole' } as const;
  const audience = course!.audienceOf({ name: 'anna', groups: [] });
  const chosenFor = { ...audience, supplies: { ...audience.supplies, policy } };
  Object.assign(course!, { open: relPathOf('README.md'), audienceOf: () => chosenFor });
  const headers = { 'if-none-match': first.headers.etag ?? '' };
  const chosen = await ask(server, '/api/courses/intro/tree', { headers });
  expect(parseTreeDocument(JSON.parse(chosen.text)).settings).toEqual({ open: 'README.md', policy });
  // what is not released is not named either
  Object.assign(course!, { open: relPathOf('solutions/lab1.ipynb') });
  const later = await ask(server, '/api/courses/intro/tree');
  expect(parseTreeDocument(JSON.parse(later.text)).settings).toEqual({ policy });
});

test('a server of before says nothing about what was chosen for the course', () => {
  const usual = { deletedFiles: 'restore', courseCopies: 'report' };
  expect(parseTreeDocument({ f2git: 1, offer: offerOf() }).settings).toEqual({ policy: usual });
});

test('nothing new: 304, by the tag and by the head', async () => {
  const first = await ask(server, '/api/courses/intro/tree');
  const again = await ask(server, '/api/courses/intro/tree', {
    headers: { 'if-none-match': first.headers.etag ?? '' },
  });
  expect([again.status, again.text, again.headers['x-f2git-source']]).toEqual([304, '', 'fresh']);
  expect((await ask(server, `/api/courses/intro/tree?since=${offerOf().head}`)).status).toBe(304);
  expect((await ask(server, `/api/courses/intro/tree?since=${OID}`)).status).toBe(200);
});

test('the same head with something frozen is not the same', async () => {
  const first = await ask(server, '/api/courses/intro/tree');
  server.script.offer = offerOf({ frozen: [{ path: relPathOf('week1'), why: 'problem' }] });
  expect(
    (await ask(server, '/api/courses/intro/tree', { headers: { 'if-none-match': first.headers.etag ?? '' } })).status,
  ).toBe(200);
  expect((await ask(server, `/api/courses/intro/tree?since=${offerOf().head}`)).status).toBe(200);
});

test.each([
  ['a path that leaves', { files: [{ id: 'a', path: '../a', oid: OID, size: 1, executable: false }] }],
  ['a reserved name', { files: [{ id: 'a', path: '.f2git/state.json', oid: OID, size: 1, executable: false }] }],
  ['no object id', { files: [{ id: 'a', path: 'a', oid: 'xyz', size: 1, executable: false }] }],
  ['a negative size', { files: [{ id: 'a', path: 'a', oid: OID, size: -1, executable: false }] }],
  ['an unknown kind of frozen', { frozen: [{ path: 'a', why: 'perhaps' }] }],
  ['no head', { head: undefined }],
])('a lying server is refused: %s', (_name, change) => {
  expect(() => parseTreeDocument({ f2git: 1, offer: { ...offerOf(), ...change } })).toThrow(F2gitError);
});

test('a blob is cached for ever, named by its content, and only there for those who may have it', async () => {
  const answer = await ask(server, `/api/blobs/${OID}?course=intro`);
  expect([answer.text, answer.headers.etag, answer.headers['content-length']]).toEqual([
    BYTES.toString(),
    `"${OID}"`,
    '10',
  ]);
  expect(answer.headers['cache-control']).toBe('private, max-age=31536000, immutable');
  expect((await ask(server, `/api/blobs/${OID}`, { headers: { 'if-none-match': `"${OID}"` } })).status).toBe(304);
  expect((await ask(server, `/api/blobs/${'f'.repeat(40)}`)).status).toBe(404);
  expect((await ask(server, '/api/blobs/nothing')).status).toBe(404);
});

test('HEAD tells the size without the bytes', async () => {
  const answer = await ask(server, `/api/blobs/${OID}`, { method: 'HEAD' });
  expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', '10']);
});

test.each([
  ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-2', 206, '89', 'bytes 8-9/10'],
  ['bytes=5-500', 206, '56789', 'bytes 5-9/10'],
  ['bytes=10-', 416, '', 'bytes */10'],
  ['bytes=3-1', 200, '0123456789', undefined],
  ['bytes=0-1,3-4', 200, '0123456789', undefined],
  ['lines=0-1', 200, '0123456789', undefined],
])('Range: %s', async (range, status, text, contentRange) => {
  const answer = await ask(server, `/api/blobs/${OID}`, { headers: { range } });
  expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([status, text, contentRange]);
});

test('no cache keeps that a range was refused', async () => {
  const { status, headers } = await ask(server, `/api/blobs/${OID}`, { headers: { range: 'bytes=10-' } });
  expect([status, headers['cache-control']]).toEqual([416, 'no-store']);
});

test('a range of another version is not spliced in', async () => {
  const answer = await ask(server, `/api/blobs/${OID}`, { headers: { range: 'bytes=5-', 'if-range': '"other"' } });
  expect([answer.status, answer.text]).toEqual([200, BYTES.toString()]);
});

test.each([
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=-5', 0, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=-50', 10, { start: 0, end: 9 }],
  ['bytes=-', 10, undefined],
  [undefined, 10, undefined],
])('the range %s of %i bytes', (header, size, range) => {
  expect(readRange(header, size)).toEqual(range);
});

test('the ZIP has a strong tag, answers HEAD and says when nothing changed', async () => {
  const first = await ask(server, '/zip/intro.zip');
  expect([first.status, first.text, first.headers['content-type']]).toEqual([200, 'PK', 'application/zip']);
  expect(first.headers.etag).toBe(`"${offerOf().head}"`);
  const again = await ask(server, '/zip/intro.zip', {
    headers: { 'if-none-match': `W/"x", ${first.headers.etag ?? ''}` },
  });
  expect([again.status, again.text]).toEqual([304, '']);
  const head = await ask(server, '/zip/intro.zip', { method: 'HEAD' });
  expect([head.status, head.text, head.headers.etag]).toEqual([200, '', first.headers.etag]);
});

test.each(['/api/courses/intro/tree', '/zip/intro.zip'])(
  'a source slower than anybody waits is read on after the answer: %s',
  async (path) => {
    const slow = await startTestServer({ sourceWaitMs: 30 });
    let reading: AbortSignal | undefined;
    slow.script.refresh = (_onProgress, signal) => new Promise(() => (reading = signal));
    expect((await ask(slow, path)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reading?.aborted).toBe(false);
    await slow.close();
  },
);

test('who leaves before the answer does not wait any more', async () => {
  const slow = await startTestServer();
  let reading: AbortSignal | undefined;
  slow.script.refresh = (_onProgress, signal) => new Promise(() => (reading = signal));
  const leaving = new AbortController();
  const left = fetch(`${slow.origin}/api/courses/intro/tree`, { signal: leaving.signal });
  await until(() => Promise.resolve(reading));
  leaving.abort();
  await expect(left).rejects.toThrow();
  await until(() => Promise.resolve(reading?.aborted === true ? true : undefined));
  await slow.close();
});
