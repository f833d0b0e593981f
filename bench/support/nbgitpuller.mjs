/** nbgitpuller as pip installs it, in a virtual environment of the benches. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of its command line; undefined, with a word on stderr, where Python or pip cannot give it. */
export function nbgitpuller(root) {
  const venv = join(root, 'bench/output/venv');
  const command = join(venv, 'bin/gitpuller');
  if (existsSync(command)) return command;
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    execFileSync(join(venv, 'bin/pip'), ['install', '-q', 'nbgitpuller', 'jupyter-server'], { stdio: 'inherit' });
    return command;
  } catch (error) {
    process.stderr.write(`without nbgitpuller: ${error.message}\n`);
    return undefined;
  }
}
