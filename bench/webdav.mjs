/**
 * An unchanged course of 5,000 files in 300 folders on a real Apache server: `f2git pull` beside `rclone sync`, in one
 * interleaved run. Usage: node bench/webdav.mjs [--runs N]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './support/load.mjs';
import { printTable, time } from './support/measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'bench/output/webdav');
const cli = join(root, 'dist/cli.js');
const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 5;
if (!existsSync(cli)) execFileSync('node', [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });

const { startWebdavServer } = await load(join(root, 'test/support/webdav-servers.ts'));
const course = join('/tmp', `f2git-bench-webdav-${process.pid}`);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
makeCourse();
const server = await startWebdavServer('apache', course);
try {
  const tools = {
    'rclone sync': () => rclone(join(work, 'rclone')),
    f2git: () => time('node', [cli, 'pull', `webdav+${server.url}`, join(work, 'f2git'), '--quiet']),
  };
  const first = {};
  const unchanged = {};
  for (const [name, pull] of Object.entries(tools)) first[name] = [pull()];
  for (let run = 0; run < runs; run++) {
    for (const [name, pull] of Object.entries(tools)) (unchanged[name] ??= []).push(pull());
  }
  printTable('5,000 files in 300 folders on Apache, first', first, 'rclone sync');
  printTable(`unchanged (medians of ${runs})`, unchanged, 'rclone sync');
} finally {
  await server.stop();
  rmSync(course, { recursive: true, force: true });
}

function makeCourse() {
  for (let index = 0; index < 5000; index++) {
    const section = index % 300;
    const folder = join(course, `part${section % 20}`, `section${section}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${index}.txt`), `file ${index}\n`.repeat(1 + (index % 200)));
  }
}

function rclone(target) {
  const remote = [`--webdav-url=${server.url}`, '--webdav-vendor=other', '--config=/dev/null'];
  return time('rclone', ['sync', ':webdav:', target, ...remote]);
}
