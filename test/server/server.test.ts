/** The whole server: a configuration, a real course folder, real homes, the agent on its threads. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { parseTreeDocument } from '../../src/agent/tree-document.ts';
import { click, endOf, formToken, send } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until, type Answer } from './harness.ts';

let root: string;
let server: RunningServer | undefined;
const logLines: Record<string, unknown>[] = [];

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'f2git-server-'));
  logLines.length = 0;
  write('course/README.md', 'Welcome\n');
  write('course/week1/lab1.py', 'one = 1\ntwo = 2\nthree = 3\n');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

async function start(course = '', top = ''): Promise<{ origin: string }> {
  const text = `listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
${top}
courses:
  intro:
    title: Introduction
    source: ./course
    open: README.md
    freshness: 0s
${course}`;
  const config = parseConfig(text, { folder: root, environment: {} });
  server = await startServer(config, {
    programFolder,
    log: (level, event, facts) => logLines.push({ level, event, ...facts }),
  });
  return { origin: server.url.replace(/\/$/, '') };
}

test('a click brings the course, the next one merges, undo and take work', async () => {
  const at = await start();
  expect(await click(at, 'anna')).toMatchObject({
    outcome: 'updated',
    open: 'README.md',
    workspace: join(root, 'homes/anna/intro'),
  });
  expect(read('homes/anna/intro/week1/lab1.py')).toBe('one = 1\ntwo = 2\nthree = 3\n');

  write('homes/anna/intro/week1/lab1.py', 'one = 1\ntwo = 22\nthree = 3\n');
  write('course/week1/lab1.py', 'one = 1\ntwo = 2  # double\nthree = 3\nfour = 4\n');
  const merged = await until(async () => {
    const report = await click(at, 'anna');
    return report['outcome'] === 'updated' ? report : undefined;
  });
  expect(merged['files']).toMatchObject([
    { path: 'week1/lab1.py', action: 'merged', declined: [{ course: expect.stringContaining('# double') as string }] },
  ]);
  expect(read('homes/anna/intro/week1/lab1.py')).toBe('one = 1\ntwo = 22\nthree = 3\nfour = 4\n');

  const page = await ask(at, `/go/intro?user=anna&run=${String(merged['run'])}&lang=en`);
  expect(page.text).toContain('two = 2  # double');
  const token = formToken(page);
  const taken = await endOf(
    at,
    'anna',
    await send(at, '/api/take?user=anna', { course: 'intro', file: 'week1/lab1.py', f2git_form: token }),
  );
  expect(taken).toMatchObject({ outcome: 'updated' });
  expect(read('homes/anna/intro/week1/lab1.py')).toBe(read('course/week1/lab1.py'));
  const undone = await endOf(
    at,
    'anna',
    await send(at, `/api/runs/${String(taken['run'])}/undo?user=anna`, { f2git_form: token }),
  );
  expect(undone).toMatchObject({ outcome: 'updated' });
  expect(read('homes/anna/intro/week1/lab1.py')).toBe('one = 1\ntwo = 22\nthree = 3\nfour = 4\n');
});

test('a file is taken to another place, the student’s stays; a place that is none takes nothing', async () => {
  const at = await start();
  const { run } = await click(at, 'anna');
  write('homes/anna/intro/week1/lab1.py', 'mine\n');
  const token = formToken(await ask(at, `/go/intro?user=anna&run=${String(run)}&lang=en`));
  const take = (fields: Readonly<Record<string, string>>): Promise<Answer> =>
    send(at, '/api/take?user=anna', { course: 'intro', file: 'week1/lab1.py', ...fields, f2git_form: token });
  expect(await endOf(at, 'anna', await take({ as: 'new/copy.py' }))).toMatchObject({
    files: [{ path: 'new/copy.py', action: 'updated' }],
  });
  expect(read('homes/anna/intro/new/copy.py')).toBe(read('course/week1/lab1.py'));
  for (const wrong of [{ as: '../copy.py' }, { as: '' }, { as: 'c.py', cell: 'a' }, { as: 'c.py', all: String(run) }]) {
    const refused = await take(wrong);
    expect(refused.status, refused.text).toBe(400);
    expect(refused.text).toContain('"usage"');
  }
  const onto = await endOf(at, 'anna', await take({ as: 'new/copy.py' }));
  expect(onto).toMatchObject({ state: 'failed', error: { code: 'file-present' } });
  expect(read('homes/anna/intro/week1/lab1.py')).toBe('mine\n');
});

test('a schedule in the course itself holds; of a mistake in it the log and staff are told, and students are not', async () => {
  write('course/f2git.yaml', 'release: [{ path: README.md, from: 2999-01-01 }]\n');
  const at = await start();
  const first = await click(at, 'anna');
  expect(existsSync(join(root, 'homes/anna/intro/README.md'))).toBe(false);
  write('course/f2git.yaml', 'release: [{ path: README.md, from: soon }]\n');
  const second = await click(at, 'ben');
  expect(existsSync(join(root, 'homes/ben/intro/week1/lab1.py'))).toBe(true);
  expect(existsSync(join(root, 'homes/ben/intro/README.md'))).toBe(false);
  expect(JSON.stringify([first, second])).not.toMatch(/f2git\.yaml|schedule/);
  expect(existsSync(join(root, 'homes/anna/intro/f2git.yaml'))).toBe(false);
  for (const path of ['/zip/intro.zip', '/api/courses/intro/tree?user=ben'])
    expect((await ask(at, path)).text, path).not.toMatch(/f2git\.yaml|README\.md/);
  expect(JSON.stringify(logLines)).toMatch(/course not read whole.*f2git\.yaml.*schedule-invalid/);
  const { text } = await ask(at, '/teach/intro?lang=en');
  expect(text).toContain('release[0].from');
  expect(text).toContain('Release schedule in the course’s folder');
});

test('the page of an undo claims no more than was taken back', async () => {
  const at = await start();
  const { run: id } = await click(at, 'anna');
  const page = await ask(at, `/go/intro?user=anna&run=${String(id)}&lang=en`);
  const undo = async (): Promise<string> => {
    const accepted = await send(at, `/api/runs/${String(id)}/undo?user=anna`, { f2git_form: formToken(page) });
    const { run } = await endOf(at, 'anna', accepted);
    return (await ask(at, `/go/intro?user=anna&run=${String(run)}&lang=en`)).text;
  };
  write('homes/anna/intro/README.md', 'mine\n');
  write('homes/anna/intro/week1/lab1.py', 'mine\n');
  const nothing = await undo();
  expect(nothing).toContain('Nothing taken back');
  expect(nothing).toContain('All that this run had brought has changed since');
  write('homes/anna/intro/week1/lab1.py', read('course/week1/lab1.py'));
  const part = await undo();
  expect(part).toContain('as they were before, but for those that have changed since');
  expect(existsSync(join(root, 'homes/anna/intro/week1/lab1.py'))).toBe(false);
});

test('one cell of a notebook can be taken, or the course’s version of everything', async () => {
  const notebook = (...sources: readonly string[]): string => {
    const cells = sources.map((source, index) => ({ cell_type: 'raw', id: `c${index}`, metadata: {}, source }));
    return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  };
  write('course/lab.ipynb', notebook('one', 'two'));
  write('course/notes.md', 'one\n');
  const at = await start();
  await click(at, 'anna');
  write('homes/anna/intro/lab.ipynb', notebook('mine', 'my own'));
  write('homes/anna/intro/notes.md', 'mine\n');
  write('course/lab.ipynb', notebook('theirs', 'their own'));
  write('course/notes.md', 'theirs\n');
  const kept = await until(async () => {
    const report = await click(at, 'anna');
    return (report['files'] as readonly unknown[]).length === 2 ? report : undefined;
  });
  const run = String(kept['run']);
  const page = await ask(at, `/go/intro?user=anna&run=${run}&lang=en`);
  expect(page.text).toContain('name="cell" value="c1"');
  expect(page.text).toContain(`name="all" value="${run}"`);
  const token = formToken(page);
  const take = async (fields: Readonly<Record<string, string>>) =>
    endOf(at, 'anna', await send(at, '/api/take?user=anna', { course: 'intro', f2git_form: token, ...fields }));
  await take({ file: 'lab.ipynb', cell: 'c1' });
  expect(read('homes/anna/intro/lab.ipynb')).toBe(notebook('mine', 'their own'));
  await take({ all: run });
  expect(read('homes/anna/intro/lab.ipynb')).toBe(notebook('theirs', 'their own'));
  expect(read('homes/anna/intro/notes.md')).toBe('theirs\n');
});

test('many students at once: everybody has everything', async () => {
  const at = await start();
  const students = Array.from({ length: 40 }, (_, index) => `student${index}`);
  const reports = await Promise.all(students.map((user) => click(at, user)));
  for (const [index, report] of reports.entries()) {
    expect(report).toMatchObject({ outcome: 'updated' });
    expect(read(`homes/${students[index]!}/intro/README.md`)).toBe('Welcome\n');
  }
});

test('what is not released is in no tree, no ZIP and no blob', async () => {
  write('course/solutions/lab1.py', 'secret solution\n');
  const at = await start(`    release:\n      - { path: "solutions/**", from: 2999-01-01 08:00 }\n`);
  await click(at, 'anna');
  expect(existsSync(join(root, 'homes/anna/intro/solutions'))).toBe(false);
  const tree = await ask(at, '/api/courses/intro/tree?history=true');
  expect(parseTreeDocument(JSON.parse(tree.text)).offer.files.map(({ path }) => path)).toEqual([
    'README.md',
    'week1/lab1.py',
  ]);
  expect(tree.text).not.toContain('solutions');
  const zip = await ask(at, '/zip/intro.zip');
  expect(zip.status).toBe(200);
  expect(zip.text).not.toContain('solution');
  const hidden = createHash('sha1').update('blob 16\0secret solution\n').digest('hex');
  expect((await ask(at, `/api/blobs/${hidden}`)).status).toBe(404);
});

test('a laptop reads the same bytes by their ids', async () => {
  const at = await start();
  const { offer } = parseTreeDocument(JSON.parse((await ask(at, '/api/courses/intro/tree')).text));
  for (const file of offer.files) {
    expect((await ask(at, `/api/blobs/${file.oid}?course=intro`)).text).toBe(read(`course/${file.path}`));
    expect((await ask(at, `/api/blobs/${file.oid}`, { headers: { range: 'bytes=2-4' } })).text).toBe(
      read(`course/${file.path}`).slice(2, 5),
    );
  }
});

test('the ZIP is the same bytes for the same tree', async () => {
  const at = await start();
  const [one, two] = [await ask(at, '/zip/intro.zip'), await ask(at, '/zip/intro.zip')];
  expect([one.headers.etag, one.text]).toEqual([two.headers.etag, two.text]);
  expect(Number(one.headers['content-length'])).toBeGreaterThan(100);
  const { status } = await ask(at, '/zip/intro.zip', { headers: { 'if-none-match': one.headers.etag ?? '' } });
  expect(status).toBe(304);
});

test('a source that is gone removes nothing, and the page says how old the files are', async () => {
  const at = await start();
  await click(at, 'anna');
  rmSync(join(root, 'course'), { recursive: true });
  const report = await click(at, 'anna');
  expect(report).toMatchObject({ outcome: 'stale', source: { state: 'unreachable' } });
  expect(read('homes/anna/intro/README.md')).toBe('Welcome\n');
  const page = await ask(at, `/go/intro?user=anna&run=${String(report['run'])}&lang=en`);
  expect(page.text).toContain('The last known state');
  expect(await click(at, 'ben')).toMatchObject({ outcome: 'stale' });
  expect(read('homes/ben/intro/README.md')).toBe('Welcome\n');
});

test('a home that cannot be written: the student is told, and others are not held up', async () => {
  const at = await start();
  write('homes/anna/intro', 'a file where the folder should be');
  expect(await click(at, 'anna')).toMatchObject({ state: 'failed', error: { code: 'workspace-not-a-folder' } });
  expect(await click(at, 'ben')).toMatchObject({ outcome: 'updated' });
  expect(read('homes/anna/intro')).toBe('a file where the folder should be');
});

test('the log is JSON without names of people', async () => {
  const at = await start();
  await click(at, 'anna-lena');
  expect(logLines.map(({ event }) => event)).toContain('run finished');
  expect(JSON.stringify(logLines)).not.toContain('anna-lena');
});

test('it listens on a Unix socket, over the file a killed server left', async () => {
  const path = join(root, 'f2git.sock');
  const config = parseConfig(
    `listen: 127.0.0.1:0\nhomes: ./homes/{user}\nauth: none\ncourses:\n  intro: { source: ./course }\n`,
    { folder: root, environment: {} },
  );
  const onSocket = { ...config, listen: { kind: 'socket', path } } as const;
  const log = (): void => undefined;
  await leaveSocket(path);
  expect(existsSync(path)).toBe(true);
  const first = await startServer(onSocket, { programFolder, log });
  await expect(startServer(onSocket, { programFolder, log })).rejects.toMatchObject({ code: 'port-in-use' });
  expect(await healthOn(path)).toBe(200);
  await first.close();
  expect(existsSync(path)).toBe(false);
});

test('a port that is taken is named', async () => {
  const at = await start();
  const config = parseConfig(
    `listen: ${at.origin.replace('http://', '')}\nhomes: ./homes/{user}\nauth: none\ncourses:\n  intro: { source: ./course }\n`,
    { folder: root, environment: {} },
  );
  await expect(startServer(config, { programFolder, log: () => undefined })).rejects.toMatchObject({
    code: 'port-in-use',
  });
});

test('identities that are not built yet do not start an open server', async () => {
  const config = parseConfig(
    `listen: 127.0.0.1:0\nhomes: /home/{user}\ndata: ./data\nauth: jupyterhub\ncourses:\n  intro: { source: ./course }\n`,
    { folder: root, environment: {} },
  );
  await expect(startServer(config, { programFolder, log: () => undefined })).rejects.toMatchObject({
    code: 'config-invalid',
  });
});

test('a link made for nbgitpuller leads to the course of that repository', async () => {
  const config = parseConfig(
    `listen: 127.0.0.1:0\nhomes: ./homes/{user}\nauth: none\ncourses:\n  intro: { source: "git+https://git.example.org/intro.git" }\n`,
    { folder: root, environment: {} },
  );
  server = await startServer(config, { programFolder, log: () => undefined });
  const at = { origin: server.url.replace(/\/$/, '') };
  for (const repo of [
    'https://git.example.org/intro.git',
    'https://git.example.org/intro',
    'https://git.example.org/intro/',
  ]) {
    const answer = await ask(
      at,
      `/git-pull?repo=${encodeURIComponent(repo)}&branch=main&urlpath=${encodeURIComponent('lab/tree/intro/lab1.ipynb')}`,
    );
    expect([answer.status, answer.headers.location]).toEqual([303, './go/intro?open=lab1.ipynb&app=lab']);
  }
  for (const repo of ['https://git.example.org/other', '/etc', 'file:///etc', '--upload-pack=x']) {
    expect((await ask(at, `/git-pull?repo=${encodeURIComponent(repo)}`)).status).toBe(404);
  }
});

test('so do links by the names nbgitpuller had before', async () => {
  const config = parseConfig(
    `listen: 127.0.0.1:0\nhomes: ./homes/{user}\nauth: none\ncourses:\n  intro: { source: "git+https://github.com/university/intro" }\n`,
    { folder: root, environment: {} },
  );
  server = await startServer(config, { programFolder, log: () => undefined });
  const at = { origin: server.url.replace(/\/$/, '') };
  const leadsTo = async (link: string): Promise<unknown> => (await ask(at, link)).headers.location;
  expect(await leadsTo('/git-sync?repo=https://github.com/university/intro&subPath=week1/lab1.ipynb')).toBe(
    './go/intro?open=week1%2Flab1.ipynb',
  );
  expect(await leadsTo('/interact?account=university&repo=intro&branch=main&path=week1/lab1.ipynb')).toBe(
    './go/intro?open=week1%2Flab1.ipynb',
  );
  expect((await ask(at, '/interact?account=university&repo=other')).status).toBe(404);
});

/** What a server leaves that was killed. */
async function leaveSocket(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function healthOn(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ socketPath, path: '/health' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('groups have their own files, by page, ZIP and content, and who leaves one keeps the work', async () => {
  const groups = (members: string): string => `    release: [{ path: "solutions/**", for: [tutors] }]
    groups: { tutors: [${members}] }
`;
  write('course/solutions/s.py', 'SOLUTION = 1\ntwo = 2\nthree = 3\n');
  write('course/solutions/t.py', 'SOLUTION = 2\n');
  const at = await start(groups('tom'));
  await click(at, 'tom');
  await click(at, 'anna');
  expect(read('homes/tom/intro/solutions/s.py')).toContain('SOLUTION');
  expect(existsSync(join(root, 'homes/anna/intro/solutions'))).toBe(false);
  const toms = parseTreeDocument(JSON.parse((await ask(at, '/api/courses/intro/tree?user=tom')).text)).offer;
  const annas = (await ask(at, '/api/courses/intro/tree?user=anna&history=true')).text;
  expect(annas).not.toContain('solutions');
  const { oid } = toms.files.find(({ path }) => path === 'solutions/s.py')!;
  const blob = (user: string) => ask(at, `/api/blobs/${oid}?course=intro&user=${user}`);
  expect([(await blob('tom')).status, (await blob('anna')).status]).toEqual([200, 404]);
  const zip = async (user: string) => (await ask(at, `/zip/intro.zip?user=${user}`)).text;
  expect(await zip('tom')).toContain('solutions/s.py');
  expect(await zip('anna')).not.toContain('solutions');

  write('homes/tom/intro/solutions/s.py', 'SOLUTION = 1\ntwo = 2\nmine = 3\n');
  write('homes/tom/intro/week1/lab1.py', 'one = 1\ntwo = 22\nthree = 3\n');
  write('course/week1/lab1.py', 'zero = 0\none = 1\ntwo = 2\nthree = 3\n');
  await server?.close();
  const later = await start(groups('eve'));
  const report = await click(later, 'tom');
  expect(report['files']).toMatchObject([
    { path: 'solutions/s.py', action: 'kept' },
    { path: 'solutions/t.py', action: 'removed' },
    { path: 'week1/lab1.py', action: 'merged' },
  ]);
  expect(read('homes/tom/intro/solutions/s.py')).toContain('mine = 3');
  expect(read('homes/tom/intro/week1/lab1.py')).toBe('zero = 0\none = 1\ntwo = 22\nthree = 3\n');
  await click(later, 'eve');
  expect(read('homes/eve/intro/solutions/s.py')).toContain('SOLUTION = 1');
});
