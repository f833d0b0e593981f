/** A fresh clone's first command: installs, builds, and serves the example course on this computer. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, installPackages, root } from './support/setup.mjs';

installPackages();
buildIfNeeded();
const program = join(root, 'dist/cli.js');
process.argv = [process.execPath, program, 'serve', ...process.argv.slice(2)];
// in this very process, so that whoever stops it stops the server
await import(pathToFileURL(program).href);
