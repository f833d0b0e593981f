/**
 * A33: what an audience may not have cannot be had by id, by path or by any trick of the protocol, and nobody can find
 * out whether it exists. Requests here are made by hand; no git sends them.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revokeTokens } from '../../src/web/capabilities.ts';
import { ask, bodyOf, FLUSH, line, readAnswer, send, type RawAnswer } from './raw.ts';
import { courseIdOf, git, GitCourse } from './support.ts';

const REFS = '/info/refs?service=git-upload-pack';
const STRANGER = '1234567890'.repeat(4);
const files = { 'README.md': 'Welcome\n', 'week1/lab.py': 'one = 1\n' };

async function tipOf(course: GitCourse): Promise<string> {
  const answer = await send(course.address + REFS);
  return /[0-9a-f]{40}(?= HEAD)/.exec(answer.body.toString())?.[0] ?? '';
}

function blobId(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}

function refusalIn(answer: RawAnswer): string {
  const said = readAnswer(answer.body);
  expect([answer.status, said.pack.length]).toEqual([200, 0]);
  return said.lines.join('\n');
}

describe('A33: an object that is not shown', () => {
  it('cannot be wanted: a file, a folder, a former commit, one that never was', async () => {
    const course = await new GitCourse().write(files).start();
    const former = await tipOf(course);
    course.write({ 'README.md': 'Welcome back\n' });
    const tip = await tipOf(course);
    const [tree, blob] = (await git(course.gitDir, 'rev-parse', `${tip}^{tree}`, `${tip}:README.md`)).split('\n');
    course.clock.pass(61_000);
    for (const want of [former, tree!, blob!, STRANGER]) {
      for (const capabilities of [[], ['multi_ack_detailed', 'no-done', 'side-band-64k', 'allow-any-sha1-in-want']]) {
        const alone = await ask(course.address, { wants: [want], capabilities });
        expect(refusalIn(alone)).toBe(`ERR upload-pack: not our ref ${want}`);
        const beside = await ask(course.address, { wants: [tip, want], capabilities, haves: [tip], deepen: '1' });
        expect(refusalIn(beside)).toBe(`ERR upload-pack: not our ref ${want}`);
      }
    }
    expect(readAnswer((await ask(course.address, { wants: [tip] })).body).pack.length).toBeGreaterThan(0);
  });

  it('can still be wanted for a minute by a client that was just shown it, while the course went on', async () => {
    const course = await new GitCourse().write(files).start();
    const former = await tipOf(course);
    course.write({ 'README.md': 'Welcome back\n' });
    await tipOf(course);
    expect(readAnswer((await ask(course.address, { wants: [former] })).body).pack.length).toBeGreaterThan(0);
    course.clock.pass(61_000);
    expect(refusalIn(await ask(course.address, { wants: [former] }))).toContain('not our ref');
  });

  it('is not told from one that never was: as a have, as shallow, beside what is there', async () => {
    const course = new GitCourse().write({ ...files, 'solutions/week1.py': 'secret = 42\n' });
    await course.start('    release:\n      - { path: "solutions/**", from: 2030-01-01 }');
    const tip = await tipOf(course);
    const secret = blobId('secret = 42\n');
    const known = await git(course.gitDir, 'rev-parse', `${tip}:README.md`);
    const asHave = async (id: string): Promise<string> =>
      (
        await ask(course.address, { wants: [tip], haves: [id], capabilities: ['multi_ack_detailed'], end: 'flush' })
      ).body
        .toString()
        .replaceAll(id, 'ID');
    const asShallow = async (id: string): Promise<string> =>
      (await ask(course.address, { wants: [tip], shallow: [id], deepen: '3', end: 'none' })).body
        .toString()
        .replaceAll(id, 'ID');
    for (const id of [secret, known]) {
      expect(await asHave(id)).toBe(await asHave(STRANGER));
      expect(await asShallow(id)).toBe(await asShallow(STRANGER));
      expect(refusalIn(await ask(course.address, { wants: [id] }))).toBe(`ERR upload-pack: not our ref ${id}`);
    }
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.address, clone);
    expect(await git(clone, 'ls-files')).toBe('README.md\nweek1/lab.py');
    expect(await git(clone, 'log', '--all', '-p')).not.toMatch(/secret|solutions/);
    await expect(git(clone, 'fetch', '-q', 'origin', secret)).rejects.toThrow(/not our ref|unadvertised/);
  });

  it('cannot be had after a purge, nor can the commits that held it', async () => {
    const course = await new GitCourse().write({ ...files, 'private.txt': 'names of students\n' }).start();
    const former = await tipOf(course);
    const blob = await git(course.gitDir, 'rev-parse', `${former}:private.txt`);
    const config = course.writeConfig();
    execFileSync(process.execPath, ['dist/cli.js', 'purge', 'intro', 'private.txt', '--config', config]);
    for (const want of [former, blob]) {
      expect(refusalIn(await ask(course.address, { wants: [want] }))).toBe(`ERR upload-pack: not our ref ${want}`);
    }
    const tip = await tipOf(course);
    const { pack } = readAnswer((await ask(course.address, { wants: [tip] })).body);
    mkdirSync(course.path('got'));
    await git(course.path('got'), 'init', '-q');
    writeFileSync(course.path('got.pack'), pack);
    await git(course.path('got'), 'index-pack', course.path('got.pack'));
    expect(await git(course.path('got'), 'verify-pack', '-v', course.path('got.pack'))).not.toContain(blob);
  });
});

describe('A33: another version of the protocol', () => {
  it('is not spoken, whatever the client asks for', async () => {
    const course = await new GitCourse().write(files).start();
    const plain = await send(course.address + REFS);
    for (const version of ['version=1', 'version=2', 'version=2:object-format=sha1']) {
      const answer = await send(course.address + REFS, { headers: { 'git-protocol': version } });
      expect(answer.body.equals(plain.body)).toBe(true);
    }
    const tip = await tipOf(course);
    const blob = await git(course.gitDir, 'rev-parse', `${tip}:README.md`);
    const asVersion2 = Buffer.from(
      `${line('command=fetch')}${line('object-format=sha1')}0001${line(`want ${blob}`)}${line('done')}${FLUSH}`,
    );
    const answer = await ask(course.address, asVersion2, { 'git-protocol': 'version=2' });
    expect(answer.body.includes('PACK')).toBe(false);
    expect(refusalIn(answer)).toContain('is not offered here');
  });

  it.each([
    'filter blob:none',
    'deepen-since 1',
    'deepen-not refs/heads/main',
    'want-ref refs/heads/main',
    'packfile-uris https',
  ])('refuses "%s", which is not offered', async (extra) => {
    const course = await new GitCourse().write(files).start();
    const tip = await tipOf(course);
    const body = Buffer.from(`${line(`want ${tip} side-band-64k`)}${line(extra)}${FLUSH}${line('done')}`);
    expect(refusalIn(await ask(course.address, body))).toContain('is not offered here');
  });
});

describe('a request that is none', () => {
  it('is refused, and nobody is woken by it', async () => {
    const course = await new GitCourse().write(files).start();
    const tip = await tipOf(course);
    const whole = bodyOf({ wants: [tip], capabilities: ['side-band-64k'], shallow: [tip], deepen: '1', haves: [tip] });
    const broken = [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 60),
      Buffer.from('zzzz'),
      Buffer.from('0003'),
      Buffer.from('fffffffff'),
      Buffer.from('0004'),
      Buffer.from(`${line(`want ${tip.toUpperCase()}`)}${FLUSH}`),
      Buffer.from(`${line(`want ${tip}\0x`)}${FLUSH}`),
      Buffer.from(`${line('shallow 12')}${FLUSH}`),
      Buffer.from(`${line(`want ${tip}`)}${FLUSH}${line(`have ${tip}`)}`),
      Buffer.from(`${line(`want ${tip}`)}${line('deepen -1')}${FLUSH}`),
      Buffer.from(`${line(`want ${tip}`)}${line('deepen 99999999999')}${FLUSH}`),
      gzipSync(whole).subarray(0, 40),
    ];
    for (const body of broken) expect(readAnswer((await ask(course.address, body)).body).pack.length).toBe(0);
    const mutated = fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const body = Buffer.from(whole);
      body[at] = byte;
      expect([200, 400]).toContain((await ask(course.address, body)).status);
    });
    await fc.assert(mutated, { numRuns: 150, seed: 33 });
    expect(course.logLines.filter((text) => /"error"|bug/.test(text))).toEqual([]);
  });

  it('is not unpacked beyond what a client may say', async () => {
    const course = await new GitCourse().write(files).start();
    const tip = await tipOf(course);
    const gzip = { 'content-encoding': 'gzip' };
    const packed = gzipSync(bodyOf({ wants: [tip], haves: Array.from({ length: 200 }, () => STRANGER) }));
    expect(readAnswer((await ask(course.address, packed, gzip)).body).pack.length).toBeGreaterThan(0);
    const bomb = gzipSync(Buffer.alloc(64 << 20, '0032have '));
    expect(refusalIn(await ask(course.address, bomb, gzip))).toContain('ERR');
    expect(refusalIn(await ask(course.address, Buffer.from('not gzip'), gzip))).toContain('ERR');
    expect(refusalIn(await ask(course.address, packed, { 'content-encoding': 'br' }))).toContain('ERR');
  });

  it('gets no file of the repository, and no other service', async () => {
    const course = await new GitCourse().write(files).start();
    await tipOf(course);
    for (const path of [
      'HEAD',
      'config',
      'objects/info/packs',
      'f2git/history',
      '../course.json',
      '%2e%2e/course.json',
      'info/refs/x',
    ]) {
      const answer = await send(`${course.address}/${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await send(`${course.address}/info/refs`)).status).toBe(403);
    expect((await send(`${course.address}/info/refs?service=git-upload-archive`)).status).toBe(403);
    const push = await send(`${course.address}/git-receive-pack`, { method: 'POST', body: Buffer.from('0000') });
    expect(push.status).toBe(404);
    const typeless = await send(`${course.address}/git-upload-pack`, { method: 'POST', body: Buffer.from('0000') });
    expect(typeless.status).toBe(415);
  });
});

describe('A37: a capability', () => {
  it('opens one course for one purpose; everything else looks like what does not exist', async () => {
    const course = await new GitCourse().write(files).start();
    const tip = await tipOf(course);
    const { origin } = course;
    const wrong = [
      `${origin}/git/${course.token()}/other`,
      `${origin}/git/${course.token('environment')}/intro`,
      `${origin}/git/${course.token('git', 'group-a')}/intro`,
      `${origin}/git/${'A'.repeat(32)}/intro`,
      `${origin}/git/${course.token()}x/intro`,
      `${origin}/git/x/nowhere`,
    ];
    const answers = await Promise.all(
      wrong.flatMap((address) => [send(address + REFS), ask(address, { wants: [tip] })]),
    );
    const unknown = answers[0]!;
    expect(unknown.status).toBe(404);
    for (const { status, body, headers } of answers) {
      expect([status, body.toString()]).toEqual([404, unknown.body.toString()]);
      expect({ ...headers, date: '' }).toEqual({ ...unknown.headers, date: '' });
    }
  });

  it('is worthless once it is revoked, also for a server that runs; a new one opens', async () => {
    const course = await new GitCourse().write(files).start();
    const before = course.address;
    expect((await send(before + REFS)).status).toBe(200);
    revokeTokens(course.data, courseIdOf('intro'));
    expect((await send(before + REFS)).status).toBe(404);
    expect(course.address).not.toBe(before);
    expect((await send(course.address + REFS)).status).toBe(200);
  });

  it('stands in no log, no metric and no page', async () => {
    const course = await new GitCourse().write(files).start();
    const token = course.token();
    const html = { accept: 'text/html' };
    const answers = [
      await send(course.address + REFS),
      await send(`${course.address}/HEAD`, { headers: html }),
      await send(`${course.address}/HEAD`),
      await send(`${course.address}/info/refs`, { method: 'DELETE', headers: html }),
      await send(`${course.origin}/git/${token}`, { headers: html }),
      await send(`${course.origin}/git/${token}/%zz/info/refs`, { headers: html }),
      await ask(course.address, Buffer.from('zzzz')),
      await ask(course.address, { wants: [STRANGER] }),
      await send(`${course.origin}/metrics`),
    ];
    for (const { body, headers } of answers) expect(body.toString() + JSON.stringify(headers)).not.toContain(token);
    expect(course.logLines.join('\n')).not.toContain(token);
  });
});

it('answers as git expects it: types, nothing kept by what lies between, HEAD without a body', async () => {
  const course = await new GitCourse().write(files).start();
  const refs = await send(course.address + REFS);
  expect(refs.headers).toMatchObject({
    'content-type': 'application/x-git-upload-pack-advertisement',
    'cache-control': 'no-cache, max-age=0, must-revalidate',
    pragma: 'no-cache',
    expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  });
  const head = await send(course.address + REFS, { method: 'HEAD' });
  expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(refs.body.length)]);
  const pack = await ask(course.address, { wants: [await tipOf(course)] });
  expect(pack.headers['content-type']).toBe('application/x-git-upload-pack-result');
  const nothing = await ask(course.address, Buffer.from(FLUSH));
  expect([nothing.status, nothing.body.length]).toEqual([200, 0]);
});
