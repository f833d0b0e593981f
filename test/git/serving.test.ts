/** Git clients that are slow, gone, many or far behind, and a repository that changes or breaks under them. */
import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { createGitServer } from '../../src/git/git-server.ts';
import { FakeCourse, git as plainGit, openCourse, temporaryFolder } from '../repo/support/course.ts';
import { courseId, gate, offerOf, startTestServer } from '../server/harness.ts';
import { bodyOf, readAnswer, send } from './raw.ts';
import { GitCourse, git, run } from './support.ts';

const REFS = '/info/refs?service=git-upload-pack';

describe('a client', () => {
  it('that has hundreds of commits of its own gets what is new', async () => {
    const course = await new GitCourse().write({ 'README.md': 'one\n' }).start();
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', '--depth', '1', course.address, clone);
    const commits = Array.from({ length: 300 }, (_, n) =>
      [
        `commit refs/heads/main`,
        `committer Ada <ada@example.org> ${1_800_000_000 + n} +0000`,
        'data 1',
        'x',
        ...(n === 0 ? ['from refs/heads/main^0'] : []),
        '',
      ].join('\n'),
    );
    writeFileSync(course.path('stream'), commits.join('\n'));
    await run('sh', ['-c', `git fast-import --quiet < ${course.path('stream')}`], { cwd: clone });
    expect(Number(await git(clone, 'rev-list', '--count', 'HEAD'))).toBe(301);
    course.write({ 'README.md': 'two\n' });
    for (const version of [0, 2]) {
      await git(clone, '-c', `protocol.version=${version}`, 'fetch', '-q');
      expect(await git(clone, 'show', 'origin/main:README.md')).toBe('two');
    }
    await git(clone, 'fsck', '--strict', '--full');
  });

  it('that leaves in the middle takes nobody’s turn', async () => {
    const course = await new GitCourse().write({ 'big.bin': randomBytes(8 << 20) }).start();
    const tip = (await git(course.root, 'ls-remote', course.address, 'HEAD')).slice(0, 40);
    const body = bodyOf({ wants: [tip], capabilities: ['side-band-64k'] });
    // more than are served at once
    for (let round = 0; round < 2; round++)
      await Promise.all(Array.from({ length: 50 }, () => leaveEarly(course.address, body)));
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.address, clone);
    expect(readFileSync(join(clone, 'big.bin')).equals(readFileSync(course.path('course/big.bin')))).toBe(true);
    expect(course.logLines.filter((line) => line.includes('"error"'))).toEqual([]);
  });
});

function leaveEarly(address: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${address}/git-upload-pack`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-git-upload-pack-request' },
      agent: false,
    });
    request.on('response', (response) => {
      response.once('data', () => {
        request.destroy();
        resolve();
      });
      response.on('error', () => undefined);
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('a repository', () => {
  it('whose packs are consolidated while one of them is sent is sent whole', async () => {
    const source = new FakeCourse().set({ 'big.bin': randomBytes(3 << 20), 'other.bin': randomBytes(3 << 20) });
    const opened = openCourse(source);
    const { head } = await opened.refresh();
    const repository = opened.repository.served()!;
    const uploadPack = createGitServer(opened.clock.now).uploadPack(repository);
    const answer = uploadPack.answer(bodyOf({ wants: [head] }), repository, new AbortController().signal);
    const chunks = [(await answer.next()).value!, (await answer.next()).value!, (await answer.next()).value!];
    for (let change = 0; change < 30; change++) {
      source.put('small.txt', `${change}\n`);
      await opened.refresh();
    }
    expect(readdirSync(join(opened.gitDir, 'objects/pack')).length).toBeLessThan(30);
    for await (const chunk of answer) chunks.push(chunk);
    const { pack } = readAnswer(Buffer.concat(chunks));
    const path = join(temporaryFolder(), 'got.pack');
    writeFileSync(path, pack);
    plainGit(temporaryFolder(), 'index-pack', path);
    // the same again, from the packs as they are now
    const later = opened.repository.served()!;
    const again: Uint8Array[] = [];
    for await (const chunk of uploadPack.answer(
      bodyOf({ wants: [later.head.oid] }),
      later,
      new AbortController().signal,
    ))
      again.push(chunk);
    expect(readAnswer(Buffer.concat(again)).pack.length).toBeGreaterThan(6 << 20);
  });

  it('that is damaged says so, and is whole with the next try', async () => {
    const course = await new GitCourse().write({ 'README.md': 'Welcome\n', 'big.bin': randomBytes(300_000) }).start();
    await git(course.root, 'ls-remote', '-q', course.address);
    const packs = join(course.gitDir, 'objects/pack');
    const pack = join(
      packs,
      readdirSync(packs).find((name) => name.endsWith('.pack'))!,
    );
    chmodSync(pack, 0o644);
    writeFileSync(pack, readFileSync(pack).fill(0, 100_000, 100_050));
    await course.restart();
    const first = await run('git', ['clone', '-q', course.address, course.path('first')]);
    expect(first.status).not.toBe(0);
    expect(first.stderr).toContain('the repository is damaged and mends itself');
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.address, clone);
    expect(readFileSync(join(clone, 'big.bin')).equals(readFileSync(course.path('course/big.bin')))).toBe(true);
    await git(clone, 'fsck', '--strict', '--full');
  });
});

describe('a source that does not answer in time', () => {
  it('costs a bounded wait: where nothing was ever read, git is told so in words', async () => {
    const server = await startTestServer({ sourceWaitMs: 40 });
    const slow = gate();
    try {
      server.script.offer = undefined;
      server.script.refresh = async () => {
        await slow.opened;
        return offerOf();
      };
      const token = server.site.capabilities.tokenOf({ purpose: 'git', course: courseId('intro'), audience: 'all' });
      const answer = await send(`${server.origin}/git/${token}/intro${REFS}`, { headers: { 'accept-language': 'de' } });
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toContain('ERR f2git holt diesen Kurs gerade zum ersten Mal');
      // nobody waits any more, and the refresh is not given up
      slow.fail(new F2gitError('source-unreachable'));
    } finally {
      await server.close();
    }
    expect(JSON.stringify(server.logLines)).not.toContain('"bug"');
  });
});
