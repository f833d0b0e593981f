/** The proxy that JupyterHub needs in front of it, for tests with a real hub: a program of npm, in a folder of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const VERSION = '5.3.0';
const folder = join(root, 'test/output/proxy');
const installed = join(folder, 'node_modules/configurable-http-proxy/package.json');

/** Fills `test/output/proxy` once. Where npm cannot, tests that need it are skipped by name. */
export function installHubProxy() {
  if (existsSync(installed) && JSON.parse(readFileSync(installed, 'utf8')).version === VERSION) return;
  process.stderr.write(`Installing configurable-http-proxy ${VERSION} …\n`);
  mkdirSync(folder, { recursive: true });
  const npm = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  spawnSync('npm', [...npm, `configurable-http-proxy@${VERSION}`], { stdio: ['ignore', 'ignore', 'inherit'] });
}
