/** The long form of the tests that disturb the built program: `npm run torture -- kill|error|double-kill|race|matrix|big|notebooks`. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPythonPackages } from './support/python.mjs';
import { buildIfNeeded, installPackages, root } from './support/setup.mjs';

installPackages();
buildIfNeeded();
if (process.argv.includes('matrix')) installPythonPackages();
const outdir = join(root, 'test/output/torture');
await build({
  entryPoints: ['main', 'notebook-worker'].map((name) => join(root, `test/torture/${name}.ts`)),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
await import(pathToFileURL(join(outdir, 'main.mjs')).href);
