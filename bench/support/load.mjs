/** Loads a TypeScript module of the tests, so that benches and tests start their servers the same way. */
import { build } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export async function load(path) {
  const outfile = join(mkdtempSync(join(tmpdir(), 'f2git-bench-')), 'module.mjs');
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}
