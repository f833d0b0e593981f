/**
 * Makes what `npm install --global` takes, `f2git-VERSION.tgz`, of a fresh clone; further words go to `npm pack`. This is
 * no script of npm's own (`prepack`): npm runs none here (`.npmrc`), and packed a program that was never built.
 */
import { buildIfNeeded, installPackages, run } from './support/setup.mjs';

installPackages();
buildIfNeeded();
run('npm', ['pack', '--loglevel=error', ...process.argv.slice(2)]);
