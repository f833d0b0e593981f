/**
 * The story of a sign-in by the browser, with the built program: somebody agrees, students get the course, the token ends
 * in the middle of a refresh, and one day the platform renews it no more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer } from '../e2e/support.ts';
import { startCanvasCourse } from '../sources/fake/canvas-course.ts';
import { startStudipCourse } from '../sources/fake/studip-course.ts';
import type { WebServer } from '../sources/fake/web-server.ts';
import type { Course } from '../sources/harness.ts';
import { CLIENT_ID, CLIENT_SECRET, type OAuthDesk } from '../support/oauth-server.ts';
import { secretsIn } from '../support/secret-words.ts';
import { connect, type Connected, freeRedirect } from './connecting.ts';
import { actionsOf, type RunDocument, runJson, scratch, type Scratch, treeOf } from './support.ts';

interface Platform {
  readonly start: () => Promise<Course & { readonly server: WebServer; readonly desk: OAuthDesk }>;
  /** Where people agree, and where files are downloaded. */
  readonly authorize: RegExp;
  readonly content: RegExp;
}

const platforms: Readonly<Record<string, Platform>> = {
  'Stud.IP': {
    start: () => startStudipCourse('dozent'),
    authorize: /\/dispatch\.php\/api\/oauth2\/authorize\?/,
    content: /\/content$/,
  },
  Canvas: { start: () => startCanvasCourse('staff'), authorize: /\/login\/oauth2\/auth\?/, content: /\/download\?/ },
};

describe.each(Object.entries(platforms))('a sign-in at %s', (_name, { start, authorize, content }) => {
  let place: Scratch;
  let course: Awaited<ReturnType<Platform['start']>>;
  beforeEach(async () => {
    place = scratch();
    course = await start();
    await put('README.md', 'Welcome\n');
    await put('week1/lab.py', 'one = 1\n');
    writeFileSync(join(place.folder, 'secret'), CLIENT_SECRET, { mode: 0o600 });
    writeFileSync(join(place.folder, 'f2git.yaml'), configuration(await freeRedirect()), { mode: 0o600 });
  });
  afterEach(async () => {
    await course.stop();
    place.remove();
  });

  const put = (path: string, text: string): Promise<void> => course.driver.put(path.split('/'), Buffer.from(text));
  const configuration = (redirect: string): string => {
    const client = { client_id: CLIENT_ID, client_secret_file: 'secret', token_file: 'keys/token' };
    const credentials = { oauth: { ...client, redirect_url: redirect } };
    const python = { source: course.raw, credentials, allow_private_addresses: true, freshness: '0s' };
    return [
      'data: ./data',
      'homes: ./homes/{user}',
      'auth: none',
      `courses: { python: ${JSON.stringify(python)} }`,
    ].join('\n');
  };
  const tokens = (): string => readFileSync(join(place.folder, 'keys/token'), 'utf8');
  const home = (path: string): string => readFileSync(join(place.folder, 'w', path), 'utf8');
  const agree = (): Promise<Connected> =>
    connect(place.folder, 'python', (address) => {
      expect(address).toMatch(authorize);
      return fetch(course.desk.agree(address));
    });
  const renewals = (): number => course.desk.asked.filter((form) => form.get('grant_type') === 'refresh_token').length;

  it('brings the course to students, and is renewed once when it ends in the middle of a refresh', async () => {
    const before = await f2git(['sync', 'python'], { cwd: place.folder });
    expect([before.status, before.stdout + before.stderr]).toEqual([3, expect.stringContaining('f2git connect')]);
    expect((await agree()).exit).toBe(0);
    expect((await f2git(['sync', 'python'], { cwd: place.folder })).status).toBe(0);

    const server = await startServer(place.folder, readFileSync(join(place.folder, 'f2git.yaml'), 'utf8'));
    try {
      const click = (): Promise<RunDocument> =>
        runJson(place.folder, ['pull', `${server.address}go/python?user=anna`, 'w']);
      expect(actionsOf(await click())).toEqual({ 'README.md': 'added', 'week1/lab.py': 'added' });

      const old = tokens();
      for (let at = 0; at < 20; at += 1) await put(`week2/file${String(at)}.txt`, `content ${String(at)}\n`);
      let hasEnded = false;
      course.server.interfere = ({ request }) => {
        if (!hasEnded && content.test(request.url ?? '')) {
          hasEnded = true;
          course.desk.revokeAccess();
        }
        return undefined;
      };
      const renewed = await click();
      expect([hasEnded, renewed.outcome, renewed.files.length]).toEqual([true, 'updated', 20]);
      expect(home('week2/file19.txt')).toBe('content 19\n');
      expect([renewals(), tokens() === old, tokens().includes(course.desk.last?.access ?? '?')]).toEqual([
        1,
        false,
        true,
      ]);
      expect(await click()).toMatchObject({ outcome: 'unchanged' });
      expect(renewals()).toBe(1);
    } finally {
      await server.stop();
    }
    const told = server.output() + JSON.stringify(treeOf(join(place.folder, 'w')));
    expect(secretsIn(told + JSON.stringify(treeOf(join(place.folder, 'data'))))).toEqual([]);
  });

  it('that is renewed no more leaves students what they have, and tells staff once what to do', async () => {
    expect((await agree()).exit).toBe(0);
    const server = await startServer(place.folder, readFileSync(join(place.folder, 'f2git.yaml'), 'utf8'));
    try {
      const click = (status: number): Promise<RunDocument> =>
        runJson(place.folder, ['pull', `${server.address}go/python?user=anna`, 'w'], { status });
      await click(0);
      writeFileSync(join(place.folder, 'w/week1/lab.py'), 'one = "mine"\n');
      await put('README.md', 'Welcome back\n');
      course.desk.isClosed = true;
      course.desk.revokeAccess();
      const kept = tokens();

      const stale = await click(3);
      expect(stale).toMatchObject({ outcome: 'stale', files: [], source: { state: 'unreachable' } });
      expect([home('README.md'), home('week1/lab.py')]).toEqual(['Welcome\n', 'one = "mine"\n']);
      expect(JSON.stringify(stale)).not.toMatch(/f2git connect|127\.0\.0\.1|token/);
      expect(tokens()).toBe(kept);
      await click(3);
      const lines = server
        .output()
        .split('\n')
        .filter((line) => line.includes('f2git connect'));
      expect(lines).toHaveLength(1);
      const staff = await f2git(['sync', 'python', '--lang', 'en'], { cwd: place.folder });
      expect([staff.status, (staff.stdout + staff.stderr).split('f2git connect').length]).toEqual([3, 2]);

      course.desk.isClosed = false;
      expect((await agree()).exit).toBe(0);
      expect(actionsOf(await click(0))).toEqual({ 'README.md': 'updated' });
      expect(home('week1/lab.py')).toBe('one = "mine"\n');
    } finally {
      await server.stop();
    }
    expect(secretsIn(server.output())).toEqual([]);
  });
});
