/** The built program as a person uses it: a server started from the command line, a real browser, a link. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
export const cliPath = join(projectRoot, 'dist/cli.js');
const CHROMIUM = '/usr/bin/chromium';

/** For the names of skipped tests: why there is no browser; undefined when there is one. */
export const noBrowser = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not installed (apt-get install chromium)`;

export function scratchFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `f2git-e2e-${name}-`));
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export interface RunningProgram {
  /** Everything it wrote so far. */
  output(): string;
  /** The first match of `pattern` in what it writes. @throws when it ends or stays silent for too long */
  waitFor(pattern: RegExp, seconds?: number): Promise<RegExpExecArray>;
  /** Waits for its end. Default: SIGTERM, as an administrator does it. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program that runs until it is stopped. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): RunningProgram {
  // a group of its own: npm starts a shell that starts the program, and all of them are to be stopped
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (written += chunk));
  return {
    output: () => written,
    waitFor: (pattern, seconds = 60) => waitForOutput(child, () => written, pattern, seconds),
    stop: (signal = 'SIGTERM') => stop(child, signal),
  };
}

async function waitForOutput(
  child: ChildProcess,
  text: () => string,
  pattern: RegExp,
  seconds: number,
): Promise<RegExpExecArray> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const match = pattern.exec(text());
    if (match !== null) return match;
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}:\n${text()}`);
    if (Date.now() > deadline) throw new Error(`no ${String(pattern)} in:\n${text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? 0), signal);
  await ended;
}

/** `f2git serve` with a configuration file; gives the address below which everything lives. */
export async function startServer(
  folder: string,
  config: string,
): Promise<RunningProgram & { readonly address: string }> {
  writeFileSync(join(folder, 'f2git.yaml'), config, { mode: 0o600 });
  const program = startProgram(process.execPath, [cliPath, 'serve', '--port', '0'], { cwd: folder });
  const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+\//);
  return { ...program, address };
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `f2git` to its end, while servers in this process go on answering. */
export async function f2git(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; as?: { readonly uid: number; readonly gid: number } },
): Promise<Ended> {
  const env = { ...process.env, LANG: 'en_GB.UTF-8', LC_ALL: 'en_GB.UTF-8', ...options.env };
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.as,
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { status, stdout, stderr };
}

export async function openBrowser(): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const profile = scratchFolder('profile');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Follows the link as a student does and waits for the report. */
export async function click(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.locator('[data-report]').waitFor({ timeout: 30_000 });
}

/** Keeps a picture of the page in an ignored folder, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = join(projectRoot, 'test/output/screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
