/** What `check` and `preview` say of a configuration that is right and still does not do what its writer believes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { serviceEnvironment, startFakeHub } from '../hub/fake-hub.ts';
import { cliPath, f2git, writeFiles } from '../e2e/support.ts';
import { scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

beforeEach(() => {
  rmSync(join(folder, 'course'), { recursive: true, force: true });
  writeFiles(join(folder, 'course'), { 'README.md': 'x\n', 'week01/lab.py': 'x\n', 'solutions/week01/lab.py': 'x\n' });
});

function configure(lines: string, auth = 'none'): void {
  const text = `homes: ./homes/{user}\ndata: ./data\nauth: ${auth}\ncourses:\n  c:\n    source: ./course\n${lines}`;
  writeFileSync(join(folder, 'f2git.yaml'), text);
}

/** Root reads what nobody may read. */
function checkAsOrdinaryPerson(): string {
  const words = [process.execPath, cliPath, 'check', '--lang', 'en'];
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  const [program = '', ...args] = process.getuid?.() === 0 ? [...nobody, ...words] : words;
  return spawnSync(program, args, { cwd: folder, encoding: 'utf8' }).stdout;
}

const mistyped = '    release: [{ path: "solution/**", from: 2999-01-01 }, { path: "week02/**", from: 2999-01-01 }]\n';

it('names each pattern that means no file, with the name that is near', async () => {
  configure(mistyped);
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect(status).toBe(0);
  expect(stdout).toContain(
    '??  c: release: the pattern "solution/**" means no file; it holds as soon as there is one. Did you mean "solutions"?',
  );
  expect(stdout).toContain('"week02/**" means no file; it holds as soon as there is one. Did you mean "week01"?');
  const german = await f2git(['preview', 'c', '--lang', 'de'], { cwd: folder });
  expect(german.stderr).toContain(
    'Das Muster „solution/**“ trifft auf keine Datei zu; es gilt, sobald es eine gibt. Ist „solutions“ gemeint?',
  );
  const { stdout: json } = await f2git(['preview', 'c', '--json'], { cwd: folder });
  expect(JSON.parse(json)).toMatchObject({
    unmatched: [{ key: 'release', pattern: 'solution/**', near: 'solutions' }, { pattern: 'week02/**' }],
  });
});

it('says nothing where every pattern means something', async () => {
  configure('    exclude: ["**/*.key"]\n    release: [{ path: "SOLUTIONS/**", from: 2999-01-01 }]\n');
  const { stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).not.toContain('??');
  expect((await f2git(['preview', 'c'], { cwd: folder })).stderr).not.toContain('means no file');
});

it('says nothing of keys that do what they say', async () => {
  configure('    title: C\n');
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect(status).toBe(0);
  expect(stdout).not.toContain('??');
});

it.each(['staff: [prof]', 'students: [anna]'])(
  'says that nobody is asked about “%s” where anybody is anybody',
  async (line) => {
    configure(`    ${line}\n`);
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect([status, stdout]).toEqual([0, expect.stringContaining('??  c: "students" and "staff" are not asked')]);
  },
);

it('says of a folder how much is in it, and what students would miss', async () => {
  configure('');
  const size = (await f2git(['check', '--lang', 'en'], { cwd: folder })).stdout;
  expect(size).toMatch(/^ok {2}c: files 3, 6 byte together, last changed \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
  symlinkSync('README.md', join(folder, 'course/again.md'));
  const { stdout, status } = await f2git(['check', '--lang', 'de'], { cwd: folder });
  expect(stdout).toMatch(/^\?\? {2}c: Verknüpfungen und besondere Dateien .*: 1 \(etwa „again\.md“\)/m);
  expect(status).toBe(3);
});

it('says which files of a folder it may not read', () => {
  configure('');
  const locked = join(folder, 'course/week01/lab.py');
  chmodSync(locked, 0o000);
  chmodSync(folder, 0o755);
  const stdout = checkAsOrdinaryPerson();
  expect(stdout).toMatch(/^\?\? {2}c: f2git may not read 1 files or folders \(such as "week01\/lab\.py"\)/m);
  chmodSync(locked, 0o644);
  expect(checkAsOrdinaryPerson()).not.toContain('may not read');
});

it('says which groups a release is for that nobody is in', async () => {
  const release = '    release: [{ path: "week01/**", for: [tutors, late, empty] }]\n';
  configure(`    groups: { tutors: [anna], empty: [] }\n${release}`);
  const { stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).toMatch(/^\?\? {2}c: release: nobody is in empty, late, so what is released only "for" them/m);
  configure(`    groups: { tutors: [anna], empty: [] }\n${release}`, 'jupyterhub');
  const atHub = await f2git(['check'], { cwd: folder });
  expect(atHub.stdout).toMatch(/nobody is in empty, so/);
});

it('says that the file a link opens is not there', async () => {
  configure('    open: READ.md\n');
  expect((await f2git(['check'], { cwd: folder })).stdout).toMatch(/^\?\? {2}c: open: the course has no "READ\.md"/m);
  configure('    open: README.md\n');
  expect((await f2git(['check'], { cwd: folder })).stdout).not.toContain('open:');
});

it('says nothing of groups that somebody is in', async () => {
  configure('    groups: { tutors: [anna] }\n    release: [{ path: "week01/**", for: [tutors] }]\n');
  expect((await f2git(['check'], { cwd: folder })).stdout).not.toContain('??');
});

it('reads the schedule in the course’s own folder, tells its mistakes, and delivers it to nobody', async () => {
  const put = (text: string): void =>
    writeFiles(join(folder, 'course'), { 'F2git.yaml': text, 'week01/f2git.yaml': 'content like any other\n' });
  put('release:\n  - { path: "solution/**", from: 2999-01-01 }\n  - { path: "week01/**", from: 2999-01-01 }\n');
  configure('    freshness: 0s\n');
  const { stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).toMatch(/^ok {2}c: F2git\.yaml in the course’s folder: release schedule understood; entries: 2$/m);
  expect(stdout).toMatch(/^\?\? {2}c: release: the pattern "solution\/\*\*" means no file.*"solutions"/m);
  const first = await f2git(['sync', 'c'], { cwd: folder });
  expect([first.status, first.stderr]).toEqual([0, expect.stringMatching(/F2git\.yaml: release: the pattern/)]);
  const offered = async (): Promise<readonly string[]> => {
    const { stdout: json } = await f2git(['preview', 'c', '--json'], { cwd: folder });
    return (JSON.parse(json) as { files: readonly { readonly path: string }[] }).files.map(({ path }) => path);
  };
  expect(await offered()).toEqual(['README.md', 'solutions/week01/lab.py']);
  put('release:\n  - { path: a, from: soon }\n  - { path: b, wann: x }\n');
  const told = await f2git(['check'], { cwd: folder });
  expect(told.stdout).toMatch(/^\?\? {2}c: F2git\.yaml: .*“release\[0\]\.from” \(line 2\)/m);
  expect(told.stdout).toMatch(/^\?\? {2}c: F2git\.yaml: .*“release\[1\]\.wann” \(line 3\)/m);
  const second = await f2git(['sync', 'c', '--json'], { cwd: folder });
  expect([second.status, second.stdout]).toEqual([0, expect.stringContaining('the last schedule without a mistake')]);
  expect(await offered()).toEqual(['README.md', 'solutions/week01/lab.py']);
  expect((await f2git(['pull', './course', 'mine'], { cwd: folder })).status).toBe(0);
  expect(readdirSync(join(folder, 'mine')).sort()).toEqual(['.f2git', 'README.md', 'solutions', 'week01']);
});

it('warns that personal links lead nowhere without an address people know', async () => {
  configure('user: f2git-test-nobody\n', 'links');
  expect((await f2git(['check'], { cwd: folder })).stdout).toMatch(/^\?\? {2}public_url: .*is missing/m);
  configure('user: f2git-test-nobody\npublic_url: https://f2git.example.org\n', 'links');
  expect((await f2git(['check'], { cwd: folder })).stdout).not.toContain('public_url');
});

it('says that nothing is known of a hub that did not start it', async () => {
  configure('user: f2git-test-nobody\n', 'jupyterhub');
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).toMatch(/^\?\? {2}hub: .*nothing about the hub was examined/m);
  expect(stdout).toMatch(/^\?\? {2}public_url: .*is missing/m);
  // root starts it in parts, which need accounts of their own
  expect(status).toBe(process.getuid?.() === 0 ? 2 : 0);
  if (status === 2) expect(stdout).toContain('make it with: useradd --system f2git-test-nobody');
});

it('says what the hub lets f2git do', async () => {
  const hub = await startFakeHub('5.5.1');
  try {
    configure('', 'jupyterhub');
    const token = (scopes: readonly string[]): string => hub.issueToken('service:toy', scopes);
    const check = (secret: string): ReturnType<typeof f2git> =>
      f2git(['check'], {
        cwd: folder,
        env: { ...serviceEnvironment('5.5.1', hub.apiUrl), JUPYTERHUB_API_TOKEN: secret },
      });
    const [starts, startsNot, refused] = [
      await check(token(['servers!group=python', 'read:users:groups'])),
      await check(token(['read:users'])),
      await check('wrong'),
    ];
    expect(starts.stdout).toMatch(/^ok {2}hub: A click may start a student’s server/m);
    expect(starts.stdout).toMatch(/^ok {2}hub: f2git may ask whether somebody is still there/m);
    expect(startsNot.stdout).toMatch(/^\?\? {2}hub: f2git may not ask whether somebody is still there/m);
    expect(startsNot.stdout).toMatch(/^ok {2}hub: JupyterHub answers and knows f2git as its service “toy”/m);
    expect(startsNot.stdout).toMatch(/^\?\? {2}hub: A click may start no server/m);
    expect([refused.status, refused.stdout]).toEqual([2, expect.stringContaining('does not accept f2git’s token')]);
    hub.isDown = true;
    expect((await check(token([]))).stdout).toMatch(/^!! {2}hub: JupyterHub is not answering/m);
  } finally {
    await hub.close();
  }
});
