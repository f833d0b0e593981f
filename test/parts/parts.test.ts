/** The server in three parts: what each may do, and that the end of any of them loses nothing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { processesOf, statusOf } from '../agent/support/processes.ts';
import { mayMakeAccounts, removeAccounts } from '../agent/support/students.ts';
import { run, type Ended } from '../git/support.ts';
import { until } from '../server/harness.ts';
import { configOf, openPartsStage, type PartsStage, type ServedInParts } from './support.ts';

let stage: PartsStage;
let server: ServedInParts | undefined;

beforeAll(async () => {
  if (mayMakeAccounts) stage = await openPartsStage();
});

afterAll(async () => {
  if (!mayMakeAccounts) return;
  stage.remove();
  await removeAccounts();
});

beforeEach(() => {
  if (!mayMakeAccounts) return;
  for (const folder of ['course', 'state']) fs.rmSync(join(stage.root, folder), { recursive: true, force: true });
  fs.rmSync(join(stage.anna.home, 'intro'), { recursive: true, force: true });
  stage.put({ 'README.md': 'Welcome\n' });
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const inCourse = (path: string): string => join(stage.anna.home, 'intro', path);
const uidOf = (name: string): number => Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));

/** What `test(1)` says of a path for somebody else. */
function may(name: string, right: '-r' | '-w' | '-x', path: string): boolean {
  const rights = ['--reuid', name, '--regid', name, '--init-groups', '--'];
  return spawnSync('setpriv', [...rights, 'test', right, path]).status === 0;
}

/** The first that comes back on a new connection. */
function exchange(port: number, host: string, said: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(said));
    socket.on('error', reject).once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString());
    });
  });
}

/** Whether somebody may connect to a socket. */
function reaches(name: string, path: string): boolean {
  const script = `require('net').connect(${JSON.stringify(path)}, () => process.exit(0)).on('error', () => process.exit(1))`;
  const rights = ['--reuid', name, '--regid', name, '--init-groups', '--'];
  return spawnSync('setpriv', [...rights, process.execPath, '-e', script], { cwd: '/' }).status === 0;
}

describe.skipIf(!mayMakeAccounts)('a server in three parts (needs root)', () => {
  test('brings the course; the files are the student’s, the data are the keeper’s alone', async () => {
    server = await stage.serve();
    expect(await server.delivered()).toMatchObject({ outcome: 'updated', workspace: join(stage.anna.home, 'intro') });
    for (const path of ['', 'README.md', '.f2git']) expect(fs.statSync(inCourse(path)).uid).toBe(stage.anna.uid);
    const data = join(stage.root, 'state/data');
    expect([fs.statSync(data).uid, fs.statSync(data).mode & 0o777]).toEqual([uidOf(stage.keeper), 0o700]);
    const { status, said } = await stage.run('sync', 'intro');
    expect([status, said]).toEqual([0, expect.any(String)]);
    const foreign = execFileSync('find', [data, '!', '-user', stage.keeper], { encoding: 'utf8' });
    expect(foreign).toBe('');
  });

  test('check, as root, finds nothing wrong before the first start, and says so after it', async () => {
    const { keeper, front, root } = stage;
    const config = configOf(stage, '', 'none');
    fs.writeFileSync(join(root, 'f2git.yaml'), config, { mode: 0o600 });
    const fine = [
      `ok  user, front_user: Credentials and data are kept by “${keeper}”, browsers are answered by “${front}”.`,
      `ok  ${root}/state/data: fine`,
      `ok  ${root}/homes: fine`,
    ];
    const before = await stage.run('check');
    expect([before.status, before.said.split('\n')]).toEqual([0, expect.arrayContaining(fine) as unknown]);
    expect(fs.existsSync(join(root, 'state'))).toBe(false);
    server = await stage.serve();
    const after = await stage.run('check');
    expect([after.status, after.said.split('\n')]).toEqual([0, expect.arrayContaining(fine) as unknown]);
    fs.writeFileSync(join(root, 'f2git.yaml'), config.replace(`${root}/homes/`, '/no/such/homes/'), { mode: 0o600 });
    const elsewhere = await stage.run('check');
    expect([elsewhere.status, elsewhere.said]).toEqual([0, expect.stringContaining('??  /no/such/homes: There is no')]);
  });

  test('git clients get the course through the front, and what is new with the next pull', async () => {
    server = await stage.serve();
    stage.put({ 'big.bin': randomBytes(2 << 20) });
    const { said } = await stage.run('link', 'intro', '--json');
    const { pathname } = new URL((JSON.parse(said) as { readonly git: string }).git);
    const clone = join(stage.root, 'clone');
    const git = (...words: readonly string[]): Promise<Ended> => run('git', words, { cwd: stage.root });
    expect(await git('clone', '-q', `${server.origin}${pathname}`, clone)).toMatchObject({ status: 0 });
    stage.put({ 'README.md': 'Welcome back\n' });
    expect(await git('-C', clone, 'pull', '-q')).toMatchObject({ status: 0 });
    expect(fs.readFileSync(join(clone, 'README.md'), 'utf8')).toBe('Welcome back\n');
    fs.rmSync(clone, { recursive: true });
    expect(server.said()).not.toContain(pathname.split('/')[2]);
    const foreign = execFileSync('find', [join(stage.root, 'state/data'), '!', '-user', stage.keeper], {
      encoding: 'utf8',
    });
    expect(foreign).toBe('');
  });

  test('A27: no part holds more than its own', async () => {
    server = await stage.serve('    credentials: { user: f2git, password_env: COURSE_PASSWORD }', {
      COURSE_PASSWORD: 'canary-of-the-course',
    });
    await server.delivered();
    const [supervisor, keeper, front] = await Promise.all([
      server.pidOf('supervisor'),
      server.pidOf('keeper'),
      server.pidOf('front'),
    ]);
    for (const [pid, name] of [
      [keeper, stage.keeper],
      [front, stage.front],
    ] as const) {
      const uid = uidOf(name);
      expect(statusOf(pid)).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'));
      expect(statusOf(pid)).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(statusOf(pid)).toMatch(/^CapBnd:\s+0+$/m);
      expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('canary');
    }
    expect(fs.readFileSync(`/proc/${front}/environ`, 'utf8')).not.toContain('canary');
    // the words by which parts know each other have 43 letters
    for (const pid of [keeper, front])
      for (const file of ['environ', 'cmdline'])
        expect(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8')).not.toMatch(/[\w-]{43}/);

    const data = join(stage.root, 'state/data');
    const home = stage.anna.home;
    const rights = (name: string): readonly boolean[] => [
      may(name, '-x', data),
      may(name, '-x', home),
      may(name, '-w', home),
    ];
    expect({ keeper: rights(stage.keeper), front: rights(stage.front), anna: rights(stage.anna.name) }).toEqual({
      keeper: [true, false, false],
      front: [false, false, false],
      anna: [false, true, true],
    });

    const [folder = ''] = fs.readdirSync('/run').filter((name) => name.startsWith(`f2git-${supervisor}-`));
    const doors = ['keeper', 'launcher'].map((name) => join('/run', folder, name, 'socket'));
    const reached = (name: string): readonly boolean[] => doors.map((door) => reaches(name, door));
    expect({ keeper: reached(stage.keeper), front: reached(stage.front), anna: reached(stage.anna.name) }).toEqual({
      keeper: [true, true],
      front: [true, false],
      anna: [false, false],
    });
  });

  test('A30: nobody says of themselves who they are', async () => {
    server = await stage.serve();
    const person = { name: 'root', groups: [], isAdmin: true };
    const visitor = Buffer.from(JSON.stringify({ person, mayWatch: true })).toString('base64url');
    const path = `/api/runs?user=${stage.anna.name}`;
    const headers = { 'x-f2git-visitor': visitor, accept: 'application/json', 'content-type': 'application/json' };
    const answer = await fetch(`${server.origin}${path}`, { method: 'POST', headers, body: '{"course":"intro"}' });
    const { run } = (await answer.json()) as { readonly run: string };
    expect(await server.ended(run)).toMatchObject({ workspace: join(stage.anna.home, 'intro') });
  });

  /** What comes back for `said` on a socket of the parts, as an account that stands in the group of one of them. */
  function answerOn(door: 'keeper' | 'launcher', group: string, said: string): string {
    const [folder = ''] = fs.readdirSync('/run').filter((name) => name.startsWith(`f2git-${server?.pid ?? ''}-`));
    const path = join('/run', folder, door, 'socket');
    const script = `const s = require('net').connect(${JSON.stringify(path)}, () => s.write(${JSON.stringify(said)}));
      s.on('error', (error) => { throw error; }).once('data', (bytes) => { process.stdout.write(bytes); s.destroy(); })
      .once('close', () => process.exit(0));`;
    const rights = ['--reuid', stage.anna.name, '--regid', group, '--clear-groups', '--'];
    const { stdout, stderr } = spawnSync('setpriv', [...rights, process.execPath, '-e', script], {
      cwd: '/',
      encoding: 'utf8',
    });
    return stdout + stderr;
  }

  test('A30: members of the keeper’s group get no process from the launcher', async () => {
    server = await stage.serve();
    for (const word of [undefined, '', 'guessed', 'x'.repeat(43)]) {
      const said = `${JSON.stringify({ user: stage.anna.name, word })}\n`;
      expect([word, answerOn('launcher', stage.keeper, said)]).toEqual([word, '']);
    }
    const { said } = server;
    await until(() => (said().includes('stranger at the launcher') ? true : undefined));
    expect(await server.delivered()).toMatchObject({ outcome: 'updated' });
  });

  test('A30: members of the front’s group are not believed by the keeper', async () => {
    server = await stage.serve();
    const person = { name: stage.anna.name, groups: [], isAdmin: true };
    const visitor = Buffer.from(JSON.stringify({ person, mayWatch: true })).toString('base64url');
    for (const word of ['', 'x-f2git-front: \r\n', `x-f2git-front: ${'x'.repeat(43)}\r\n`])
      for (const path of ['health', 'metrics', 'go/intro', 'api/courses']) {
        const said = `GET /${path} HTTP/1.1\r\nHost: x\r\nx-f2git-visitor: ${visitor}\r\n${word}Connection: close\r\n\r\n`;
        expect([path, word, answerOn('keeper', stage.front, said)]).toEqual([
          path,
          word,
          expect.stringMatching(/^HTTP\/1.1 403 .*content-length: 0\r\n/is) as string,
        ]);
      }
  });

  test('A30: only a form or a program’s question has a body; nothing else of a request reaches the keeper', async () => {
    server = await stage.serve();
    const { hostname, port } = new URL(server.origin);
    const inner = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const [method, headers, body] of [
      ['GET', `Content-Length: ${inner.length}`, inner],
      ['HEAD', `Content-Length: ${inner.length}`, inner],
      ['DELETE', `Content-Length: ${inner.length}`, inner],
      ['GET', 'Transfer-Encoding: chunked', `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`],
    ] as const) {
      const answer = await exchange(
        Number(port),
        hostname,
        `${method} /health HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`,
      );
      expect([method, answer]).toEqual([method, expect.stringMatching(/^HTTP\/1.1 400 /) as string]);
    }
    expect(await exchange(Number(port), hostname, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 /,
    );
  });

  test('an account that is a service’s own gets nothing, whoever asks for it', async () => {
    server = await stage.serve();
    for (const name of ['root', 'daemon', stage.keeper, stage.front]) {
      const answer = await fetch(`${server.origin}/api/runs?user=${name}`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: '{"course":"intro"}',
      });
      const { run } = (await answer.json()) as { readonly run: string };
      const failed = await until(async () => {
        const document = await fetch(`${server?.origin ?? ''}/api/runs/${run}?user=${name}`, {
          headers: { accept: 'application/json' },
        });
        const { state, error } = (await document.json()) as { state?: string; error?: { code: string } };
        return state === 'failed' ? error : undefined;
      });
      expect([name, failed]).toMatchObject([name, { code: 'account-refused' }]);
    }
  });

  test.each(['keeper', 'front', 'agent'] as const)(
    'the %s is killed in the middle of a run: nothing is lost',
    async (part) => {
      const files = (round: number) =>
        Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`f${n}.txt`, `${round}\n`.repeat(100)]));
      stage.put(files(1));
      server = await stage.serve();
      await server.delivered();
      fs.writeFileSync(inCourse('f7.txt'), 'mine\n');
      stage.put(files(2));
      const run = await server.click();
      const [agent = 0] = await until(() => {
        const pids = processesOf(stage.anna);
        return pids.length > 0 ? pids : undefined;
      });
      process.kill(part === 'agent' ? agent : await server.pidOf(part), 'SIGKILL');
      await server.ended(run);
      const document = await server.delivered();
      expect(document).toMatchObject({ outcome: expect.stringMatching(/updated|unchanged/) as string });
      expect(fs.readFileSync(inCourse('f7.txt'), 'utf8')).toBe('mine\n');
      for (let n = 0; n < 200; n++)
        if (n !== 7) expect(fs.readFileSync(inCourse(`f${n}.txt`), 'utf8')).toBe('2\n'.repeat(100));
      expect(fs.existsSync(inCourse('.f2git/stage'))).toBe(false);
      await server.stop();
      expect(processesOf(stage.anna)).toEqual([]);
    },
  );

  test('the supervisor is killed in the middle of a run: everything ends with it, the next start goes on', async () => {
    stage.put(Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`f${n}.txt`, 'one\n'.repeat(100)])));
    server = await stage.serve();
    await server.click();
    await until(() => (processesOf(stage.anna).length > 0 ? true : undefined));
    const pids = await Promise.all([server.pidOf('keeper'), server.pidOf('front')]);
    process.kill(await server.pidOf('supervisor'), 'SIGKILL');
    await until(() => ([...pids, ...processesOf(stage.anna)].every((pid) => statusOf(pid) === '') ? true : undefined));
    server = await stage.serve();
    await server.delivered();
    expect(fs.readFileSync(inCourse('f199.txt'), 'utf8')).toBe('one\n'.repeat(100));
  });

  test('a part that ends again and again ends the server, with a word', async () => {
    server = await stage.serve();
    for (let n = 0; n < 6; n++) {
      const pid = await server.pidOf('front');
      process.kill(pid, 'SIGKILL');
      await until(() => (statusOf(pid) === '' ? true : undefined));
    }
    expect(await server.exit).toBe(1);
    expect(server.said()).toContain('A part of f2git broke off');
  });

  test('without accounts of its own, or with one for both, it does not start', async () => {
    const start = async (keeper: string, front: string): Promise<readonly [number | null, string]> => {
      const config = `{ listen: 127.0.0.1:0, homes: ${stage.root}/homes/{user}, auth: none, user: ${keeper}, front_user: ${front}, courses: { intro: { source: ./course } } }`;
      fs.writeFileSync(
        join(stage.root, 'f2git.yaml'),
        config.replace('/{user},', "/{user}',").replace('homes: ', "homes: '"),
      );
      const { status, said } = await stage.run('serve');
      return [status, said];
    };
    expect(await start('f2git-is-not-here', stage.front)).toEqual([
      2,
      expect.stringContaining(
        'there is no account "f2git-is-not-here"; make it with: useradd --system f2git-is-not-here',
      ),
    ]);
    expect(await start(stage.keeper, stage.keeper)).toEqual([2, expect.stringContaining('front_user')]);
    expect(await start('root', stage.front)).toEqual([2, expect.stringContaining('"root" has the rights of root')]);
  });
});
