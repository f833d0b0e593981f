/**
 * The command line as scripts, each loaded when something of it is first used. A script is read, and taken from what was
 * compiled of it, as a whole: of one script for all, every command would pay for what the others need.
 *
 * A script is `(function (require, module, f2gitUrl) { … })`. It exports `modules`: for each module that others import,
 * what runs it and gives its exports. They require it as `<number of its script>:<its path>:<names of its exports>`.
 */
import { execFileSync } from 'node:child_process';
import * as esbuild from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { root } from './setup.mjs';

/**
 * Gives a script for each kind of use, the first for what is done most often, and one for the rest.
 * @param options of esbuild
 * @returns the scripts' texts, and the paths of all modules
 */
export async function scriptsOf(entry, options) {
  const { inputs } = (await esbuild.build({ ...options, entryPoints: [entry], write: false })).metafile;
  const paths = Object.keys(inputs);
  const { used, exportsOf } = await tryOut(entry, paths, options);
  const partOf = new Map(paths.map((path) => [path, used.findIndex((some) => some.includes(path))]));
  for (const path of paths) if (partOf.get(path) < 0) partOf.set(path, used.length);

  const scripts = [];
  for (let part = 0; part <= used.length; part++) {
    const own = paths.filter((path) => partOf.get(path) === part);
    const wanted = new Set(paths.filter((path) => !own.includes(path)).flatMap((path) => importsOf(inputs[path])));
    wanted.add(entry);
    const table = own.filter((path) => wanted.has(path)).map((path) => `'${path}': () => require('./${path}')`);
    const stdin = { contents: `export const modules = { ${table.join(', ')} };`, resolveDir: root };
    const plugins = [...options.plugins, elsewhere(part, partOf, exportsOf)];
    const { outputFiles } = await esbuild.build({ ...options, ...wrapper, stdin, plugins, write: false });
    scripts.push(outputFiles[0].text);
  }
  return { scripts, inputs: paths };
}

const wrapper = { banner: { js: '(function (require, module, f2gitUrl) {' }, footer: { js: '})' } };

function importsOf({ imports }) {
  return imports.map(({ path }) => path);
}

/** Has the modules, each for itself, do what is most often asked of them. */
async function tryOut(entry, paths, options) {
  const folder = mkdtempSync(join(tmpdir(), 'f2git-modules-'));
  try {
    const each = { ...options, bundle: false, plugins: [], entryPoints: paths, outbase: root };
    await esbuild.build({ ...each, outdir: folder });
    const program = join(root, 'scripts/support/modules-used.mjs');
    const used = JSON.parse(execFileSync(process.execPath, [program, folder, entry], { encoding: 'utf8' }));
    const { outputs } = (await esbuild.build({ ...each, format: 'esm', outdir: folder, write: false })).metafile;
    return { used, exportsOf: new Map(Object.values(outputs).map(({ entryPoint, exports }) => [entryPoint, exports])) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves modules of other scripts to the launcher. */
function elsewhere(part, partOf, exportsOf) {
  return {
    name: 'elsewhere',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const module = relative(root, resolve(resolveDir, path)).replaceAll(sep, '/');
        const other = partOf.get(module);
        if (other === undefined || other === part) return undefined;
        return { path: `${other}:${module}:${exportsOf.get(module).join()}`, external: true };
      }),
  };
}
