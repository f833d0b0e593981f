/**
 * A real JupyterHub with its proxy and f2git as the service it starts, for students with accounts of their own on this
 * machine. Runs as root, as hubs with such accounts do.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { removeAccount } from '../support/accounts.ts';
import { cliPath, projectRoot, scratchFolder, startProgram, type RunningProgram } from './support.ts';

const proxy = join(projectRoot, 'test/output/proxy/node_modules/.bin/configurable-http-proxy');

export interface HubKind {
  readonly name: string;
  readonly hub: string;
  readonly singleUser: string;
  /** Further variables of the students' servers. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The current release, and the oldest that is met in the field. */
export const hubKinds: readonly HubKind[] = [
  {
    name: 'the current JupyterHub',
    hub: join(projectRoot, 'test/output/venv/bin/jupyterhub'),
    singleUser: join(projectRoot, 'test/output/venv/bin/jupyterhub-singleuser'),
    environment: {},
  },
  {
    name: 'JupyterHub 3.0 of Debian',
    hub: '/usr/bin/jupyterhub',
    singleUser: '/usr/bin/jupyterhub-singleuser',
    environment: { JUPYTERHUB_SINGLEUSER_APP: 'notebook.notebookapp.NotebookApp' },
  },
];

/** For the names of skipped tests: why this hub cannot run here; undefined when it can. */
export function noHub({ hub }: HubKind): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start servers for other accounts';
  if (!existsSync(hub)) return `${hub} is not installed`;
  return existsSync(proxy) ? undefined : 'configurable-http-proxy is not installed (npm)';
}

/** Accounts of f2git's own. */
const keeper = `f2git-test-${process.pid}-keeper`;
const front = `f2git-test-${process.pid}-front`;

export interface RunningHub extends RunningProgram {
  /** Where people reach the hub, with its base path: `http://127.0.0.1:1234/jhub/`. */
  readonly address: string;
  readonly folder: string;
  /** The course's folder. */
  readonly course: string;
  /** Where the home of an account is. */
  homeOf(name: string): string;
  remove(): Promise<void>;
}

export interface HubOptions {
  /** People with an account and a home. Others have neither before their server starts. */
  readonly students: readonly string[];
  /** Further lines of the course. */
  readonly course?: string;
  /** Further lines of f2git's own part `hub`. */
  readonly hub?: string;
  /** Further lines of the hub's configuration. */
  readonly configuration?: string;
  /** Whether f2git and each student's server have a host of their own. */
  readonly hasHosts?: boolean;
}

/** Starts it and waits until it and f2git answer. */
export async function startHub(kind: HubKind, options: HubOptions): Promise<RunningHub> {
  const folder = scratchFolder('hub');
  const homes = join(folder, 'homes');
  const remove = (): Promise<void> => removeAccounts(homes, folder);
  try {
    return { ...(await startIn(folder, homes, kind, options)), homeOf: (name) => join(homes, name), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startIn(
  folder: string,
  homes: string,
  kind: HubKind,
  options: HubOptions,
): Promise<Omit<RunningHub, 'homeOf' | 'remove'>> {
  // students reach their homes in it
  chmodSync(folder, 0o755);
  for (const name of ['homes', 'course', 'hub']) mkdirSync(join(folder, name));
  chmodSync(join(folder, 'hub'), 0o700);
  for (const name of options.students) makeAccount(name, join(homes, name));
  for (const name of [keeper, front]) {
    execFileSync('useradd', ['--system', '--home-dir', join(homes, name), name], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  const ports = await freePorts(4);
  writeFileSync(join(folder, 'hub/f2git.yaml'), f2gitConfig(ports[3] ?? 0, options), { mode: 0o600 });
  const config = join(folder, 'hub/jupyterhub_config.py');
  const block = execFileSync(process.execPath, [cliPath, 'hub-config', 'hub'], {
    cwd: join(folder, 'hub'),
    encoding: 'utf8',
  });
  // every name below is an address of this computer's own (RFC 6761, 6.3)
  const host = options.hasHosts === true ? `http://hub.localhost:${ports[0] ?? 0}` : undefined;
  const hosts = host === undefined ? '' : `c.JupyterHub.subdomain_host = ${json(host)}\n`;
  const own = `${hosts}${options.configuration ?? ''}`;
  writeFileSync(config, `${hubConfig(kind, ports)}${withHomes(homes)}${own}${block}`, { mode: 0o600 });
  const program = await startHubProgram(kind, config);
  return {
    ...program,
    address: `${host ?? `http://127.0.0.1:${ports[0] ?? 0}`}/jhub/`,
    folder,
    course: join(folder, 'course'),
  };
}

/** In the folder of its configuration, where it keeps its state. */
export async function startHubProgram(kind: HubKind, config: string): Promise<RunningProgram> {
  const program = startProgram(kind.hub, ['-f', config], { cwd: dirname(config), env: environment() });
  await program.waitFor(/JupyterHub is now running at/, 60);
  return program;
}

/** Takes `folder` away, and with it the accounts whose homes are in its folder `homes`, whoever made them. */
export async function removeAccounts(homes: string, folder: string): Promise<void> {
  for (const name of accountsIn(homes)) await removeAccount(name);
  rmSync(folder, { recursive: true, force: true });
}

function accountsIn(homes: string): readonly string[] {
  const lines = execFileSync('getent', ['passwd'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.split(':')[5]?.startsWith(`${homes}/`)).map((line) => line.split(':')[0] ?? '');
}

export function makeAccount(name: string, home: string): void {
  execFileSync('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/bash', name], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  chmodSync(home, 0o750);
}

/** A hub looks for its own programs on the path, and for no proxy between itself and this machine. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LANG: 'C.UTF-8', HOME: '/root', CONFIGPROXY_AUTH_TOKEN: 'only-of-this-test' };
}

function f2gitConfig(port: number, { hub, course }: HubOptions): string {
  return `
listen: 127.0.0.1:${port}
auth: jupyterhub
${hub === undefined ? '' : `hub: { ${hub} }`}
data: ../data
user: ${keeper}
front_user: ${front}
homes: ../homes/{user}
defaults: { freshness: 0s, language: en }
courses:
  intro:
    title: Introduction to Python
    source: ../course
    open: week1/lab1.ipynb
    ${course ?? ''}
`;
}

/** A hub for whoever knows the password, on the first three of `ports`. */
export function hubConfig(kind: HubKind, ports: readonly number[]): string {
  const [front, hub, api] = ports.map((port) => `http://127.0.0.1:${port}`);
  return `
c = get_config()
c.JupyterHub.bind_url = ${json(`${front ?? ''}/jhub/`)}
c.JupyterHub.hub_bind_url = ${json(hub)}
c.ConfigurableHTTPProxy.command = [${json(process.execPath)}, ${json(proxy)}]
c.ConfigurableHTTPProxy.api_url = ${json(api)}
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "secret"
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = {}
c.JupyterHub.allow_named_servers = True
c.Spawner.cmd = [${json(kind.singleUser)}]
c.Spawner.environment = ${json(kind.environment)}
`;
}

/** Homes are made with the first server, and no server is faster than the files, so that what is told meanwhile can be seen. */
function withHomes(homes: string): string {
  return `
import asyncio, json, os, subprocess

async def make_account(spawner):
    home = ${json(homes)} + "/" + spawner.user.name
    with open(home + "-options.json", "w") as file:
        json.dump(spawner.user_options, file)
    if not os.path.exists(home):
        subprocess.run(["useradd", "--create-home", "--home-dir", home, spawner.user.name], check=True)
        return
    while not os.path.exists(home + "/intro/week1/lab1.ipynb"):
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)

c.Spawner.pre_spawn_hook = make_account
`;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

/** Ports nobody listens on at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Fills in the hub's own login page; each of its accounts has this password. */
export async function logIn(page: Page, name: string): Promise<void> {
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill('secret');
  await page.locator('input[name=password]').press('Enter');
}
