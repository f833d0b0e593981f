/**
 * Tells which modules are used by pulls that find nothing new, which by other pulls besides, and which by other commands.
 * Each is loaded when something of it is first used. Usage: node modules-used.mjs <folder of modules> <entry>
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { commonUse } from './common-use.mjs';
import { root } from './setup.mjs';

const [, , folder, entry] = process.argv;
const launcher = join(root, 'dist/cli.js');
const url = pathToFileURL(launcher).href;
const requirePackage = createRequire(launcher);
const use = await commonUse(launcher, modulesOfOne);
const seen = new Set();
const newOnes = (runs) => {
  const found = new Set(runs.flatMap((modules) => [...modules]).filter((path) => !seen.has(path)));
  for (const path of found) seen.add(path);
  return [...found];
};
process.stdout.write(JSON.stringify([newOnes(use.nothingNew), newOnes(use.others), newOnes(use.commands)]));

/** Starts the program. @returns the modules it uses, which grow while it runs */
function modulesOfOne() {
  const loaded = new Map();
  const load = (path) => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const requireFrom = (name) =>
      name.startsWith('.') ? whenUsed(posix.join(posix.dirname(path), name)) : requirePackage(name);
    const text = readFileSync(join(folder, path.replace(/ts$/, 'js')), 'utf8');
    vm.compileFunction(text, ['require', 'module', 'f2gitUrl'])(requireFrom, module, url);
    return module.exports;
  };
  const whenUsed = (path) =>
    new Proxy(
      {},
      {
        get: (_, name) => load(path)[name],
        ownKeys: () => Reflect.ownKeys(load(path)),
        getOwnPropertyDescriptor: (_, name) => ({
          ...Reflect.getOwnPropertyDescriptor(load(path), name),
          configurable: true,
        }),
      },
    );
  load(entry);
  return { [Symbol.iterator]: () => loaded.keys() };
}
