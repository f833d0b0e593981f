/** Real storages for rclone, on loopback: its own SFTP server, and S3 as moto serves it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { obscure } from './course.ts';

/** A storage that runs: the options of its remote, and its end. */
export interface Storage {
  readonly options: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const moto = fileURLToPath(new URL('../../output/venv/bin/moto_server', import.meta.url));

/** Why S3 cannot be tested here; undefined when it can. */
export function whyNoS3(): string | undefined {
  return existsSync(moto) ? undefined : 'no moto_server in test/output/venv (node scripts/test.mjs installs it)';
}

const PASSWORD = 'geheim 4711';

/** Serves `folder` by SFTP, as rclone does without a shell: no digests, dates to the second. */
export async function startSftp(folder: string): Promise<Storage> {
  const port = await freePort();
  const args = [
    'serve',
    'sftp',
    folder,
    '--addr',
    `127.0.0.1:${String(port)}`,
    '--user',
    'lehre',
    '--config',
    '/dev/null',
  ];
  const child = launch('rclone', [...args, '--dir-cache-time', '0s', '--poll-interval', '0'], {
    RCLONE_PASS: PASSWORD,
    HOME: join(folder, '..'),
  });
  await untilListening(port, child);
  return {
    options: {
      ...{ type: 'sftp', host: '127.0.0.1', port: String(port), user: 'lehre', pass: obscure(PASSWORD) },
      ...{ shell_type: 'none', disable_hashcheck: 'true' },
    },
    stop: () => end(child),
  };
}

/** An empty S3. */
export async function startS3(): Promise<Storage> {
  const port = await freePort();
  const child = launch(moto, ['-H', '127.0.0.1', '-p', String(port)], {});
  await untilListening(port, child);
  return {
    options: {
      ...{ type: 's3', provider: 'Other', endpoint: `http://127.0.0.1:${String(port)}`, region: 'us-east-1' },
      ...{ access_key_id: 'lehre', secret_access_key: 'geheim-4711', force_path_style: 'true' },
    },
    stop: () => end(child),
  };
}

function launch(program: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...env } });
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    if (await isTaken(port)) return;
    await wait(50);
  }
  await end(child);
  throw new Error('the storage did not start');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(true));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)));
  });
}
