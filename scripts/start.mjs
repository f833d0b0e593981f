/** A fresh clone's first command: installs, builds, and serves the example course on this computer. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfNeeded, installPackages, root } from './support/setup.mjs';

installPackages();
buildIfNeeded();
const server = spawn(process.execPath, [join(root, 'dist/cli.js'), 'serve', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
