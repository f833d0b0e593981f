/**
 * Runs the tests on whatever machine this is. Real servers and the browser come from apt where that is allowed; tests
 * that lack their program are skipped by name. With CI set, a skipped test is a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded, installPackages, root } from './support/setup.mjs';
import { installPrograms } from './support/programs.mjs';
import { installHubProxy } from './support/hub-proxy.mjs';
import { installPythonPackages } from './support/python.mjs';

installPackages();
installPrograms();
installPythonPackages();
installHubProxy();
buildIfNeeded();

const results = join(root, 'test/output/results.json');
mkdirSync(join(root, 'test/output'), { recursive: true });
rmSync(results, { force: true });
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const vitest = spawnSync('npx', ['--no-install', 'vitest', 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});

const { numPassedTests, numFailedTests, skipped } = summary();
for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped\n`);
const mustNotSkip = Boolean(process.env.CI) && skipped.length > 0;
if (mustNotSkip) process.stdout.write('CI runs every test: install the programs the skipped ones name\n');
process.exit(vitest.status !== 0 || mustNotSkip || numPassedTests === 0 ? 1 : 0);

function summary() {
  const report = JSON.parse(readFileSync(results, 'utf8'));
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const skipped = tests
    .filter((test) => ['pending', 'skipped', 'todo'].includes(test.status))
    .map((test) => test.fullName);
  return { ...report, skipped };
}
