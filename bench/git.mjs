/**
 * How much memory a git course takes on its way over http: the peak of `f2git pull`, and of real git for comparison, for
 * repositories of noise (images, archives) and of text with a history. Usage:
 * node bench/git.mjs [--megabytes 200] [--program dist/cli.js]
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './support/load.mjs';
import { peakOf } from './support/measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const megabytes = Number(option('--megabytes') ?? 200);
const cli = resolve(option('--program') ?? join(root, 'dist/cli.js'));
if (!existsSync(cli)) execFileSync('node', [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });

const { startGitServer } = await load(join(root, 'test/sources/git/git-server.ts'));
const folder = mkdtempSync(join(tmpdir(), 'f2git-bench-git-'));
// what the server needs to compress is not what is measured
const server = await startGitServer(folder, ['pack.window=0', 'core.compression=0']);
try {
  makeNoise('noise', Math.round(megabytes / 2));
  makeText('text');
  for (const name of ['noise', 'text']) {
    const address = `${server.origin}/${name}/.git`;
    await show(`${name}: git clone --depth 1`, 'git', [
      'clone',
      '-q',
      '--depth',
      '1',
      address,
      join(folder, `${name}.clone`),
    ]);
    await show(`${name}: f2git pull`, process.execPath, [
      cli,
      'pull',
      `git+${address}`,
      join(folder, `${name}.pull`),
      '--quiet',
    ]);
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function show(name, command, args) {
  const { seconds, megabytes: peak } = await peakOf(command, args);
  console.log(`${name.padEnd(30)} ${peak.toFixed(0).padStart(6)} MB peak  ${seconds.toFixed(1).padStart(6)} s`);
}

/** Files of 2 MB that no program can compress. */
function makeNoise(name, files) {
  const place = start(name);
  for (let file = 0; file < files; file++) writeFileSync(join(place, `image${file}.bin`), randomBytes(2 * 1024 * 1024));
  commit(place);
}

/** 10,000 small files. */
function makeText(name) {
  const place = start(name);
  for (let file = 0; file < 10_000; file++) {
    const part = join(place, `part${file % 100}`);
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, `file${file}.txt`), `file ${file}\n`.repeat(1 + (file % 700)));
  }
  commit(place);
}

function start(name) {
  const place = join(folder, name);
  mkdirSync(place);
  execFileSync('git', ['-C', place, 'init', '-q', '-b', 'main']);
  return place;
}

function commit(place) {
  const who = [
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.org',
    '-c',
    'core.compression=0',
    '-c',
    'gc.auto=0',
  ];
  execFileSync('git', ['-C', place, ...who, 'add', '-A']);
  execFileSync('git', ['-C', place, ...who, 'commit', '-qm', 'all']);
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
