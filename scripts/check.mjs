/** Everything that can be said about the code without running it: types, lint, format, directions, unused code. */
import { spawnSync } from 'node:child_process';
import { installPackages, root } from './support/setup.mjs';

installPackages();
const checks = [
  ['types', 'tsc', ['-p', '.']],
  ['types of the pages', 'tsc', ['-p', 'src/web/assets']],
  ['lint', 'eslint', ['.', '--max-warnings', '0']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['dependency directions', 'depcruise', ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src']],
  ['unused code', 'knip', ['--no-progress']],
];
const failed = [];
for (const [name, command, args] of checks) {
  const { status } = spawnSync('npx', ['--no-install', command, ...args], { cwd: root, stdio: 'inherit' });
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (status !== 0) failed.push(name);
}
process.exit(failed.length === 0 ? 0 : 1);
