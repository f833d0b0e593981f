/**
 * Starts a program of `dist/`: one script, with what Node compiled of it when it was built, because compiling takes
 * longer than most commands work. What another Node compiled is left alone: then it is compiled now.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

/** The script's name beside the launcher, without ending. */
declare const F2GIT_PROGRAM: string;

type Program = (require: NodeJS.Require, url: string) => void;

const path = `${__dirname}/${F2GIT_PROGRAM}`;
const cachedData = compiledAhead();
const script = new Script(readFileSync(`${path}.js`, 'utf8'), {
  filename: `${path}.js`,
  ...(cachedData === undefined ? {} : { cachedData }),
});
(script.runInThisContext() as Program)(require, pathToFileURL(__filename).href);

function compiledAhead(): Buffer | undefined {
  try {
    return readFileSync(`${path}.${process.version}-${process.platform}-${process.arch}`);
  } catch {
    // This is another Node than the one that built.
    return undefined;
  }
}
