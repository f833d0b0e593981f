/**
 * Real WebDAV servers from the distribution's packages, each with a private configuration in a temporary folder, on
 * loopback, as processes of this test only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const serverKinds = ['apache', 'nginx', 'lighttpd', 'rclone'] as const;
export type ServerKind = (typeof serverKinds)[number];

export interface ServerAuth {
  readonly scheme: 'basic' | 'digest';
  readonly user: string;
  readonly password: string;
}

export interface RunningServer {
  /** The WebDAV address of the served folder, ending with `/`. */
  readonly url: string;
  /** Process id of the server's first process. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** How each server can ask for a sign-in. */
export const serverSchemes: Readonly<Record<ServerKind, readonly ServerAuth['scheme'][]>> = {
  apache: ['basic', 'digest'],
  nginx: ['basic'],
  lighttpd: ['basic', 'digest'],
  rclone: ['basic'],
};

/** Why a server cannot be used here, for the name of a skipped test; undefined when it can. */
export function whyUnavailable(kind: ServerKind): string | undefined {
  const { program, files, install } = needs[kind];
  if (findProgram(program) === undefined) return `${program} is not installed (apt-get install ${install})`;
  const missing = files.find((file) => !existsSync(file));
  return missing === undefined ? undefined : `${missing} is missing (apt-get install ${install})`;
}

/**
 * Serves `rootFolder` read-only by a server of its own. Servers that refuse to work as root do so as `nobody`; the
 * folders above `rootFolder` that this user owns in the temporary folder are opened for passing through.
 * @throws {Error} with the server's own output when it does not answer within 15 seconds
 */
export async function startWebdavServer(
  kind: ServerKind,
  rootFolder: string,
  auth?: ServerAuth,
): Promise<RunningServer> {
  openForOthers(rootFolder);
  const runtime = mkdtempSync(join(tmpdir(), `f2git-${kind}-`));
  chmodSync(runtime, 0o755);
  for (let attempt = 1; ; attempt += 1) {
    const setup: Setup = { rootFolder, runtime, port: await freePort(), auth };
    const started = await launch(kind, setup);
    if (!('failure' in started)) return started;
    // RACE: another process may take the port between looking and listening; worst case, the next port is tried.
    if (attempt < 3 && /address already in use/i.test(started.failure)) continue;
    rmSync(runtime, { recursive: true, force: true });
    throw new Error(`${kind} did not start: ${started.failure}`);
  }
}

interface Setup {
  readonly rootFolder: string;
  readonly runtime: string;
  readonly port: number;
  readonly auth: ServerAuth | undefined;
}

interface Command {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const NGINX_MODULES = '/usr/lib/nginx/modules';
const APACHE_MODULES = '/usr/lib/apache2/modules';
const LIGHTTPD_MODULES = '/usr/lib/lighttpd';
const REALM = 'course';

/** Apache opens its log by name, which standard error (a socket here) does not allow. */
const ERROR_LOG = 'error.log';

const needs: Readonly<Record<ServerKind, { program: string; files: readonly string[]; install: string }>> = {
  apache: { program: 'apache2', files: [`${APACHE_MODULES}/mod_dav.so`], install: 'apache2' },
  nginx: {
    program: 'nginx',
    files: [`${NGINX_MODULES}/ngx_http_dav_ext_module.so`],
    install: 'nginx-light libnginx-mod-http-dav-ext',
  },
  lighttpd: {
    program: 'lighttpd',
    files: [`${LIGHTTPD_MODULES}/mod_webdav.so`],
    install: 'lighttpd lighttpd-mod-webdav',
  },
  rclone: { program: 'rclone', files: [], install: 'rclone' },
};

const commands: Readonly<Record<ServerKind, (setup: Setup) => Command>> = {
  apache: apacheCommand,
  nginx: nginxCommand,
  lighttpd: lighttpdCommand,
  rclone: rcloneCommand,
};

async function launch(kind: ServerKind, setup: Setup): Promise<RunningServer | { readonly failure: string }> {
  const { args, env } = commands[kind](setup);
  const program = findProgram(needs[kind].program) ?? needs[kind].program;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: setup.runtime, LANG: 'C.UTF-8', ...env },
  });
  let output = '';
  const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.on('error', (error) => (output += error.message));
  const url = `http://127.0.0.1:${String(setup.port)}/${kind === 'rclone' ? '' : 'dav/'}`;
  const isUp = await answers(url, child);
  if (!isUp || child.pid === undefined) {
    await end(child);
    const log = join(setup.runtime, ERROR_LOG);
    return { failure: existsSync(log) ? output + readFileSync(log, 'utf8') : output };
  }
  const stop = async () => {
    await end(child);
    rmSync(setup.runtime, { recursive: true, force: true });
  };
  return { url, pid: child.pid, stop };
}

function apacheCommand({ rootFolder, runtime, port, auth }: Setup): Command {
  const modules = ['mpm_event', 'authz_core', 'authn_core', 'authn_file', 'authz_user', 'mime', 'dav', 'dav_fs'];
  const signIn = auth === undefined ? [] : [auth.scheme === 'basic' ? 'auth_basic' : 'auth_digest'];
  const locks = join(runtime, 'locks');
  mkdirSync(locks);
  chmodSync(locks, 0o777);
  const config = [
    ...[...modules, ...signIn].map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`),
    `ServerRoot ${runtime}`,
    `DefaultRuntimeDir ${runtime}`,
    `PidFile ${runtime}/pid`,
    'ServerName localhost',
    `Listen 127.0.0.1:${String(port)}`,
    `ErrorLog ${join(runtime, ERROR_LOG)}`,
    'LogLevel warn',
    'TypesConfig /etc/mime.types',
    ...(isRoot() ? ['User nobody', 'Group nogroup'] : []),
    `DavLockDB ${locks}/db`,
    `Alias /dav ${JSON.stringify(rootFolder)}`,
    `<Directory ${JSON.stringify(rootFolder)}>`,
    '  Dav On',
    '  AllowOverride None',
    ...apacheSignIn(runtime, auth),
    '</Directory>',
  ];
  config.unshift(`LoadModule alias_module ${APACHE_MODULES}/mod_alias.so`);
  return { args: ['-f', writeConfig(runtime, config), '-D', 'FOREGROUND'] };
}

function apacheSignIn(runtime: string, auth: ServerAuth | undefined): readonly string[] {
  if (auth === undefined) return ['  Require all granted'];
  const users = writeUsers(runtime, auth);
  const kind = auth.scheme === 'basic' ? 'Basic' : 'Digest';
  return [`  AuthType ${kind}`, `  AuthName ${REALM}`, `  AuthUserFile ${users}`, '  Require valid-user'];
}

function nginxCommand({ rootFolder, runtime, port, auth }: Setup): Command {
  const config = [
    `load_module ${NGINX_MODULES}/ngx_http_dav_ext_module.so;`,
    ...(isRoot() ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${runtime}/pid;`,
    'error_log stderr warn;',
    'events { worker_connections 64; }',
    'http {',
    '  types { text/html html; text/plain txt; }',
    '  access_log off;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${runtime}/${name};`),
    `  server { listen 127.0.0.1:${String(port)};`,
    '    location /dav/ {',
    `      alias ${JSON.stringify(`${rootFolder}/`)};`,
    '      dav_ext_methods PROPFIND OPTIONS;',
    ...(auth === undefined
      ? []
      : [`      auth_basic ${REALM};`, `      auth_basic_user_file ${writeUsers(runtime, auth)};`]),
    '    }',
    '  }',
    '}',
  ];
  return { args: ['-p', runtime, '-e', 'stderr', '-c', writeConfig(runtime, config)] };
}

function lighttpdCommand({ rootFolder, runtime, port, auth }: Setup): Command {
  const modules = ['mod_alias', ...(auth === undefined ? [] : ['mod_auth', 'mod_authn_file']), 'mod_webdav'];
  const config = [
    `server.modules = (${modules.map((name) => JSON.stringify(name)).join(', ')})`,
    `server.document-root = ${JSON.stringify(runtime)}`,
    `server.port = ${String(port)}`,
    'server.bind = "127.0.0.1"',
    'mimetype.assign = (".html" => "text/html", "" => "application/octet-stream")',
    `alias.url = ("/dav/" => ${JSON.stringify(`${rootFolder}/`)})`,
    ...lighttpdSignIn(runtime, auth),
    '$HTTP["url"] =~ "^/dav($|/)" { webdav.activate = "enable" webdav.is-readonly = "enable" }',
  ];
  return { args: ['-D', '-f', writeConfig(runtime, config)] };
}

function lighttpdSignIn(runtime: string, auth: ServerAuth | undefined): readonly string[] {
  if (auth === undefined) return [];
  const { scheme } = auth;
  const backend = scheme === 'basic' ? 'plain' : 'htdigest';
  const users =
    scheme === 'basic' ? writeFile(runtime, 'users', `${auth.user}:${auth.password}\n`) : writeUsers(runtime, auth);
  return [
    `auth.backend = ${JSON.stringify(backend)}`,
    `auth.backend.${backend}.userfile = ${JSON.stringify(users)}`,
    `auth.require = ("/dav/" => ("method" => "${scheme}", "realm" => "${REALM}", "require" => "valid-user"))`,
  ];
}

function rcloneCommand({ rootFolder, runtime, port, auth }: Setup): Command {
  const args = ['serve', 'webdav', rootFolder, '--addr', `127.0.0.1:${String(port)}`, '--read-only'];
  return {
    // Listings are cached for five minutes otherwise.
    args: [...args, '--dir-cache-time', '0s', '--poll-interval', '0', '--config', join(runtime, 'none.conf')],
    env: auth === undefined ? {} : { RCLONE_USER: auth.user, RCLONE_PASS: auth.password },
  };
}

/** The user file: SHA-1 for Basic, as `htpasswd -s` writes it, else as `htdigest` does. */
function writeUsers(runtime: string, { scheme, user, password }: ServerAuth): string {
  const sha = createHash('sha1').update(password).digest('base64');
  const md5 = createHash('md5').update(`${user}:${REALM}:${password}`).digest('hex');
  return writeFile(runtime, 'users', scheme === 'basic' ? `${user}:{SHA}${sha}\n` : `${user}:${REALM}:${md5}\n`);
}

function writeConfig(runtime: string, lines: readonly string[]): string {
  return writeFile(runtime, 'server.conf', `${lines.join('\n')}\n`);
}

function writeFile(runtime: string, name: string, text: string): string {
  const path = join(runtime, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const end = Date.now() + 15_000;
  while (Date.now() < end && child.exitCode === null && child.signalCode === null) {
    const status = await fetch(url, { method: 'PROPFIND', headers: { depth: '0' } }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => undefined,
    );
    if (status === 207 || status === 401) return true;
    await wait(20);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: look on.
    return false;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function openForOthers(folder: string): void {
  if (!isRoot()) return;
  for (let path = folder; path.startsWith(`${tmpdir()}/`); path = dirname(path)) {
    chmodSync(path, (statSync(path).mode & 0o7777) | 0o055);
  }
}
