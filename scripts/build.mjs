/**
 * Builds `src/` into `dist/`: the command line as a launcher and one script of our own code, compiled ahead; the agent's
 * thread; for each package a script that is loaded when it is first needed. Nothing else is needed beside `dist/`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as esbuild from 'esbuild';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptsOf } from './support/parts.mjs';
import { licensesOf } from './support/licenses.mjs';
import { root } from './support/setup.mjs';

const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.18',
  // in a file of their own
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
/**
 * A command works for a tenth of a second: what V8 optimizes in that time costs more than it brings (a fifth of a pull
 * that brings ten files). Three times its usual patience; a server reaches it too. Neither has a command use for marking
 * garbage in small steps, which spares only those who wait for an answer meanwhile; `serve` switches it on again.
 */
const v8Flags = '--interrupt-budget=400000 --no-incremental-marking';
const packages = new Set();
/** Every file that went into something built. */
const inputs = new Set();

const packagesApart = {
  name: 'packages-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('node:')) return undefined;
      packages.add(path);
      return { path: `./packages/${path}.js`, external: true };
    }),
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
await buildCommandLine();
await build({ ...common, entryPoints: ['src/agent/agent-worker.ts'], outdir: dist, plugins: [packagesApart] });
await build({
  ...common,
  entryPoints: ['src/parts/main.ts'],
  outfile: join(dist, 'server-part.js'),
  plugins: [packagesApart],
  banner: { js: "const f2gitUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'f2gitUrl' },
});
// one file that needs no package beside it: it also runs where only it was brought
await build({ ...common, entryPoints: ['src/agent/main.ts'], outfile: join(dist, 'agent.js') });
await build({ ...common, entryPoints: [...packages], outdir: join(dist, 'packages') });
await buildAssets();
await buildStudentServer();
chmodSync(join(dist, 'cli.js'), 0o755);

async function build(options) {
  const result = await esbuild.build(options);
  for (const input of Object.keys(result.metafile.inputs)) inputs.add(input);
  return result;
}

/** The launcher, and the scripts it runs under names of their content, which what is compiled belongs to. */
async function buildCommandLine() {
  const entry = 'src/cli.ts';
  const programs = (await programScripts(entry)).map((text, part) => {
    const name = `program-${part}-${createHash('sha1').update(text).digest('hex').slice(0, 12)}`;
    writeFileSync(join(dist, `${name}.js`), text);
    return name;
  });
  await build({
    ...common,
    entryPoints: ['src/launcher.ts'],
    outfile: join(dist, 'cli.js'),
    banner: { js: '#!/usr/bin/env node' },
    define: {
      F2GIT_PROGRAMS: JSON.stringify(programs),
      F2GIT_ENTRY: JSON.stringify(entry),
      F2GIT_V8_FLAGS: JSON.stringify(v8Flags),
    },
  });
  execFileSync(process.execPath, [join(root, 'scripts/support/compile-ahead.mjs'), join(dist, 'cli.js')]);
}

/** All of our own code that the command line can need. */
async function programScripts(entry) {
  const { scripts, inputs: modules } = await scriptsOf(entry, {
    ...common,
    plugins: [packagesApart],
    define: { F2GIT_VERSION: JSON.stringify(version), 'import.meta.url': 'f2gitUrl' },
    // what is compiled ahead can require, but not import
    supported: { 'dynamic-import': false },
  });
  for (const module of modules) inputs.add(module);
  // all names of a module as one object: made anew, and with all its hundred names, for each module that wants it
  return scripts.map((text) => asLatin1(text.replaceAll('__toESM(require("node:fs"), 1)', 'require("node:fs")')));
}

/** The launcher reads it as Latin-1; templates cannot be escaped by the bundler: there `&middot;` and the like help. */
function asLatin1(text) {
  const [foreign] = /[^\0-\x7f].{0,40}/.exec(text) ?? [];
  if (foreign !== undefined) throw new Error(`not ASCII in the program: ${foreign}`);
  return text;
}

/** The program for a student's own server: one file, with the pages' own files in it, for the Python package. */
async function buildStudentServer() {
  const text = (name) => readFileSync(join(dist, 'assets', name)).toString('base64');
  const assets = { css: text('page.css'), js: text('page.js'), icon: text('icon.svg') };
  await build({
    ...common,
    entryPoints: ['src/student/main.ts'],
    outfile: join(dist, 'student-server.js'),
    define: { F2GIT_ASSETS: JSON.stringify(assets) },
  });
  cpSync(join(dist, 'student-server.js'), join(root, 'jupyter/jupyter_f2git/agent.js'));
  cpSync(join(dist, 'assets/icon.svg'), join(root, 'jupyter/jupyter_f2git/icon.svg'));
  for (const folder of [dist, join(root, 'jupyter/jupyter_f2git')]) {
    writeFileSync(join(folder, 'licenses.txt'), licensesOf([...inputs]));
  }
}

/** The pages' own script and style, served as they are. */
async function buildAssets() {
  const assets = join(root, 'src/web/assets');
  mkdirSync(join(dist, 'assets'));
  for (const name of readdirSync(assets).filter((file) => file !== 'tsconfig.json')) {
    if (name.endsWith('.ts')) {
      const outfile = join(dist, 'assets', name.replace('.ts', '.js'));
      await build({
        entryPoints: [join(assets, name)],
        outfile,
        metafile: true,
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
