/** What the adapter makes of a program that misbehaves: a script under the name of rclone says what it is told to. */
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { openRclone } from '../../../src/sources/rclone/session.ts';
import type { Credentials, Listing, SourceSession } from '../../../src/sources/source.ts';
import { failureOf, pathsOf } from '../bench.ts';

const SECRET = 'geheim-4711';
const FEATURES = '{"Hashes":["md5","quickxor"],"Features":{"SlowHash":false,"SlowModTime":true}}';

let folder: string;
const sessions: SourceSession[] = [];

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'f2git-program-'));
});

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  await fs.rm(folder, { recursive: true, force: true });
});

/** Puts a program there that answers `lsjson` by `list`, a piece of shell. */
async function program(list: string, features = `echo '${FEATURES}'`): Promise<void> {
  const script = `#!/bin/sh\ncase "$1" in\nconfig) echo '{}';;\nbackend) ${features};;\nlsjson) ${list};;\n*) exit 2;;\nesac\n`;
  await fs.writeFile(join(folder, 'rclone'), script, { mode: 0o755 });
}

function open(own: Readonly<Record<string, string>> = {}, credentials: Credentials = {}): SourceSession {
  const http = createHttp({ allowPrivateAddresses: false, allowedOrigins: [] });
  const context = { http, now: () => new Date(), credentials, cacheDir: join(folder, 'cache') };
  const config = { remote: 'uni', path: 'kurs' };
  const session = openRclone(config, context, { PATH: `${folder}:/usr/bin:/bin`, ...own });
  sessions.push(session);
  return session;
}

async function listed(session: SourceSession = open()): Promise<Listing> {
  const listing = await session.list(new AbortController().signal);
  if (listing.kind !== 'listing') throw new Error('this adapter always lists');
  return listing;
}

const item = (path: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ Path: path, Name: path, Size: 1, ModTime: '2024-01-01T00:00:00Z', IsDir: false, ...more });

/** Shell that prints `text` as it is. */
const say = (text: string): string => `cat <<'END'\n${text}\nEND\n`;
const complain = (message: string, object: string): string =>
  `cat >&2 <<'END'\n${JSON.stringify({ level: 'error', msg: message, object })}\nEND\n`;

describe('a list', () => {
  it('that was left open proves nothing, whatever the program ends with', async () => {
    for (const exit of [0, 1]) {
      await program(
        `${say(`[\n${item('a.txt')},\n${item('b.txt')}`)} ${complain('error listing: 403 Forbidden', 'w')} exit ${exit}`,
      );
      const listing = await listed();
      expect(pathsOf(listing)).toEqual(['a.txt', 'b.txt']);
      expect(listing.complete).toBe(false);
    }
  });

  describe('with folders that could not be read', () => {
    const folders = `${complain('error listing: 403 Forbidden', 'w')} ${complain('error listing: 500 X', 'v/x')}`;
    const listedWith = async (items: string, complaints: string, last: string) => {
      const plain = `echo '2026/11/23 05:11:09 ${last}' >&2;`;
      const notice = `cat >&2 <<'END'\n${JSON.stringify({ level: 'notice', msg: last })}\nEND\n`;
      const answers = [];
      for (const end of [plain, notice]) {
        await program(`${say(`[\n${items}`)} ${complaints} ${end} exit 1`);
        const { complete, problems } = await listed();
        expect(problems.map(({ segments }) => segments.join('/'))).toEqual(['w', 'v/x']);
        answers.push(complete);
      }
      return answers;
    };

    it('is complete but for them, where the program counted as many', async () => {
      const last = 'Failed to lsjson with 3 errors: last error was: 500 X';
      expect(await listedWith(item('a.txt'), folders, last)).toEqual([true, true]);
    });

    it.each([
      ['another count', item('a.txt'), folders, 'Failed to lsjson with 4 errors: last error was: 500 X'],
      ['no count', item('a.txt'), folders, 'Failed to lsjson: 500 X'],
      ['half an item', '{"Path":"b.t', folders, 'Failed to lsjson with 3 errors: last error was: 500 X'],
      [
        'an error of another kind',
        item('a.txt'),
        folders.replace('error listing: 500', 'failed to read: 500'),
        'Failed to lsjson with 3 errors: last error was: 500 X',
      ],
    ])('is not complete with %s', async (_what, items, complaints, last) => {
      expect(await listedWith(items, complaints, last)).toEqual([false, false]);
    });

    it('is not complete where one vanished meanwhile: it may be elsewhere', async () => {
      const gone = folders.replace('500 X', 'directory not found');
      const last = 'Failed to lsjson with 3 errors: last error was: directory not found';
      expect(await listedWith(item('a.txt'), gone, last)).toEqual([false, false]);
    });
  });

  it('that ends in the middle of an item is not complete', async () => {
    await program(say(`[\n${item('a.txt')},\n{"Path":"b.t`));
    expect(await listed()).toMatchObject({ entries: [{ segments: ['a.txt'] }], complete: false });
  });

  it('that was closed, by a program that failed, is not complete', async () => {
    await program(`${say(`[\n${item('a.txt')}\n]`)} ${complain('error listing: directory not found', 'w')} exit 3`);
    expect(await listed()).toMatchObject({
      problems: [{ segments: ['w'], code: 'source-changed' }],
      complete: false,
    });
  });

  it('is as good without what cannot be understood, each named', async () => {
    const broken = [item('w/bad.txt', { Size: 'big' }), item('../out.txt'), item('w/./x')];
    const twins = [item('twin', { ID: '1' }), item('twin', { ID: '2' })];
    await program(say(`[\n${[item('a.txt'), ...broken, ...twins].join(',\n')}\n]`));
    const { entries, problems, complete } = await listed();
    expect(entries.map(({ segments }) => segments)).toEqual([['a.txt']]);
    expect(problems.map(({ segments }) => segments.join('/')).sort()).toEqual([
      '../out.txt',
      'twin',
      'w/./x',
      'w/bad.txt',
    ]);
    expect(complete).toBe(true);
  });

  it('with one file twice is not complete: another may be missing for it', async () => {
    for (const id of [{}, { ID: '1' }]) {
      await program(say(`[\n${[item('a.txt'), item('twin', id), item('twin', id)].join(',\n')}\n]`));
      expect(await listed()).toMatchObject({ problems: [{ segments: ['twin'] }], complete: false });
    }
  });

  it('with an item that cannot even be named is not complete', async () => {
    await program(say(`[\n${item('a.txt')},\n{"Size":1}\n]`));
    expect((await listed()).complete).toBe(false);
  });

  it('says by digest, else by date, else by nothing what is new', async () => {
    const files = [
      item('digest', { Hashes: { md5: 'AA' }, ModTime: '2025-01-01T00:00:00Z' }),
      item('date'),
      item('nothing', { ModTime: '2000-01-01T00:00:00.000000000Z' }),
      item('unsized', { Size: -1 }),
    ];
    await program(say(`[\n${files.join(',\n')}\n]`));
    const stamps = async () => Object.fromEntries((await listed()).entries.map(({ id, stamp }) => [id, stamp]));
    const [one, two] = [await stamps(), await stamps()];
    expect(one).toMatchObject({ digest: '["digest","aa",1]', date: '["date","2024-01-01T00:00:00Z",1,""]' });
    expect(two['unsized']).toBe(one['unsized']);
    expect(two['nothing']).not.toBe(one['nothing']);
  });

  it.each([
    ['Failed to lsjson: NewFs: 401 Unauthorized', 1, 'source-login'],
    [
      'couldn\'t fetch token - maybe it has expired? - refresh with "rclone config reconnect": invalid_grant',
      1,
      'source-login',
    ],
    ['AccessDenied: Access Denied\n\tstatus code: 403, request id: 429', 1, 'source-forbidden'],
    ['googleapi: Error 429: Too Many Requests', 1, 'source-throttled'],
    ['Propfind "http://h/401/": dial tcp 10.0.0.1:403: connect: connection refused', 5, 'source-unreachable'],
    ['dial tcp: lookup nowhere.example on 127.0.0.53:53: no such host', 5, 'source-host-unknown'],
    ['directory not found', 3, 'source-not-found'],
    ['something nobody thought of', 3, 'source-not-found'],
    ['something nobody thought of', 7, 'source-unreachable'],
    ["couldn't connect to ssh-agent: SSH_AUTH_SOCK not-specified", 1, 'source-not-configured'],
    ['Error: unknown flag: --cutoff-mode', 2, 'source-not-configured'],
    ["didn't find section in config file", 1, 'source-not-configured'],
  ])('fails with %j as what it means', async (message, exit, code) => {
    await program(`echo '['; ${complain(message, '')} exit ${exit}`);
    const error = await failureOf(listed());
    expect([error.code, error.params['address']]).toEqual([code, 'rclone:uni:kurs']);
  });
});

describe('the program', () => {
  it('that is not there is named', async () => {
    const error = await failureOf(listed(open({ PATH: folder })));
    expect(error).toMatchObject({ code: 'source-program-missing', params: { program: 'rclone' } });
  });

  it('gets its own secrets, none of ours, and none in its arguments', async () => {
    const seen = join(folder, 'seen');
    await program(`env > ${seen}; echo "$@" >> ${seen}.args; echo '[]'`);
    const own = { F2GIT_TOKEN: SECRET, AWS_SECRET: SECRET, RCLONE_VERBOSE: '2', RCLONE_CONFIG_UNI_PASS: 'its-own' };
    await listed(open(own, { password: new Secret('of the configuration') }));
    const environment = await fs.readFile(seen, 'utf8');
    expect(environment).toContain('RCLONE_CONFIG_UNI_PASS=its-own');
    expect(environment).toContain('RCLONE_CONFIG_PASS=of the configuration');
    expect(environment).not.toMatch(/geheim|F2GIT|AWS|VERBOSE/);
    expect(await fs.readFile(`${seen}.args`, 'utf8')).not.toMatch(/its-own|of the configuration/);
  });

  it('takes no user name and no token', () => {
    expect(() => open({}, { user: 'lehre' })).toThrow('credentials-invalid');
    expect(() => open({}, { token: new Secret(SECRET) })).toThrow('credentials-invalid');
  });

  it('may say secrets: nobody sees them', async () => {
    const message = `Get "https://lehre:${SECRET}@h/?token=${SECRET}": ${SECRET} 403 Forbidden`;
    await program(`echo '['; ${complain(message, 'w')} ${complain(message, '')} exit 1`);
    const error = await failureOf(listed());
    expect(error.code).toBe('source-forbidden');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET);
  });

  it('that describes its remote strangely is not used', async () => {
    await program('exit 0', 'echo nonsense');
    expect((await failureOf(listed())).code).toBe('source-invalid');
  });

  it('is ended when the server refuses the sign-in or wants a pause, and asks nothing more', async () => {
    for (const [says, code] of [
      ['401 Unauthorized', 'source-login'],
      ['429 Too Many Requests', 'source-throttled'],
    ] as const) {
      const complaints = Array.from({ length: 8 }, (_, at) => complain(`error listing: ${says}`, `w${at}`)).join(' ');
      await program(`echo '['; ${complaints} while :; do sleep 0.05; done`);
      expect((await failureOf(listed())).code).toBe(code);
    }
  });

  it('that does not want to end is ended by a cancellation, and by closing', async () => {
    const pidFile = join(folder, 'pid');
    for (const ending of ['abort', 'close'] as const) {
      await program(`trap '' TERM; echo $$ > ${pidFile}; echo '['; while :; do sleep 0.05; done`);
      const controller = new AbortController();
      const session = open();
      const failure = failureOf(session.list(controller.signal));
      const pid = await pidIn(pidFile);
      if (ending === 'abort') controller.abort();
      else await session.close();
      expect((await failure).code).toBe('cancelled');
      expect(isAlive(pid)).toBe(false);
      await fs.rm(pidFile);
    }
  });
});

async function pidIn(path: string): Promise<number> {
  while (!existsSync(path) || (await fs.readFile(path, 'utf8')) === '') await wait(5);
  return Number(await fs.readFile(path, 'utf8'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process: that is the answer.
    return false;
  }
}
