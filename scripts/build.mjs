/** Bundles `src/` into `dist/`: one entry per program, shared chunks, no packages needed beside it. */
import { build } from 'esbuild';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support/setup.mjs';

const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = ['src/cli.ts', 'src/web/agent-worker.ts'].filter((entry) => existsSync(join(root, entry)));

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: entries.map((entry) => ({ in: entry, out: entry.split('/').at(-1).replace('.ts', '') })),
  outdir: dist,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.18',
  define: { F2GIT_VERSION: JSON.stringify(version) },
  // packages written as CommonJS call require() for Node's own modules
  banner: {
    js: "import { createRequire as f2gitRequire } from 'node:module'; const require = f2gitRequire(import.meta.url);",
  },
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
});
await buildAssets();
chmodSync(join(dist, 'cli.js'), 0o755);

/** The pages' own script and style, served as they are. */
async function buildAssets() {
  const assets = join(root, 'src/web/assets');
  if (!existsSync(assets)) return;
  mkdirSync(join(dist, 'assets'));
  for (const name of readdirSync(assets).filter((file) => file !== 'tsconfig.json')) {
    if (name.endsWith('.ts')) {
      const outfile = join(dist, 'assets', name.replace('.ts', '.js'));
      await build({
        entryPoints: [join(assets, name)],
        outfile,
        bundle: true,
        format: 'iife',
        target: 'es2020',
        minify: true,
      });
    } else {
      cpSync(join(assets, name), join(dist, 'assets', name));
    }
  }
}
