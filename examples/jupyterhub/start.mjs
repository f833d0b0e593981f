/**
 * Starts a JupyterHub with f2git and two students, for trying out on this computer:
 *
 *   sudo node examples/jupyterhub/start.mjs            starts; Ctrl-C stops
 *   sudo node examples/jupyterhub/start.mjs --remove   takes the students' accounts and homes away again
 *
 * Only root can make accounts and start a server for each. What is lacking is installed below `.state`: JupyterHub and
 * JupyterLab by pip, the hub's proxy by npm. The hub listens on this computer only (`--port`, default 8000).
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const students = ['demo-anna', 'demo-ben'];
/** What f2git itself runs as (`f2git.yaml`). */
const services = ['demo-f2git', 'demo-f2git-front'];
const here = dirname(fileURLToPath(import.meta.url));
const state = join(here, '.state');
const cli = join(here, '../../dist/cli.js');

if (process.getuid?.() !== 0) stop('Only root can make accounts: sudo node examples/jupyterhub/start.mjs');
if (process.argv.includes('--remove')) {
  for (const name of students) removeStudent(name);
  for (const name of services) run('userdel', [name]);
} else {
  start();
}

function start() {
  mkdirSync(state, { recursive: true, mode: 0o755 });
  if (!existsSync(cli)) run('npm', ['run', 'build'], { cwd: join(here, '../..') });
  for (const name of services) if (!hasAccount(name)) run('useradd', ['--system', '--user-group', name]);
  for (const name of students) makeStudent(name);
  const path = [...installed(), process.env.PATH].join(':');
  const config = join(here, 'f2git.yaml');
  const block = spawnSync(process.execPath, [cli, 'hub-config', 'hub', '--config', config], { encoding: 'utf8' });
  if (block.status !== 0) stop(block.stderr);
  writeFileSync(join(state, 'f2git.py'), block.stdout);
  const port = valueOf('--port') ?? '8000';
  const env = { ...process.env, PATH: path, DEMO_PORT: port, DEMO_STUDENTS: students.join(',') };
  const hub = spawn('jupyterhub', ['-f', join(here, 'jupyterhub_config.py')], { cwd: state, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => hub.kill('SIGTERM'));
  hub.on('error', (error) => stop(`jupyterhub cannot be started: ${error.message}`));
  hub.on('exit', (code) => process.exit(code ?? 0));
  process.stdout.write(`
The course's link:   http://127.0.0.1:${port}/services/f2git/go/example
Students:            ${students.join(', ')} (password: f2git)
The course's files:  ${join(here, '../course')}

`);
}

/** An account with a home, unless it is there. */
function makeStudent(name) {
  if (!hasAccount(name)) run('useradd', ['--create-home', '--shell', '/bin/bash', name]);
  // what writes in a home runs as its owner, who must be able to read it
  const check = spawnSync('setpriv', [
    `--reuid=${name}`,
    '--clear-groups',
    'test',
    '-r',
    join(dirname(cli), 'agent.js'),
  ]);
  if (check.status !== 0) stop(`${name} cannot read ${dirname(cli)}: put this folder where everybody may read it`);
}

/** The account with its home, after what still runs there: of a hub that was killed, or a server that is just ending. */
function removeStudent(name) {
  spawnSync('pkill', ['-KILL', '-u', name]);
  // the system takes a moment to see that they are gone
  for (let tries = 0; tries < 50 && spawnSync('pgrep', ['-u', name]).status === 0; tries += 1)
    spawnSync('sleep', ['0.1']);
  run('userdel', ['--remove', name]);
}

function hasAccount(name) {
  return spawnSync('id', [name]).status === 0;
}

/** Where the programs are that were not there. */
function installed() {
  const folders = [];
  if (!hasProgram('jupyterhub')) {
    const venv = join(state, 'venv');
    if (!existsSync(join(venv, 'bin/jupyterhub'))) {
      run('python3', ['-m', 'venv', venv]);
      run(join(venv, 'bin/pip'), ['install', '--quiet', 'jupyterhub', 'jupyterlab']);
    }
    folders.push(join(venv, 'bin'));
  }
  if (!hasProgram('configurable-http-proxy')) {
    const proxy = join(state, 'proxy');
    if (!existsSync(proxy)) run('npm', ['install', '--silent', '--prefix', proxy, 'configurable-http-proxy']);
    folders.push(join(proxy, 'node_modules/.bin'));
  }
  return folders;
}

function hasProgram(name) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0;
}

function valueOf(flag) {
  const index = process.argv.indexOf(flag);
  return index < 0 ? undefined : process.argv[index + 1];
}

function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (status !== 0) stop(`${command} ${args.join(' ')} failed`);
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
