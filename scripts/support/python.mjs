/** The Python packages that tests compare with, in a virtual environment of the project. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Jupyter's own judge of what is a valid notebook. */
const packages = ['nbformat'];

const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };

/** Makes `test/output/venv` unless it is there. Where Python or pip cannot, tests that need it are skipped by name. */
export function installPythonPackages() {
  const venv = join(root, 'test/output/venv');
  if (existsSync(join(venv, 'bin', 'jupyter-trust'))) return;
  process.stderr.write(`Installing ${packages.join(', ')} for Python …\n`);
  if (spawnSync('python3', ['-m', 'venv', venv], quiet).status !== 0) return;
  spawnSync(join(venv, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', ...packages], quiet);
}
