/**
 * f2git inside a student's own server: the Python package behind a real jupyter-server-proxy in a real Jupyter server, with
 * courses from f2git's server and the token the hub gave.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createAgentPool } from '../../src/agent/agent-pool.ts';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { recording, serviceEnvironment, startFakeHub, type FakeHub } from '../hub/fake-hub.ts';
import { ask, until, type Answer, type Ask } from '../server/harness.ts';
import { freePorts } from './hub-process.ts';
import { projectRoot, scratchFolder, startProgram, writeFiles, type RunningProgram } from './support.ts';

const venv = join(projectRoot, 'test/output/venv/bin');
const reason = existsSync(join(venv, 'jupyter-server')) ? undefined : 'jupyter_server is not installed (pip)';
const dist = join(projectRoot, 'dist');
const TOKEN = 'token-of-the-jupyter-server';
/** As the recorded hub calls the server. */
const BASE = '/jhub/user/alice/';

describe.skipIf(reason !== undefined)(reason ?? 'f2git in a student’s own Jupyter server', () => {
  let folder: string;
  let hub: FakeHub;
  let central: RunningServer;
  let jupyter: RunningProgram | undefined;
  let origin: string;
  /** Of the browser that is signed in to Jupyter. */
  let cookie: string;

  beforeAll(async () => {
    folder = scratchFolder('student');
    writeFiles(folder, { 'course/README.md': 'Welcome\n', 'course/lab.py': 'one = 1\ntwo = 2\nthree = 3\n' });
    const install = ['install', '-q', '--no-deps', '--no-build-isolation', '--disable-pip-version-check'];
    const target = ['--target', join(folder, 'python'), join(projectRoot, 'jupyter')];
    execFileSync(join(venv, 'pip'), [...install, ...target], { stdio: 'ignore' });
    hub = await startFakeHub('6.0.0b2');
    central = await startCentral();
  });

  afterAll(async () => {
    await central.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await jupyter?.stop();
    jupyter = undefined;
    rmSync(join(folder, 'home'), { recursive: true, force: true });
  });

  /** The server that has the courses. In homes it does nothing here. */
  function startCentral(): Promise<RunningServer> {
    const text = `
auth: jupyterhub
homes: /nonexistent/{user}
data: ./data
courses:
  intro:
    title: Introduction
    source: ./course
    freshness: 0s
    workspace: python
    open: README.md
  others: { source: ./course, students: [bob] }
`;
    const config = parseConfig(text, { folder, environment: serviceEnvironment('6.0.0b2', hub.apiUrl) });
    const log = (): void => undefined;
    return startServer(config, {
      programFolder: dist,
      log,
      agent: createAgentPool({ entry: join(dist, 'agent-worker.js'), size: 1, log }),
      place: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    });
  }

  /** A Jupyter server as the hub starts one. */
  async function startJupyter(change: NodeJS.ProcessEnv = {}): Promise<void> {
    const home = join(folder, 'home');
    mkdirSync(home, { recursive: true });
    const [port] = await freePorts(1);
    origin = `http://127.0.0.1:${port ?? 0}`;
    const flags = {
      'ServerApp.base_url': BASE,
      'ServerApp.root_dir': home,
      'ServerApp.port': String(port),
      'ServerApp.ip': '127.0.0.1',
      'IdentityProvider.token': TOKEN,
      'ServerApp.allow_root': 'True',
      'ServerApp.open_browser': 'False',
    };
    // all a hub says to a server; this Jupyter needs no hub to let its browser in
    const { env: said } = recording('6.0.0b2', 'single-user-env') as { readonly env: Record<string, string> };
    const env = {
      ...said,
      PATH: process.env['PATH'],
      LANG: 'en_GB.UTF-8',
      HOME: home,
      PYTHONPATH: join(folder, 'python'),
      JUPYTERHUB_API_TOKEN: hub.issueToken('alice'),
      F2GIT_SERVER: central.url,
      ...change,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    jupyter = startProgram(join(venv, 'jupyter-server'), args, { cwd: home, env });
    await jupyter.waitFor(/is running at/);
    const signedIn = await until(() => ask({ origin }, `${BASE}tree?token=${TOKEN}`).catch(() => undefined));
    cookie = (signedIn.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
  }

  const read = (path: string, { headers, ...rest }: Ask = {}): Promise<Answer> =>
    ask({ origin }, `${BASE}${path}`, {
      ...rest,
      headers: { cookie, accept: 'text/html', 'accept-language': 'en', ...headers },
    });

  /** A click as a page without scripts makes it; the events as its script follows them. */
  async function click(): Promise<{ readonly run: string; readonly events: string }> {
    const page = await read('f2git/go/intro');
    const fields = { course: 'intro', f2git_form: /name="f2git_form" value="([^"]+)"/.exec(page.text)?.[1] ?? '' };
    const started = await read('f2git/api/runs', {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
    expect([started.status, started.text]).toEqual([202, expect.any(String)]);
    const { run } = JSON.parse(started.text) as { readonly run: string };
    const { text: events } = await read(`f2git/api/runs/${run}/events`, { headers: { accept: 'text/event-stream' } });
    return { run, events };
  }

  test('a form of a program that signs in at Jupyter by a header is not taken for another sign-in', async () => {
    await startJupyter();
    const page = await read('f2git/go/intro');
    const fields = new URLSearchParams(
      [...page.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(
        ([, name = '', value = '']): [string, string] => [name, value],
      ),
    );
    const started = await ask({ origin }, `${BASE}f2git/api/runs`, {
      method: 'POST',
      headers: {
        authorization: `token ${TOKEN}`,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: fields.toString(),
    });
    expect([started.status, started.text]).toEqual([202, expect.any(String)]);
  });

  const inCourse = (path: string): string => join(folder, 'home/python', path);

  test('the tile leads to the courses this student takes', async () => {
    await startJupyter();
    const { server_processes: servers } = JSON.parse((await read('server-proxy/servers-info')).text) as {
      readonly server_processes: readonly {
        readonly name: string;
        readonly launcher_entry: { readonly title: string };
      }[];
    };
    expect(servers).toMatchObject([{ name: 'f2git', launcher_entry: { enabled: true, title: 'Course files' } }]);
    const page = (await read('f2git/')).text;
    expect(page).toContain('Introduction');
    expect(page).not.toContain('others');
    expect((await read('f2git/go/others')).status).toBe(404);
  });

  test('a click brings the course, the next one merges, and the file opens in this very server', async () => {
    await startJupyter();
    const first = await click();
    expect(first.events).toMatch(/event: report/);
    expect(readFileSync(inCourse('README.md'), 'utf8')).toBe('Welcome\n');

    writeFileSync(inCourse('lab.py'), 'one = 1\ntwo = 22\nthree = 3\n');
    writeFiles(folder, { 'course/lab.py': 'one = 1\ntwo = 2\nthree = 3\nfour = 4\n' });
    const second = await click();
    const report = await read(`f2git/api/runs/${second.run}`, { headers: { accept: 'application/json' } });
    expect(JSON.parse(report.text)).toMatchObject({
      outcome: 'updated',
      files: [{ path: 'lab.py', action: 'merged' }],
    });
    expect(readFileSync(inCourse('lab.py'), 'utf8')).toBe('one = 1\ntwo = 22\nthree = 3\nfour = 4\n');

    const opened = await read('f2git/open/intro?file=lab.py');
    expect([opened.status, opened.headers.location]).toEqual([303, `${BASE}lab/tree/python/lab.py`]);
    expect((await ask({ origin }, `${BASE}f2git/`)).status).not.toBe(200);
  });

  test('a token without the right to f2git is refused, in words', async () => {
    await startJupyter({ JUPYTERHUB_API_TOKEN: hub.issueToken('alice', ['access:servers!server=alice/']) });
    const answer = await read('f2git/');
    expect(answer.status).not.toBe(200);
    expect(answer.text).toMatch(/Your work is safe/);
  });

  test('the course’s server is away: the page says so, and what is there stays', async () => {
    await startJupyter({ F2GIT_SERVER: 'http://127.0.0.1:9/' });
    expect((await read('f2git/')).text).toMatch(/is not answering.*Your work is safe/s);
  });

  test('nobody said where the course’s server is: the page says so', async () => {
    await startJupyter({ F2GIT_SERVER: '' });
    expect((await read('f2git/')).text).toMatch(/F2GIT_SERVER/);
  });

  test('without Node there is a page that says what to do', async () => {
    await startJupyter({ F2GIT_NODE: '/nonexistent/node' });
    const answer = await read('f2git/go/intro');
    expect(answer.status).toBe(503);
    expect(answer.text).toMatch(/Node 20\.18 or newer.*your work is safe/s);
  });
});
