/** The long form of the tests that disturb the built program: `npm run torture -- kill|error|double-kill|race|matrix|big`. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPythonPackages } from './support/python.mjs';
import { buildIfNeeded, installPackages, root } from './support/setup.mjs';

installPackages();
buildIfNeeded();
if (process.argv.includes('matrix')) installPythonPackages();
const outfile = join(root, 'test/output/torture/main.mjs');
await build({
  entryPoints: [join(root, 'test/torture/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
await import(pathToFileURL(outfile).href);
