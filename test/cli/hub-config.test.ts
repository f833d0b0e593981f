/** The blocks `hub-config` prints. That they work is shown by the real hubs of test/e2e/hub.test.ts, which start with them. */
import { execFileSync } from 'node:child_process';
import { writeFileSync, readFileSync } from 'node:fs';
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
  const text = `homes: /home/{user}\ndata: ./data\nauth: jupyterhub\n${lines}courses:\n  c:\n    source: ./course\n`;
  writeFileSync(join(folder, 'f2git.yaml'), text);
}

/** What Python makes of a block: the services and roles it adds. */
function asPython(block: string): { services: Record<string, unknown>[]; roles: { name: string; scopes: string[] }[] } {
  const around = `
import json, sys
class Lists: services = []; load_roles = []
class c: JupyterHub = Lists
exec(sys.stdin.read())
print(json.dumps({"services": Lists.services, "roles": Lists.load_roles}))`;
  return JSON.parse(execFileSync('python3', ['-c', around], { input: block, encoding: 'utf8' })) as never;
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
  const { services } = (parse(read('z2jh/values.yaml')) as { hub: { services: { f2git: { url: string } } } }).hub;
  const [port] = (service as { spec: { ports: { port: number }[] } }).spec.ports;
  expect(services.f2git.url).toBe(
    `http://${(service as { metadata: { name: string } }).metadata.name}:${port?.port ?? 0}`,
  );
  expect(JSON.stringify(deployment)).toContain('"name":"F2GIT_HUB_TOKEN"');
});
