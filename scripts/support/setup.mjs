/** What the commands of package.json do before their own work, so that each runs on a fresh clone. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program in the project's folder, its output shown; ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs the packages of the lockfile unless they are there already. */
export function installPackages() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (existsSync(installed) && modified(installed) >= modified(join(root, 'package-lock.json'))) return;
  process.stderr.write('Installing packages …\n');
  run('npm', ['ci', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Builds `dist/` unless it is newer than every source file. */
export function buildIfNeeded() {
  const built = join(root, 'dist/cli.js');
  if (existsSync(built) && modified(built) >= newestBelow(join(root, 'src'))) return;
  process.stderr.write('Building …\n');
  run('node', ['scripts/build.mjs']);
}

function newestBelow(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => modified(join(entry.parentPath, entry.name))));
}

function modified(path) {
  return statSync(path).mtimeMs;
}
