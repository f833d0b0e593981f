/** What an administrator can get wrong in the configuration: named with its key and line, nothing started or written. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f2git, writeFiles } from '../e2e/support.ts';
import { expectPlainWords, expectRefusal, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
const SECRET = 'hunter2-and-more';

beforeAll(() => {
  writeFiles(folder, {
    'course/a.txt': 'one\n',
    'open-secret': SECRET,
    'empty-secret': '',
    'two-lines': `${SECRET}\nx\n`,
  });
  chmodSync(join(folder, 'open-secret'), 0o644);
  for (const name of ['empty-secret', 'two-lines']) chmodSync(join(folder, name), 0o600);
});
afterAll(place.remove);

const top = 'homes: ./homes/{user}\nauth: none\n';
const course = 'courses:\n  python:\n    source: ./course\n';

function configured(text: string): void {
  writeFileSync(join(folder, 'f2git.yaml'), text);
}

describe('a configuration that is not right', () => {
  it.each<[string, string, RegExp]>([
    ['no YAML', `${top}courses: [`, /\(line 3\): no YAML/],
    ['an empty file', '', /“homes”.*missing/],
    ['a list', '- 1\n', /must be a mapping/],
    ['an unknown key at the top', `${top}coures: {}\n${course}`, /“coures” \(line 3\).*did you mean "courses"/],
    ['an unknown key of a course', `${top}${course}    freshnes: 1s\n`, /“courses\.python\.freshnes” \(line 6\)/],
    [
      'an unknown key of the policy',
      `${top}${course}    policy: { delete_files: restore }\n`,
      /policy\.delete_files” \(line 6\).*did you mean "deleted_files"/,
    ],
    ['an unknown key of the defaults', `defaults: { langage: de }\n${top}${course}`, /“defaults\.langage” \(line 1\)/],
    [
      'an unknown key of the schedule',
      `${top}${course}    release:\n      - { path: "**", form: 2026-11-02 }\n`,
      /“courses\.python\.release\[0\]\.form” \(line 7\)/,
    ],
    [
      'an unknown key of a source',
      `${top}courses:\n  python:\n    source: { type: folder, path: ./course, deep: 1 }\n`,
      /deep/,
    ],
    [
      'a password in the file',
      `${top}${course}    credentials: { user: x, password: ${SECRET} }\n`,
      /password_file or password_env/,
    ],
    ['a number for a text', `${top}${course}    title: 7\n`, /title”.*must be a text/],
    ['a text for a list', `${top}${course}    include: "**"\n`, /include”.*must be a list/],
    ['a word for yes or no', `${top}${course}    allow_private_addresses: maybe\n`, /must be true or false/],
    ['a choice that is none', `${top}${course}    policy: { deleted_files: forget }\n`, /one of restore, respect/],
    ['a duration that is none', `${top}${course}    freshness: soon\n`, /"soon" is no duration; write 15s/],
    ['a duration without end', `${top}${course}    freshness: 999h\n`, /at most 24h/],
    ['a time zone that is none', `defaults: { time_zone: Mars/Base }\n${top}${course}`, /no time zone "Mars\/Base"/],
    [
      'a time that is none',
      `${top}${course}    release:\n      - { path: "**", from: later }\n`,
      /is no time: "later"/,
    ],
    [
      'an end before its beginning',
      `${top}${course}    release:\n      - { path: "**", from: 2026-11-02, until: 2026-11-01 }\n`,
      /later than "from"/,
    ],
    ['a pattern that leads out', `${top}${course}    exclude: ["../**"]\n`, /exclude/],
    ['homes without a user', `homes: ./homes\nauth: none\n${course}`, /“homes” \(line 1\).*\{user\} once/],
    ['an open server without sign-in', `listen: 0.0.0.0:80\n${top}${course}`, /“auth” \(line 3\).*loopback/],
    ['a place to listen that is none', `listen: everywhere\n${top}${course}`, /"everywhere" is no place to listen/],
    ['a public address that is none', `public_url: hub\n${top}${course}`, /“public_url”/],
    ['no course', `${top}courses: {}\n`, /no course is configured/],
    ['a course of an impossible name', `${top}courses:\n  "a/b": { source: ./course }\n`, /named by letters, digits/],
    ['a workspace that leads out', `${top}${course}    workspace: ../x\n`, /no name of a folder in a home/],
    [
      'two courses in one folder',
      `${top}${course}    workspace: x\n  other: { source: ./course, workspace: X }\n`,
      /has this folder already/,
    ],
    [
      'a missing secret',
      `${top}${course}    credentials: { user: x, password_file: nowhere }\n`,
      /"[^"]*nowhere" is missing/,
    ],
    [
      'a secret that others can read',
      `${top}${course}    credentials: { user: x, password_file: open-secret }\n`,
      /others can read .*chmod o-rwx/,
    ],
    ['an empty secret', `${top}${course}    credentials: { token_file: empty-secret }\n`, /is empty/],
    [
      'a secret of two lines',
      `${top}${course}    credentials: { token_file: two-lines }\n`,
      /the secret alone, in one line/,
    ],
    ['a folder for a secret', `${top}${course}    credentials: { token_file: course }\n`, /is no file with a secret/],
    [
      'a variable that is not set',
      `${top}${course}    credentials: { token_env: F2GIT_NOT_SET }\n`,
      /no variable F2GIT_NOT_SET/,
    ],
    ['a password without a user', `${top}${course}    credentials: { password_file: two-lines }\n`, /credentials/],
  ])('%s', async (_, text, says) => {
    configured(text);
    await expectRefusal(folder, ['link', 'python'], { code: 'config-invalid', says, secret: SECRET });
  });

  it('is told in German too', async () => {
    configured(`${top}${course}    freshness: bald\n`);
    const { stderr } = await f2git(['check', '--lang', 'de'], { cwd: folder });
    expect(stderr).toMatch(/freshness“ \(Zeile 6\).*„bald“ ist keine Dauer; schreib 15s/);
    expectPlainWords(stderr.trim());
  });

  it.each<[string, string, RegExp]>([
    ['a missing file', 'nowhere.yaml', /nowhere\.yaml” cannot be read: it is not there/],
    ['a folder', 'course', /cannot be read: a folder, not a file/],
    ['no text', 'binary.yaml', /cannot be read: not a text file/],
  ])('%s', async (_, file, says) => {
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0x00, 0x80));
    for (const command of [['check'], ['serve'], ['sync', '--all']]) {
      await expectRefusal(folder, [...command, '--config', file], { code: 'config-unreadable', says });
    }
  });

  it.each<[string, readonly string[]]>([
    ['sync', ['sync', 'pyton']],
    ['preview', ['preview', 'pyton']],
    ['confirm', ['confirm', 'pyton']],
    ['purge', ['purge', 'pyton', 'a.txt']],
    ['link', ['link', 'pyton']],
  ])('%s of a course there is none of names those there are', async (_, args) => {
    configured(`${top}${course}`);
    await expectRefusal(folder, args, { code: 'course-unknown', says: /no course “pyton” here\. There are: python/ });
  });

  it.each<[string, readonly string[], 'usage' | 'file-unknown']>([
    ['a group nobody is in', ['preview', 'python', '--for', 'nobody'], 'usage'],
    ['a path outside to purge', ['purge', 'python', '../x'], 'file-unknown'],
    ['a file outside to open', ['link', 'python', '--open', '../x'], 'file-unknown'],
  ])('%s', async (_, args, code) => {
    configured(`${top}${course}`);
    await expectRefusal(folder, args, { code });
  });
});

describe('check', () => {
  it('names every trouble in one sentence each, and its exit code is that of the worst', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o755 });
    configured(
      `${top}courses:\n  fine: { source: ./course }\n  gone: { source: ./nowhere }\n  down: { source: "http://127.0.0.1:9/c.zip" }\n`,
    );
    const { status, stdout } = await f2git(['check', '--json'], { cwd: folder });
    expect(status).toBe(2);
    const { ok, checks } = JSON.parse(stdout) as {
      ok: boolean;
      checks: { subject: string; ok: boolean; code?: string }[];
    };
    expect(ok).toBe(false);
    const byName = new Map(checks.map((one) => [one.subject, one]));
    expect(byName.get('fine')).toMatchObject({ ok: true });
    expect(byName.get('gone')).toMatchObject({ ok: false, code: 'source-not-found' });
    expect(byName.get('down')).toMatchObject({ ok: false, code: 'address-forbidden' });
  });
});

describe('serve', () => {
  it('on a port that is taken says so', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    configured(`${top}${course}`);
    const port = String((other.address() as AddressInfo).port);
    const { status, stdout, stderr } = await f2git(['serve', '--port', port, '--json'], { cwd: folder });
    await new Promise((resolve) => other.close(resolve));
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'port-in-use' } });
    expectPlainWords(stderr.trim());
    expect(stderr).toContain(`127.0.0.1:${port}`);
  });
});
