/** nbdime and nbformat as pip installs them, in the virtual environment of the benches. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The Python that has both; undefined, with a word on stderr, where Python or pip cannot give it. */
export function pythonWithNbdime(root) {
  const venv = join(root, 'bench/output/venv');
  const python = join(venv, 'bin/python');
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    if (!existsSync(join(venv, 'bin/nbmerge'))) {
      execFileSync(join(venv, 'bin/pip'), ['install', '-q', 'nbdime', 'nbformat'], { stdio: 'inherit' });
    }
    return python;
  } catch (error) {
    process.stderr.write(`without nbdime: ${error.message}\n`);
    return undefined;
  }
}

/** Runs a script of ours that answers every line of its input with one; both are JSON. */
export function askPython(python, script, values) {
  const input = values.map((value) => `${JSON.stringify(value)}\n`).join('');
  const output = execFileSync(python, ['-W', 'ignore', script], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
