/** A course behind rclone, met by the built program as students, lecturers and administrators use it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliPath, f2git, startServer } from '../e2e/support.ts';
import { whyNoRclone } from '../sources/rclone/course.ts';
import { actionsOf, expectRefusal, runJson, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];
const missing = whyNoRclone();

/** A remote that leads to the folder `storage`, and one that asks for a password nobody gave. */
const remotes = (): string => `[uni]\ntype = alias\nremote = ${join(folder, 'storage')}\n`;

/** `remotes` of nothing much, as `rclone config` encrypts it with "geheim-4711". */
const ENCRYPTED =
  '# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n' +
  'IY4vKQ7vjK+isJHXnrlEEzrQRDsiA9GiuYXYpUSAL8vNkLbb1a2gWH4im8uMCYm2CveSN44EeoTKjA==\n';

let env: NodeJS.ProcessEnv;

const put = (path: string, content: string): void => {
  mkdirSync(dirname(join(folder, 'storage', path)), { recursive: true });
  writeFileSync(join(folder, 'storage', path), content);
};
const text = (path: string): string => readFileSync(join(folder, 'w', path), 'utf8');

beforeEach(() => {
  writeFileSync(join(folder, 'rclone.conf'), remotes());
  env = { RCLONE_CONFIG: join(folder, 'rclone.conf') };
  put('intro/README.md', 'Welcome\n');
  put('intro/Week 1/lab.py', LAB.join('\n'));
  put('intro/Week 1/data.csv', '1,2\n');
});

afterEach(() => {
  for (const name of ['w', 'storage', 'data', 'homes', 'f2git.yaml', 'rclone.conf', 'program', 'pid'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

describe.skipIf(missing !== undefined)(`rclone:remote:path${missing === undefined ? '' : ` (${missing})`}`, () => {
  it('is pulled, changed on both sides, and merged', async () => {
    const first = await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env });
    const brought = ['README.md', 'Week 1/data.csv', 'Week 1/lab.py'];
    expect(actionsOf(first)).toEqual(Object.fromEntries(brought.map((path) => [path, 'added'])));
    expect(first.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });

    writeFileSync(join(folder, 'w/Week 1/lab.py'), LAB.join('\n').replace('one = 1', 'one = "mine"'));
    put('intro/Week 1/lab.py', LAB.join('\n').replace('five = 5', 'five = "new"'));
    rmSync(join(folder, 'storage/intro/README.md'));
    const second = await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env });
    expect(actionsOf(second)).toEqual({ 'README.md': 'removed', 'Week 1/lab.py': 'merged' });
    expect(text('Week 1/lab.py')).toBe(
      LAB.join('\n').replace('one = 1', 'one = "mine"').replace('five = 5', 'five = "new"'),
    );
    expect(await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env })).toMatchObject({ outcome: 'unchanged' });
  });

  it('takes nothing from a student because a folder is empty', async () => {
    // what goes at once stays below half of the course
    for (const name of ['a', 'b', 'c']) put(`intro/${name}.txt`, name);
    await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env });
    rmSync(join(folder, 'storage/intro/Week 1/lab.py'));
    rmSync(join(folder, 'storage/intro/Week 1/data.csv'));
    expect(actionsOf(await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env }))).toEqual({});
    expect(text('Week 1/lab.py')).toBe(LAB.join('\n'));
    rmSync(join(folder, 'storage/intro/Week 1'), { recursive: true });
    put('intro/Week 2/lab.py', 'new\n');
    expect(actionsOf(await runJson(folder, ['pull', 'rclone:uni:intro', 'w'], { env }))).toMatchObject({
      'Week 1/data.csv': 'removed',
      'Week 2/lab.py': 'added',
    });
  });

  it.each([
    ['elsewhere', 'source-not-configured', /no remote of this name/],
    ['locked', 'source-not-configured', /password of its configuration/],
  ] as const)('is refused of the remote "%s", in words that say what to do', async (remote, code, says) => {
    if (remote === 'locked') writeFileSync(join(folder, 'rclone.conf'), ENCRYPTED);
    await expectRefusal(folder, ['pull', `rclone:${remote}:intro`, 'w'], { code, says, secret: 'geheim', env });
  });

  it('reaches the students of a server, and is checked in words an administrator can act on', async () => {
    // the configuration of rclone lies beside that of f2git
    const source = `{ type: rclone, remote: uni, path: intro, config: rclone.conf }`;
    const config = `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  intro:\n    source: ${source}\n    freshness: 0s\n`;
    const server = await startServer(folder, config);
    try {
      const link = `${server.address}go/intro?user=anna`;
      expect(Object.keys(actionsOf(await runJson(folder, ['pull', link, 'w']))).length).toBe(3);
      put('intro/README.md', 'Welcome again\n');
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({ 'README.md': 'updated' });
    } finally {
      await server.stop();
    }
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/^ok {2}intro: rclone \d+\.\d+\S* answers$/m);
    expect(stdout).toMatch(/^ok {2}intro: changes show in date and size/m);
  });
});

const guard = ['/usr/bin/setpriv', '/bin/setpriv'].some((path) => existsSync(path)) ? undefined : 'no setpriv here';
it.skipIf(guard !== undefined)(
  `leaves no child behind when it is killed${guard === undefined ? '' : ` (${guard})`}`,
  async () => {
    const pidFile = join(folder, 'pid');
    mkdirSync(join(folder, 'program'));
    const script = `#!/bin/sh\necho $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600\n`;
    writeFileSync(join(folder, 'program/rclone'), script, { mode: 0o755 });
    const PATH = `${join(folder, 'program')}:${process.env['PATH'] ?? ''}`;
    const child = spawn(process.execPath, [cliPath, 'pull', 'rclone:uni:intro', 'w'], {
      cwd: folder,
      env: { ...process.env, ...env, PATH },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (!existsSync(pidFile)) await wait(10);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await ended;
    while (isAlive(pid)) await wait(10);
  },
);

/** A process nobody has buried yet runs no more. */
function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/stat`;
  return existsSync(status) && !/\) [ZX] /.test(readFileSync(status, 'utf8'));
}
