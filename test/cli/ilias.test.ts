/** An ILIAS course, met by the built program as students, lecturers and administrators use it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer } from '../e2e/support.ts';
import { startIliasServer } from '../sources/fake/ilias-course.ts';
import { COURSE, IliasSite } from '../sources/fake/ilias-site.ts';
import { actionsOf, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];

let site: IliasSite;
let server: Awaited<ReturnType<typeof startIliasServer>>;
let address: string;
let env: NodeJS.ProcessEnv;

const put = (path: string, content: string) => site.put(path.split('/'), Buffer.from(content));
const text = (path: string): string => readFileSync(join(folder, path), 'utf8');

beforeEach(async () => {
  site = new IliasSite();
  server = await startIliasServer(site);
  address = `${server.origin}/ilias/goto.php?target=crs_${String(COURSE)}&client_id=myilias`;
  env = { F2GIT_USER: server.user, F2GIT_PASSWORD: server.password };
  put('README.md', 'Welcome\n');
  put('Week 1/lab.txt', LAB.join('\n'));
  put('Week 1/solution.txt', 'geheim\n').isHidden = true;
});

afterEach(async () => {
  await server.stop();
  for (const name of ['w', 'data', 'homes', 'f2git.yaml', 'password'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

describe('the link of a course', () => {
  it('is pulled, changed on both sides, and merged', async () => {
    const first = await runJson(folder, ['pull', address, 'w'], { env });
    expect(actionsOf(first)).toEqual({ 'README.md': 'added', 'Week 1/lab.txt': 'added' });
    expect(first.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });

    writeFileSync(join(folder, 'w/Week 1/lab.txt'), LAB.join('\n').replace('one = 1', 'one = "mine"'));
    put('Week 1/lab.txt', LAB.join('\n').replace('five = 5', 'five = "new"'));
    site.need(['README.md']).title = 'Read me first.md';
    put('Week 2/data.csv', '1,2\n');
    const second = await runJson(folder, ['pull', address, 'w'], { env });
    expect(actionsOf(second)).toEqual({
      'Read me first.md': 'renamed',
      'Week 1/lab.txt': 'merged',
      'Week 2/data.csv': 'added',
    });
    expect(text('w/Week 1/lab.txt')).toBe(
      LAB.join('\n').replace('one = 1', 'one = "mine"').replace('five = 5', 'five = "new"'),
    );
    expect(await runJson(folder, ['pull', address, 'w'], { env })).toMatchObject({ outcome: 'unchanged' });
    const everything = JSON.stringify(treeOf(join(folder, 'w')));
    for (const secret of [server.password, 'geheim\\n', 'solution']) expect(everything).not.toContain(secret);
  });

  it('takes nothing away that ILIAS only stopped to list, and names what it cannot show', async () => {
    await runJson(folder, ['pull', address, 'w'], { env });
    site.remove(site.need(['README.md']));
    put('Week 1/Was ist das?.txt', 'x\n');
    site.putTwin(['Week 1', 'lab.txt'], Buffer.from('another\n'));
    const { source } = await runJson(folder, ['pull', address, 'w'], { env });
    expect(source.problems.map(({ path, code }) => `${code} ${path}`).sort()).toEqual([
      'name-refused Week 1/Was ist das?.txt',
      'name-refused Week 1/lab.txt',
    ]);
    expect(text('w/README.md')).toBe('Welcome\n');
    expect(text('w/Week 1/lab.txt')).toBe(LAB.join('\n'));
    expect(existsSync(join(folder, 'w/Week 1/#!_WEBDAV_INFORMATION.txt'))).toBe(false);
  });

  it.each([
    ['a wrong password', { F2GIT_USER: 'lehre', F2GIT_PASSWORD: 'falsch' }, 'source-login', /sign-in/],
    ['nothing', {}, 'source-login', /F2GIT_USER/],
  ] as const)('is refused with %s', async (_what, given, code, says) => {
    await expectRefusal(folder, ['pull', address, 'w'], { code, says, secret: 'falsch', env: given });
  });
});

describe.each([false, true])('a course of a server, with soap: %s', (soap) => {
  const config = () =>
    `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  ilias:\n` +
    `    source: { type: ilias, url: '${address}', soap: ${String(soap)} }\n` +
    `    credentials: { user: ${server.user}, password_file: password }\n` +
    `    allow_private_addresses: true\n    freshness: 0s\n`;

  it('reaches a student, who never sees the password', async () => {
    writeFileSync(join(folder, 'password'), server.password, { mode: 0o600 });
    const running = await startServer(folder, config());
    try {
      const link = `${running.address}go/ilias?user=anna`;
      const first = actionsOf(await runJson(folder, ['pull', link, 'w']));
      expect(Object.keys(first).sort()).toEqual(['README.md', 'Week 1/lab.txt']);
      put('README.md', 'Welcome again\n');
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({ 'README.md': 'updated' });
      const everything = JSON.stringify(treeOf(join(folder, 'w'))) + running.output();
      for (const secret of [server.password, 'geheim\\n', 'solution']) expect(everything).not.toContain(secret);
    } finally {
      await running.stop();
    }
  });

  it('is checked in words an administrator can act on', async () => {
    writeFileSync(join(folder, 'password'), server.password, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config());
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/^ok {2}ilias: signed in as "lehre"$/m);
    if (soap) expect(stdout).toMatch(/^ok {2}ilias: ILIAS 9\.7 2025-02-12 answers$/m);
    else expect(stdout).toMatch(/^\?\? {2}ilias: Over WebDAV the platform does not tell/m);
    server.soap.isStaff = true;
    const german = await f2git(['check', '--lang', 'de'], { cwd: folder });
    expect(german.status).toBe(soap ? 3 : 0);
    if (soap) expect(german.stdout).toMatch(/nimm eines, das einfaches Mitglied ist/);
    expect(stdout + german.stdout).not.toContain(server.password);
  });
});
