/** What `check` and `preview` say of a configuration that is right and still does not do what its writer believes. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { serviceEnvironment, startFakeHub } from '../hub/fake-hub.ts';
import { f2git, writeFiles } from '../e2e/support.ts';
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

it('says of each key without effect that it has none', async () => {
  configure(
    '    staff: [prof]\n    groups: { tutors: [anna] }\n    environment: { extra: [setup.sh] }\n    release: [{ path: "week01/**", for: [tutors] }]\n',
  );
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\?\? {2}c: staff: whoever is named here may take the course; there are no pages/m);
  expect(stdout).toMatch(/"for" \(tutors\) release nothing to anybody yet/);
});

it('says that a schedule in the course’s own folder is not read, and delivers it to nobody', async () => {
  writeFiles(join(folder, 'course'), { 'F2git.yaml': 'release: []\n', 'week01/f2git.yaml': 'x\n' });
  configure('    freshness: 0s\n');
  const { stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).toMatch(/^\?\? {2}c: "F2git\.yaml" in the course’s folder is not read yet, nor delivered/m);
  const { stdout: json } = await f2git(['preview', 'c', '--json'], { cwd: folder });
  const { files } = JSON.parse(json) as { files: readonly { readonly path: string }[] };
  expect(files.map(({ path }) => path)).toEqual([
    'README.md',
    'solutions/week01/lab.py',
    'week01/f2git.yaml',
    'week01/lab.py',
  ]);
});

it('says that the server will not start with a sign-in that is not there', async () => {
  configure('', 'links');
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect([status, stdout]).toEqual([2, expect.stringContaining('Sign-in by "links" is not there yet')]);
});

it('says that nothing is known of a hub that did not start it', async () => {
  configure('user: f2git-test-nobody\n', 'jupyterhub');
  const { status, stdout } = await f2git(['check'], { cwd: folder });
  expect(stdout).toMatch(/^\?\? {2}hub: .*nothing about the hub was examined/m);
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
