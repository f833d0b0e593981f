/** The ZIP of a course is a source like any other: another server takes it, and asks by its tag whether it is the same. */
import { expect, it } from 'vitest';
import { GitCourse, git } from './support.ts';
import { send } from './raw.ts';

it('serves another f2git as its source, file by file, and is downloaded again only when it changed', async () => {
  const first = await new GitCourse()
    .write({ 'README.md': 'Welcome\n', 'week1/Übung ä.txt': 'x\n', 'run.sh': '1\n' })
    .start();
  const archive = `${first.origin}/zip/intro.zip`;
  const second = new GitCourse();
  await second.start('    allow_private_addresses: true', `zip+${archive}`);
  const trees = async (): Promise<readonly string[]> => {
    await git(second.root, 'ls-remote', '-q', second.address);
    return Promise.all([first, second].map(({ gitDir }) => git(gitDir, 'rev-parse', 'main^{tree}')));
  };
  const [one, other] = await trees();
  expect(other).toBe(one);
  await trees();
  const metrics = (await send(`${first.origin}/metrics`)).body.toString();
  expect(metrics).toMatch(/f2git_requests_total\{route="zip",status="3xx"\} [1-9]/);
  first.write({ 'README.md': 'Welcome back\n' });
  const [changed, followed] = await trees();
  expect(changed).not.toBe(one);
  expect(followed).toBe(changed);
});

it('has a strong tag that is the commit, and tells it to who only asks', async () => {
  const course = await new GitCourse().write({ 'README.md': 'Welcome\n' }).start();
  const archive = `${course.origin}/zip/intro.zip`;
  const whole = await send(archive);
  const tag = String(whole.headers['etag']);
  expect(tag).toBe(`"${await git(course.gitDir, 'rev-parse', 'main')}"`);
  const head = await send(archive, { method: 'HEAD' });
  expect([head.status, head.headers['etag'], head.body.length]).toEqual([200, tag, 0]);
  expect(head.headers['content-length']).toBe(String(whole.body.length));
  expect((await send(archive, { headers: { 'if-none-match': tag } })).status).toBe(304);
  expect((await send(archive)).body.equals(whole.body)).toBe(true);
});
