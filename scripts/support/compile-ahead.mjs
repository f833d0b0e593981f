/**
 * Writes down what this Node compiles of the command line: lets it work for a while, so that the functions it really
 * needs are compiled, and stores them where the launcher looks. Usage: node compile-ahead.mjs <the launcher>
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
import { commonUse } from './common-use.mjs';

const [, , launcher] = process.argv;
const require = createRequire(launcher);
/** By file name. Each is made once, however often the launcher runs, and so has all that was ever compiled of it. */
const scripts = new Map();
vm.Script = new Proxy(vm.Script, {
  construct(Script, [source, options]) {
    const { filename } = options;
    if (!scripts.has(filename)) scripts.set(filename, new Script(source, options));
    return scripts.get(filename);
  },
});

await commonUse(launcher, () => {
  Reflect.deleteProperty(require.cache, launcher);
  require(launcher);
});
for (const name of readdirSync(dirname(launcher)).filter((file) => /^program-.*\.js$/.test(file))) {
  const filename = join(dirname(launcher), name);
  // one that was not needed is at least read
  if (!scripts.has(filename)) new vm.Script(readFileSync(filename, 'latin1'), { filename }).runInThisContext();
}
for (const [filename, script] of scripts) {
  const compiled = script.createCachedData();
  // the launcher looks for it under this name, and for the checksum before it
  const name = filename.replace(/js$/, `${process.version}-${process.platform}-${process.arch}`);
  writeFileSync(name, Buffer.concat([createHash('sha1').update(compiled).digest(), compiled]));
}
