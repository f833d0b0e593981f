/**
 * A click without change in the running server, beside nbgitpuller's web handler in a running Jupyter server, on the
 * same git remote, in turn. Usage: node bench/click.mjs [files] [--runs N]
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitCourse, makeCourse } from './support/course.mjs';
import { printTable } from './support/measure.mjs';
import { nbgitpuller } from './support/nbgitpuller.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'bench/output/click');
const cli = join(root, 'dist/cli.js');
const size = Number(process.argv[2]) || 1000;
const at = process.argv.indexOf('--runs');
const runs = at < 0 ? 20 : Number(process.argv[at + 1]);
if (!existsSync(cli)) execFileSync('node', [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
const gitpuller = nbgitpuller(root);

rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, 'jupyter'), { recursive: true });
const bare = join(work, 'course.git');
makeCourse(join(work, 'course'), size);
commitCourse(join(work, 'course'), bare);

const cached = await startF2git('1h');
const asking = await startF2git('0s');
const peer = gitpuller === undefined ? undefined : await startJupyter();
try {
  const samples = { 'nbgitpuller handler': [], 'f2git, fresh source': [], 'f2git, within freshness': [] };
  const clicks = {
    'nbgitpuller handler': peer && (() => clickNbgitpuller(peer.address)),
    'f2git, fresh source': () => clickF2git(asking.address),
    'f2git, within freshness': () => clickF2git(cached.address),
  };
  for (const click of Object.values(clicks)) for (let warm = 0; click && warm < 3; warm++) await click();
  const possible = Object.entries(clicks).filter(([, click]) => click);
  for (let run = 0; run < runs; run++) {
    for (const [name, click] of possible) {
      const started = performance.now();
      await click();
      samples[name].push({ wall: (performance.now() - started) / 1000, cpu: 0 });
    }
  }
  const measured = Object.fromEntries(Object.entries(samples).filter(([, values]) => values.length > 0));
  printTable(`${size} files, a click without change (medians of ${runs})`, measured, 'nbgitpuller handler');
} finally {
  cached.child.kill();
  asking.child.kill();
  peer?.child.kill();
}

async function startF2git(freshness) {
  const folder = join(work, `f2git-${freshness}`);
  mkdirSync(folder);
  const config = ['listen: 127.0.0.1:8484', 'data: ./data', 'homes: ./homes/{user}', 'auth: none'];
  const course = `courses: { bench: { title: Bench, source: "git+file://${bare}" } }`;
  const text = [...config, `defaults: { freshness: ${freshness} }`, course].join('\n');
  writeFileSync(join(folder, 'f2git.yaml'), text, { mode: 0o600 });
  const child = spawn('node', [cli, 'serve', '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [address] = await output(child, /http:\/\/127\.0\.0\.1:\d+\//);
  return { child, address };
}

async function startJupyter() {
  const port = await freePort();
  const args = [
    'server',
    '--allow-root',
    '--no-browser',
    `--port=${port}`,
    '--ip=127.0.0.1',
    '--IdentityProvider.token=bench',
  ];
  const program = join(gitpuller, '../jupyter');
  const child = spawn(program, [...args, `--ServerApp.root_dir=${join(work, 'jupyter')}`], {
    cwd: work,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await output(child, /is running at/);
  return { child, address: `http://127.0.0.1:${port}/` };
}

async function clickNbgitpuller(address) {
  const query = new URLSearchParams({ repo: `file://${bare}`, branch: 'main', targetpath: 'course', token: 'bench' });
  const text = await (await fetch(`${address}git-pull/api?${query}`)).text();
  if (!text.includes('"phase": "finished"')) throw new Error(text.slice(-2000));
}

async function clickF2git(address) {
  const answer = await fetch(`${address}api/runs?user=bench`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ course: 'bench' }),
  });
  const { run } = await answer.json();
  const events = await (await fetch(`${address}api/runs/${run}/events?user=bench`)).text();
  if (!events.includes('event: report')) throw new Error(events.slice(-2000));
}

function output(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match) resolve(match);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', () => reject(new Error(text)));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
