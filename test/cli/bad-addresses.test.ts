/** Addresses and credentials that cannot work: said in one sentence before anything is asked, made or shown. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { f2git, writeFiles } from '../e2e/support.ts';
import { startWebdavServer, whyUnavailable, type RunningServer } from '../support/webdav-servers.ts';
import { actionsOf, expectPlainWords, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
/** A part of the secret that looks the same in every form it may travel in. */
const TELLTALE = 'hunter';
const SECRET = `0123 "#${TELLTALE}: 2\\`;
afterAll(place.remove);

describe('an address', () => {
  it.each<[string, string, ErrorCode, RegExp]>([
    ['that is empty', '', 'address-not-understood', /it is empty/],
    ['that is only blanks', '   ', 'address-not-understood', /it is empty/],
    ['without its scheme', 'cloud.example.org/s/AbC', 'address-not-understood', /begins with https:/],
    ['of a page nobody knows', 'https://www.example.org/lectures', 'address-not-understood', /say what is there/],
    ['of git over ssh', 'git@git.example.org:course/repo.git', 'address-not-understood', /try https:\/\//],
    [
      'of a course link with a path outside',
      'http://127.0.0.1:9/go/x?open=../y',
      'address-not-understood',
      /"open=" names no file/,
    ],
    ['with a broken escape', 'http://127.0.0.1:9/go/%E0%A4%A', 'address-not-understood', /say what is there/],
    ['of a sign-in page', 'https://cloud.example.org/login', 'address-needs-login', /is a sign-in page/],
    ['for its owner only', 'https://cloud.example.org/f/4711', 'address-needs-login', /a share link ends in/],
    [
      'with a password',
      `https://anna:${encodeURIComponent(SECRET)}@cloud.example.org/c.zip`,
      'credentials-invalid',
      /does not belong into an address/,
    ],
    [
      'with a token',
      `https://cloud.example.org/c.zip?access_token=${encodeURIComponent(SECRET)}`,
      'credentials-invalid',
      /does not belong into an address/,
    ],
    ['that starts a program', 'ext::sh -c id', 'address-forbidden', /start another program/],
    ['with a line break', 'https://example.org/a\nb', 'address-forbidden', /control characters/],
    [
      'of a system f2git cannot read yet',
      'https://olat.example.org/auth/RepositoryEntry/123',
      'source-unsupported',
      /OpenOlat/,
    ],
    ['by ftp', 'ftp://example.org/course', 'source-unsupported', /FTP/],
    ['of a folder that is not there', './nowhere', 'source-not-found', /not where they should be/],
    ['of what a pipe brings', '-', 'address-not-understood', /a course is not read from a pipe/],
    ['of a git folder that is not there', 'git+file:///nowhere/repo', 'source-not-found', /not where they should be/],
  ])('%s', async (_, address, code, says) => {
    const { stderr } = await expectRefusal(folder, ['pull', address], { code, says, secret: TELLTALE });
    const german = await f2git(['pull', address, '--lang', 'de'], { cwd: folder });
    expectPlainWords(german.stderr.trim());
    expect(german.stderr).not.toBe(stderr);
    expect(german.stderr).not.toMatch(/ is | the | and |names no/);
  });

  it('that looks like an option is taken after --', async () => {
    await expectRefusal(folder, ['pull', '--', '--upload-pack=x'], {
      code: 'address-forbidden',
      says: /looks like an option/,
    });
  });
});

describe('a file of credentials', () => {
  it.each<[string, string, number, RegExp]>([
    ['that others can read', `user: anna\npassword: ${SECRET}\n`, 0o644, /readable by others: chmod 600/],
    ['that is the password alone', `${SECRET}\n`, 0o600, /not lines "user: …", "password: …"/],
    ['that is a list', `- password: ${SECRET}\n`, 0o600, /not lines "user: …"/],
    ['with an unknown key', `user: anna\npasswort: ${SECRET}\n`, 0o600, /unknown key "passwort"/],
    ['without a value', `user: anna\npassword:\ntoken: ${SECRET}\n`, 0o600, /"password" has no value/],
    ['that is empty', '# later\n', 0o600, /no lines "user: …"/],
  ])('%s', async (_, content, mode, says) => {
    const file = join(folder, 'credentials');
    writeFileSync(file, content);
    chmodSync(file, mode);
    const args = ['pull', 'https://cloud.example.org/c.zip', '--credentials', 'credentials'];
    await expectRefusal(folder, args, { code: 'credentials-invalid', says, secret: TELLTALE });
  });

  it.each([
    ['that is missing', 'nowhere'],
    ['that is a folder', '.'],
  ])('%s', async (_, file) => {
    chmodSync(folder, 0o700);
    const args = ['pull', 'https://cloud.example.org/c.zip', '--credentials', file];
    await expectRefusal(folder, args, { code: 'credentials-invalid', says: /cannot be read/ });
  });
});

const reason = whyUnavailable('apache');
describe.skipIf(reason !== undefined)(
  `a server that asks for a password${reason === undefined ? '' : `: ${reason}`}`,
  () => {
    let server: RunningServer;
    let address: string;

    beforeAll(async () => {
      const served = join(folder, 'served');
      writeFiles(served, { 'a.txt': 'one\n', 'week1/b.txt': 'b\n' });
      server = await startWebdavServer('apache', served, { scheme: 'basic', user: 'anna', password: SECRET });
      address = `webdav+${server.url}`;
    });
    afterAll(() => server.stop());

    it.each<[string, NodeJS.ProcessEnv]>([
      ['none is given', {}],
      ['a wrong one is given', { F2GIT_USER: 'anna', F2GIT_PASSWORD: `not-${SECRET}` }],
      ['a wrong token is given', { F2GIT_TOKEN: `not-${SECRET}` }],
    ])('refuses when %s, and nothing is made', async (_, env) => {
      await expectRefusal(folder, ['pull', address, 'fresh'], { code: 'source-login', env, secret: TELLTALE });
    });

    it('takes every character of a password in a file as it is', async () => {
      writeFileSync(join(folder, 'login'), `# for the course\nuser: anna\npassword: ${SECRET}\n`, { mode: 0o600 });
      const document = await runJson(folder, ['pull', address, 'by-file', '--credentials', 'login']);
      expect(actionsOf(document)).toEqual({ 'a.txt': 'added', 'week1/b.txt': 'added' });
    });

    it('keeps what is there when the password was changed, and says why', async () => {
      const right = { F2GIT_USER: 'anna', F2GIT_PASSWORD: SECRET };
      const first = await runJson(folder, ['pull', address, 'mine'], { env: right });
      expect(actionsOf(first)).toEqual({ 'a.txt': 'added', 'week1/b.txt': 'added' });
      const files = (): unknown =>
        Object.fromEntries(Object.entries(treeOf(join(folder, 'mine'))).filter(([path]) => !path.startsWith('.f2git')));
      const before = files();
      const wrong = { F2GIT_USER: 'anna', F2GIT_PASSWORD: 'old' };
      const later = await runJson(folder, ['pull', address, 'mine'], { env: wrong, status: 3 });
      expect(later).toMatchObject({ outcome: 'stale', files: [], source: { state: 'unreachable' } });
      expect(later.source.problems).toMatchObject([{ path: '', code: 'source-login' }]);
      expect(later.stderr).toMatch(/wants a valid sign-in/);
      expect(files()).toEqual(before);
      expect(JSON.stringify(treeOf(join(folder, 'mine')))).not.toContain(TELLTALE);
    });
  },
);
