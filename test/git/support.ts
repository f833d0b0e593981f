/** A whole server over a real course folder, and real git as its client. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { parseCourseId, type CourseId } from '../../src/core/ids.ts';
import { dataKey } from '../../src/repo/data-folder.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { openCapabilities, type Grant } from '../../src/web/capabilities.ts';
import { builtAssets, builtWorker, programFolder } from '../server/harness.ts';

const left: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

export function courseIdOf(text: string): CourseId {
  const id = parseCourseId(text);
  if (id === undefined) throw new Error(`no course id: ${text}`);
  return id;
}

/** A clock the test moves; it stands still otherwise. */
export class Clock {
  at = new Date('2026-11-23T08:00:00Z').getTime();

  readonly now = (): Date => new Date(this.at);

  pass(milliseconds: number): void {
    this.at += milliseconds;
  }
}

export class GitCourse {
  readonly root: string;
  readonly logLines: string[] = [];
  readonly clock = new Clock();
  server: RunningServer | undefined;
  #text = '';

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'f2git-git-'));
    left.push(() => rmSync(this.root, { recursive: true, force: true }));
  }

  /** Puts files into the course's folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): this {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, 'course', path)), { recursive: true });
      writeFileSync(join(this.root, 'course', path), content);
    }
    return this;
  }

  remove(path: string): void {
    rmSync(join(this.root, 'course', path), { recursive: true });
  }

  /** Starts the server; `more` are further lines of the course `intro`, `source` its source. */
  async start(more = '', source = './course'): Promise<this> {
    await builtAssets();
    await builtWorker();
    this.#text = `listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro:
    source: ${source}
    freshness: 0s
${more}`;
    left.push(() => this.server?.close());
    return this.restart();
  }

  /** Stops the server if it runs, and starts it anew. */
  async restart(): Promise<this> {
    await this.server?.close();
    this.server = await startServer(parseConfig(this.#text, { folder: this.root, environment: {} }), {
      programFolder,
      now: this.clock.now,
      log: (level, event, facts) => this.logLines.push(JSON.stringify({ level, event, ...facts })),
    });
    return this;
  }

  /** The configuration as a file, for commands beside the server. */
  writeConfig(): string {
    writeFileSync(this.path('f2git.yaml'), this.#text);
    return this.path('f2git.yaml');
  }

  get origin(): string {
    return this.server?.url.replace(/\/$/, '') ?? '';
  }

  get data(): string {
    return join(this.root, 'data');
  }

  token(purpose: Grant['purpose'] = 'git', audience = 'all'): string {
    return openCapabilities(this.data, dataKey(this.data)).tokenOf({ purpose, course: courseIdOf('intro'), audience });
  }

  /** The address of the course for git. */
  get address(): string {
    return `${this.origin}/git/${this.token()}/intro`;
  }

  get environmentAddress(): string {
    return `${this.origin}/git/${this.token('environment')}/intro-environment`;
  }

  get gitDir(): string {
    return join(this.data, 'intro/all.git');
  }

  path(name: string): string {
    return join(this.root, name);
  }
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as a stranger would; nothing of this machine's git configuration reaches it. */
export function run(
  command: string,
  args: readonly string[],
  { cwd = tmpdir(), env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...cleanEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout: stdout.trimEnd(), stderr }));
  });
}

const cleanEnvironment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  LC_ALL: 'C',
};

/** Runs git and gives what it printed. Throws when it fails. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const ended = await run('git', args, { cwd });
  if (ended.status !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}
