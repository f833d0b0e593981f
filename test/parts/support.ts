/** The built program, started by root: a server in three parts, with accounts of its own and students of this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeServiceAccount, makeStudent, settle, type Student } from '../agent/support/students.ts';
import { statusOf } from '../agent/support/processes.ts';
import { until } from '../server/harness.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

export interface ServedInParts {
  readonly root: string;
  readonly origin: string;
  /** The process that was started. */
  readonly pid: number | undefined;
  readonly anna: Student;
  readonly keeper: string;
  readonly front: string;
  /** Everything it wrote, as it came. */
  readonly said: () => string;
  /** The process of a part as it is now; of `supervisor` the one that was started. */
  pidOf(part: 'supervisor' | 'keeper' | 'front'): Promise<number>;
  put(files: Readonly<Record<string, string | Buffer>>): void;
  /** Starts a click; gives its run. */
  click(): Promise<string>;
  /** The document of the run once it has ended; undefined when the server forgot it. */
  ended(run: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Clicks until one ends well, as a student does. */
  delivered(): Promise<Readonly<Record<string, unknown>>>;
  readonly exit: Promise<number | null>;
  stop(): Promise<void>;
}

type Auth = 'none' | 'links' | 'jupyterhub';

export interface PartsStage {
  readonly root: string;
  readonly keeper: string;
  readonly front: string;
  readonly anna: Student;
  put(files: Readonly<Record<string, string | Buffer>>): void;
  /** Starts `f2git serve`. `change` are further lines of the course; with the environment of a hub people are the hub’s. */
  serve(change?: string, environment?: NodeJS.ProcessEnv, auth?: Auth): Promise<ServedInParts>;
  /** Runs another command, as root; gives its exit code and all it says. */
  run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }>;
  remove(): void;
}

export async function openPartsStage(): Promise<PartsStage> {
  const root = fs.mkdtempSync(join(tmpdir(), 'f2git-parts-'));
  fs.chmodSync(root, 0o755);
  for (const name of ['homes', 'course']) fs.mkdirSync(join(root, name));
  // where every account can read it, wherever the tests are
  fs.cpSync(dist, join(root, 'dist'), { recursive: true });
  const anna = settle(await makeStudent(), join(root, 'homes'));
  const [keeper, front] = [makeServiceAccount(), makeServiceAccount()];
  const put: PartsStage['put'] = (files) => {
    for (const [path, content] of Object.entries(files)) {
      fs.mkdirSync(dirname(join(root, 'course', path)), { recursive: true });
      fs.writeFileSync(join(root, 'course', path), content);
    }
  };
  const stage = { root, keeper, front, anna, put };
  return {
    ...stage,
    serve: (change = '', environment = {}, auth = usualAuth(environment)) => serve(stage, change, environment, auth),
    run: async (...args) => {
      const { child, said } = start(root, args, {});
      const status = await exitOf(child);
      return { status, said: said() };
    },
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}

type Parts = Pick<PartsStage, 'root' | 'keeper' | 'front' | 'anna' | 'put'>;

export function configOf(
  { root, keeper, front }: Pick<Parts, 'root' | 'keeper' | 'front'>,
  change: string,
  auth: Auth,
): string {
  return `
listen: 127.0.0.1:0
data: ./state/data
homes: ${root}/homes/{user}
auth: ${auth}
user: ${keeper}
front_user: ${front}
courses:
  intro:
    source: ./course
    freshness: 0s
${change}`;
}

function start(root: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

function usualAuth(environment: NodeJS.ProcessEnv): Auth {
  return 'JUPYTERHUB_API_TOKEN' in environment ? 'jupyterhub' : 'none';
}

async function serve(parts: Parts, change: string, environment: NodeJS.ProcessEnv, auth: Auth): Promise<ServedInParts> {
  fs.writeFileSync(join(parts.root, 'f2git.yaml'), configOf(parts, change, auth), { mode: 0o600 });
  const { child, said } = start(parts.root, ['serve'], environment);
  const exit = exitOf(child);
  const origin = await Promise.race([
    until(() => /f2git is running: (http:\/\/[^/]+)/.exec(said())?.[1]),
    exit.then((code) => {
      throw new Error(`ended with ${code}: ${said()}`);
    }),
  ]);
  const asked = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${origin}${path}${path.includes('?') ? '&' : '?'}user=${parts.anna.name}`, {
      ...init,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    });
  const ended = async (run: string): Promise<Readonly<Record<string, unknown>> | undefined> =>
    until(async () => {
      const answer = await asked(`/api/runs/${run}`).catch(() => undefined);
      if (answer?.status === 404) return { forgotten: true };
      const document = answer?.status === 200 ? ((await answer.json()) as Record<string, unknown>) : {};
      return 'outcome' in document || document['state'] === 'failed' ? document : undefined;
    }).then((document) => ('forgotten' in document ? undefined : document));
  const click = async (): Promise<string> => {
    const answer = await until(() => {
      const posted = asked('/api/runs', { method: 'POST', body: '{"course":"intro"}' });
      return posted.then((one) => (one.status === 202 ? one : undefined)).catch(() => undefined);
    });
    return ((await answer.json()) as { readonly run: string }).run;
  };
  return {
    ...parts,
    origin,
    pid: child.pid,
    said,
    click,
    ended,
    delivered: () =>
      until(async () => {
        const document = await ended(await click());
        return document !== undefined && 'outcome' in document ? document : undefined;
      }),
    pidOf: (part) => until(() => (part === 'supervisor' ? child.pid : partOf(child.pid, part))),
    exit,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exit;
    },
  };
}

function partOf(supervisor: number | undefined, part: string): number | undefined {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isPart = (pid: string): boolean =>
    new RegExp(`^PPid:\\s+${supervisor}$`, 'm').test(statusOf(Number(pid))) && argumentsOf(pid).at(-1) === part;
  return pids.filter(isPart).map(Number)[0];
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    // it ended while we looked
    return [];
  }
}
