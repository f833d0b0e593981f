/** The blocks `hub-config` prints. That they work is shown by the real hubs of test/e2e/hub.test.ts, which start with them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config.ts';
import { hubConfigBlock, hubForms } from '../../src/hub/hub-config.ts';
import { cliPath, f2git, projectRoot } from '../e2e/support.ts';
import { scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

function configure(lines = ''): void {
  const text = `homes: /home/{user}\ndata: ./data\nauth: jupyterhub\n${lines}public_url: https://hub.example.org/services/f2git\ncourses:\n  c:\n    source: ./course\n`;
  writeFileSync(join(folder, 'f2git.yaml'), text);
}

interface HubPython {
  readonly services: Record<string, unknown>[];
  readonly roles: { name: string; scopes: string[] }[];
  /** What students' servers get in their environment. */
  readonly environment: Record<string, string>;
}

/** What Python makes of a block, in a configuration that has services and roles already: those it adds. */
function asPython(block: string): HubPython {
  const around = `
import json, sys
from types import SimpleNamespace as Space
c = Space(JupyterHub=Space(services=["theirs"], load_roles=["theirs"]), Spawner=Space(environment={}))
c.DockerSpawner = c.Spawner
exec(sys.stdin.read())
(first, *services), (second, *roles) = c.JupyterHub.services, c.JupyterHub.load_roles
assert first == second == "theirs"
print(json.dumps({"services": services, "roles": roles, "environment": c.Spawner.environment}))`;
  const env = { ...process.env, F2GIT_HUB_TOKEN: 'x' };
  return JSON.parse(execFileSync('python3', ['-c', around], { input: block, encoding: 'utf8', env })) as never;
}

it.each(['hub', 'tljh'])('prints Python for %s that registers this very program and configuration', async (form) => {
  configure('listen: 127.0.0.1:9123\nhub: { service: courses, accounts: tljh }\n');
  const { status, stdout, stderr } = await f2git(['hub-config', form], { cwd: folder });
  expect([status, stderr]).toEqual([0, '']);
  const { services, roles } = asPython(stdout);
  expect(services).toEqual([
    {
      name: 'courses',
      url: 'http://127.0.0.1:9123',
      command: [process.execPath, cliPath, 'serve', '--config', join(folder, 'f2git.yaml')],
      oauth_no_confirm: true,
    },
  ]);
  expect(roles).toEqual([
    { name: 'user', scopes: ['self', 'access:services!service=courses'] },
    { name: 'courses', services: ['courses'], scopes: ['read:users:groups', 'servers'] },
  ]);
});

it('prints values for Zero to JupyterHub', async () => {
  configure();
  const { stdout } = await f2git(['hub-config', 'z2jh'], { cwd: folder });
  const access = 'access:services!service=f2git';
  expect(parse(stdout)).toEqual({
    hub: {
      services: { f2git: { url: 'http://f2git:8484', oauth_no_confirm: true } },
      loadRoles: {
        user: { scopes: ['self', access] },
        server: { scopes: ['users:activity!user', 'access:servers!server', access] },
        f2git: { services: ['f2git'], scopes: ['read:users:groups', 'servers'] },
      },
    },
    singleuser: {
      networkPolicy: {
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'f2git' } } }], ports: [{ port: 8484 }] }],
      },
    },
  });
});

it('asks for no right it was told not to use', async () => {
  configure('hub: { start_servers: false }\n');
  const { stdout } = await f2git(['hub-config', '--json'], { cwd: folder });
  const { blocks } = JSON.parse(stdout) as { blocks: { form: string; file: string; text: string }[] };
  expect(blocks.map(({ form }) => form)).toEqual([...hubForms]);
  for (const { text } of blocks) {
    expect(text).toMatch(/read:users:groups['"]\]/);
    expect(text).not.toMatch(/["[ ]servers[",\]]/);
  }
});

it('says what the configuration here still lacks', async () => {
  writeFileSync(
    join(folder, 'f2git.yaml'),
    'homes: ./homes/{user}\nauth: none\ncourses: { c: { source: ./course } }\n',
  );
  const { stderr } = await f2git(['hub-config', 'tljh'], { cwd: folder });
  expect(stderr).toContain('auth: jupyterhub');
  expect(stderr).toContain('hub: { accounts: tljh }');
  expect(stderr).toContain('public_url: https://hub.example.org/services/f2git');
});

it('says that there is no such configuration, where its block names one', async () => {
  rmSync(join(folder, 'f2git.yaml'));
  const { status, stdout, stderr } = await f2git(['hub-config', 'hub'], { cwd: folder });
  const file = join(folder, 'f2git.yaml');
  expect([status, stdout]).toEqual([0, expect.stringContaining(`"--config", "${file}"`)]);
  expect(stderr).toContain(`There is no configuration “${file}” yet`);
});

it('knows three kinds of hubs', async () => {
  configure();
  const { status, stderr } = await f2git(['hub-config', 'binder'], { cwd: folder });
  expect([status, stderr]).toEqual([2, expect.stringContaining('hub, tljh, z2jh')]);
});

it.each(hubForms)('is what docs/jupyterhub.md shows for %s', (form) => {
  const command = ['/usr/bin/node', '/opt/f2git/dist/cli.js', 'serve', '--config', '/etc/f2git/f2git.yaml'];
  const block = hubConfigBlock(form, { service: 'f2git', command, port: 8484, startServers: true });
  expect(readFileSync(join(projectRoot, 'docs/jupyterhub.md'), 'utf8')).toContain(block);
});

const examples = join(projectRoot, 'examples');
const read = (name: string): string => readFileSync(join(examples, name), 'utf8');

it('is what the examples hold', () => {
  const tljh = asPython(read('tljh/f2git.py'));
  expect(tljh.services[0]).toMatchObject({ url: 'http://127.0.0.1:8484', oauth_no_confirm: true });
  const facts = { service: 'f2git', command: [], port: 8484, startServers: true };
  expect(parse(read('z2jh/values.yaml'))).toEqual(parse(hubConfigBlock('z2jh', facts)));
});

it.each(['examples/compose/README.md', 'jupyter/README.md'])(
  'asks for what %s asks for, where servers have the agent',
  (path) => {
    const text = readFileSync(join(projectRoot, path), 'utf8');
    const { roles, environment } = asPython(/```python\n(.*?)```/s.exec(text)?.[1] ?? '');
    const facts = { service: 'f2git', command: [], port: 8484, startServers: true };
    const { hub } = parse(hubConfigBlock('z2jh', facts)) as {
      hub: { loadRoles: Record<string, { scopes: string[] }> };
    };
    expect(Object.fromEntries(roles.map(({ name, ...role }) => [name, role]))).toEqual(hub.loadRoles);
    // below the prefix that the hub gives a service
    expect(environment).toEqual({ F2GIT_SERVER: 'http://f2git:8484/services/f2git/' });
    // the hub's own port leads to no service
    expect(text).not.toMatch(/:8081\/services/);
  },
);

it('goes with the configurations of the examples', () => {
  const tljh = parseConfig(read('tljh/f2git.yaml'), { folder: '/etc/f2git', environment: {} });
  expect(tljh).toMatchObject({ accounts: 'tljh', service: 'f2git', data: '/var/lib/f2git' });
  const environment = { F2GIT_HUB_TOKEN: 'of-the-chart' };
  const z2jh = parseConfig(read('z2jh/f2git.yaml'), { folder: '/etc/f2git', environment });
  expect(z2jh.hub).toMatchObject({
    apiUrl: 'http://hub:8081/hub/api',
    address: 'https://hub.example.org/hub/',
    clientId: 'service-f2git',
    redirectUri: '/services/f2git/oauth_callback',
  });
});

it('goes with the deployment of the example', () => {
  const [, deployment, service] = parseAllDocuments(read('z2jh/deployment.yaml')).map((one) => one.toJS() as unknown);
  const { hub, singleuser } = parse(read('z2jh/values.yaml')) as {
    hub: { services: { f2git: { url: string } } };
    singleuser: { networkPolicy: { egress: [{ to: [{ podSelector: object }]; ports: [{ port: number }] }] } };
  };
  const { services } = hub;
  const [port] = (service as { spec: { ports: { port: number }[] } }).spec.ports;
  // students' servers reach no other pod unless a rule says so
  const { template } = (deployment as { spec: { template: { metadata: { labels: object } } } }).spec;
  const [{ to, ports }] = singleuser.networkPolicy.egress;
  expect([to[0].podSelector, ports[0]]).toEqual([{ matchLabels: { app: 'f2git' } }, { port: port?.port }]);
  expect(template.metadata.labels).toMatchObject({ app: 'f2git' });
  expect(services.f2git.url).toBe(
    `http://${(service as { metadata: { name: string } }).metadata.name}:${port?.port ?? 0}`,
  );
  expect(JSON.stringify(deployment)).toContain('"name":"F2GIT_HUB_TOKEN"');
});
