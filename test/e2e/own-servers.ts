/**
 * A real JupyterHub as Zero to JupyterHub makes one, on this machine: f2git runs beside the hub under an account of its
 * own and reaches no home; the Python package in the students' servers does the rest. The hub and f2git are configured by
 * what `f2git hub-config z2jh` prints and by `examples/z2jh`, with addresses of this machine.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts, hubConfig, makeAccount, removeAccounts, startHubProgram, type HubKind } from './hub-process.ts';
import { cliPath, projectRoot, scratchFolder, startProgram, type RunningProgram } from './support.ts';

const pip = join(projectRoot, 'test/output/venv/bin/pip');

/** For the names of skipped tests: what is missing here beside a hub; undefined when nothing is. */
export const noPackage = existsSync(join(projectRoot, 'test/output/venv/bin/jupyter-standaloneproxy'))
  ? undefined
  : 'jupyter-server-proxy is not installed (pip)';

export interface OwnServers {
  /** Where people reach the hub, with its base path. */
  readonly address: string;
  /** The course's folder. */
  readonly course: string;
  homeOf(name: string): string;
  startHub(): Promise<RunningProgram>;
  startF2git(): Promise<RunningProgram>;
  /** When all has been stopped. */
  remove(): Promise<void>;
}

export interface OwnServersOptions {
  readonly students: readonly string[];
  /** The account f2git runs under. */
  readonly keeper: string;
  /** Beside the course `intro`: further courses of the same files, and who takes them. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
  /** Whether f2git and each student's server have a host of their own. */
  readonly hasHosts?: boolean;
}

/** Prepares everything; starts nothing. */
export async function ownServers(kind: HubKind, options: OwnServersOptions): Promise<OwnServers> {
  const { students, keeper, others = {}, hasHosts = false } = options;
  const folder = scratchFolder('own');
  const homes = join(folder, 'homes');
  const [front = 0, hub = 0, api = 0, own = 0] = await freePorts(4);
  // every name below is an address of this computer's own (RFC 6761, 6.3)
  const domain = hasHosts ? `hub.localhost:${front}` : `127.0.0.1:${front}`;
  const address = `http://${domain}/jhub/`;
  const ofService = `http://${hasHosts ? 'f2git--service.' : ''}${domain}/jhub/services/f2git`;
  const token = randomBytes(16).toString('hex');
  // students reach their homes in it
  chmodSync(folder, 0o755);
  for (const name of ['homes', 'course', 'hub', 'data']) mkdirSync(join(folder, name));
  chmodSync(join(folder, 'hub'), 0o700);
  for (const name of students) makeAccount(name, join(homes, name));
  execFileSync('useradd', ['--system', '--home-dir', join(homes, keeper), keeper], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  giveTo(keeper, join(folder, 'data'));
  installPackage(join(folder, 'python'));

  const config = join(folder, 'hub/jupyterhub_config.py');
  const f2gitAddress = `http://127.0.0.1:${own}/jhub/services/f2git/`;
  const extraEnv = { F2GIT_SERVER: f2gitAddress, PYTHONPATH: join(folder, 'python') };
  const hosts = hasHosts ? `c.JupyterHub.subdomain_host = "http://${domain}"\n` : '';
  const text = `${hubConfig(kind, [front, hub, api])}${hosts}${asTheChartDoes(printedValues(), { extraEnv, token, own })}`;
  writeFileSync(config, text, { mode: 0o600 });
  const yaml = join(folder, 'f2git.yaml');
  writeFileSync(yaml, f2gitConfig({ folder, address, ofService, own, hub, others }));
  return {
    address,
    course: join(folder, 'course'),
    homeOf: (name) => join(homes, name),
    startHub: () => startHubProgram(kind, config),
    startF2git: async () => {
      const command = [process.execPath, cliPath, 'serve', '--config', yaml];
      const args = [`--reuid=${keeper}`, `--regid=${keeper}`, '--clear-groups', '--no-new-privs', ...command];
      const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', F2GIT_HUB_TOKEN: token };
      const program = startProgram('setpriv', args, { cwd: folder, env });
      await program.waitFor(/f2git is running/);
      return program;
    },
    remove: () => removeAccounts(homes, folder),
  };
}

/** The package as it is installed into an image. */
function installPackage(target: string): void {
  const args = ['install', '-q', '--no-deps', '--no-build-isolation', '--disable-pip-version-check'];
  execFileSync(pip, [...args, '--target', target, join(projectRoot, 'jupyter')], { stdio: 'ignore' });
}

/** What an administrator puts into values.yaml. */
function printedValues(): unknown {
  const args = [cliPath, 'hub-config', 'z2jh', '--config', join(projectRoot, 'examples/z2jh/f2git.yaml')];
  const env = { ...process.env, F2GIT_HUB_TOKEN: 'not needed to print' };
  return parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }));
}

interface ClusterFacts {
  readonly extraEnv: Readonly<Record<string, string>>;
  readonly token: string;
  /** f2git's port. */
  readonly own: number;
}

/** What the chart's own jupyterhub_config.py makes of these values (files/hub/jupyterhub_config.py in its repository). */
function asTheChartDoes(values: unknown, { extraEnv, token, own }: ClusterFacts): string {
  return `
import json
hub = json.loads(r'''${JSON.stringify(values)}''')["hub"]
for key, service in hub["services"].items():
    service.setdefault("name", key)
    service["api_token"] = ${JSON.stringify(token)}
    # the name of a pod there
    service["url"] = service["url"].replace("http://f2git:8484", "http://127.0.0.1:${own}")
    c.JupyterHub.services.append(service)
for key, role in hub["loadRoles"].items():
    role.setdefault("name", key)
    c.JupyterHub.load_roles.append(role)
c.Spawner.environment.update(json.loads(r'''${JSON.stringify(extraEnv)}'''))
`;
}

/** The example's file, with addresses and courses of here. */
function f2gitConfig(here: {
  readonly folder: string;
  readonly address: string;
  readonly ofService: string;
  readonly own: number;
  readonly hub: number;
  readonly others: Readonly<Record<string, readonly string[]>>;
}): string {
  const example = parse(readFileSync(join(projectRoot, 'examples/z2jh/f2git.yaml'), 'utf8')) as {
    readonly hub: object;
  };
  const course = { title: 'Introduction to Python', source: join(here.folder, 'course'), open: 'week1/lab1.ipynb' };
  return stringify({
    ...example,
    listen: `127.0.0.1:${here.own}`,
    prefix: '/jhub/services/f2git/',
    public_url: here.ofService,
    data: join(here.folder, 'data'),
    hub: { ...example.hub, url: here.address, api_url: `http://127.0.0.1:${here.hub}/jhub/hub/api` },
    defaults: { freshness: '0s', language: 'en' },
    courses: {
      intro: course,
      ...Object.fromEntries(
        Object.entries(here.others).map(([id, students]) => [id, { ...course, title: id, students }]),
      ),
    },
  });
}

function giveTo(account: string, folder: string): void {
  const id = (kind: string): number => Number(execFileSync('id', [kind, account], { encoding: 'utf8' }));
  chmodSync(folder, 0o700);
  chownSync(folder, id('-u'), id('-g'));
}
