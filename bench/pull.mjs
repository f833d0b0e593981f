/**
 * What a pull costs beside its peers: `cp -r`, plain git and nbgitpuller's command line (installed by pip into
 * bench/output/venv), in one interleaved run. Usage: node bench/pull.mjs [files …] [--runs N]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changeTen, commitCourse, fileName, makeCourse } from './support/course.mjs';
import { median, printTable, time } from './support/measure.mjs';
import { nbgitpuller } from './support/nbgitpuller.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'bench/output/pull');
let folders = 0;
const cli = join(root, 'dist/cli.js');
const { sizes, runs } = options(process.argv.slice(2));
if (!existsSync(cli)) execFileSync('node', [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
const gitpuller = nbgitpuller(root);

rmSync(work, { recursive: true, force: true });
const noChangeCpu = {};
for (const size of sizes) noChangeCpu[size] = benchSize(size);
if (sizes.length > 1) printExponents();
rmSync(work, { recursive: true, force: true });

function benchSize(size) {
  const phases = { 'first pull': {}, 'no change': {}, 'ten files changed': {}, conflict: {} };
  const note = (phase, tool, sample) => (phases[phase][tool] ??= []).push(sample);
  for (let run = 0; run < runs; run++) {
    // nothing is deleted between runs: for minutes after that ext4 makes new files ten times slower, for all of them
    const folder = join(work, String(folders++));
    mkdirSync(folder, { recursive: true });
    const course = join(folder, 'course');
    const bare = join(folder, 'course.git');
    makeCourse(course, size);
    commitCourse(course, bare);
    const tools = toolsFor(folder, course, bare);
    for (const [name, tool] of Object.entries(tools)) note('first pull', name, tool.first());
    for (const [name, tool] of Object.entries(tools)) if (tool.again) note('no change', name, tool.again());
    changeTen(course, size, run);
    commitCourse(course, bare);
    for (const [name, tool] of Object.entries(tools)) if (tool.again) note('ten files changed', name, tool.again());
    for (const name of Object.keys(tools)) editLine(join(folder, name, fileName(0)), 0, 'the student\n');
    editLine(join(course, fileName(0)), 0, 'the course\n');
    commitCourse(course, bare);
    for (const [name, tool] of Object.entries(tools)) if (tool.merges) note('conflict', name, tool.again());
  }
  for (const [phase, samples] of Object.entries(phases)) {
    printTable(
      `${size} files, ${phase} (medians of ${runs})`,
      samples,
      phase === 'conflict' || gitpuller ? 'nbgitpuller' : 'git',
    );
  }
  const cpu = (tool) => median(phases['no change'][tool].map((sample) => sample.cpu));
  return { folder: cpu('f2git-folder'), git: cpu('f2git-git') };
}

function toolsFor(folder, course, bare) {
  const target = (name) => join(folder, name);
  const f2git = (name, source) => {
    const pull = () => time('node', [cli, 'pull', source, target(name), '--quiet']);
    return { first: pull, again: pull, merges: true };
  };
  const pull = gitpuller && (() => time(gitpuller, [`file://${bare}`, 'main', target('nbgitpuller')]));
  return {
    'cp -r': { first: () => time('cp', ['-r', course, target('cp -r')]) },
    git: {
      first: () => time('git', ['clone', '-q', `file://${bare}`, target('git')]),
      again: () => time('git', ['-C', target('git'), 'pull', '-q']),
    },
    ...(pull ? { nbgitpuller: { first: pull, again: pull, merges: true } } : {}),
    'f2git-folder': f2git('f2git-folder', course),
    'f2git-git': f2git('f2git-git', `git+file://${bare}`),
  };
}

function editLine(path, line, text) {
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  lines[line] = text;
  writeFileSync(path, lines.join(''));
}

/** How the cost of a click without change grows with the course: 0 is flat, 1 is proportional. */
function printExponents() {
  const [small, large] = [sizes.at(-2), sizes.at(-1)];
  for (const source of ['folder', 'git']) {
    const exponent = Math.log(noChangeCpu[large][source] / noChangeCpu[small][source]) / Math.log(large / small);
    process.stdout.write(
      `\nno change, ${source}: CPU grows with files^${exponent.toFixed(2)} from ${small} to ${large}\n`,
    );
  }
}

function options(args) {
  const at = args.indexOf('--runs');
  const sizes = args.filter((argument, index) => /^\d+$/.test(argument) && index !== at + 1).map(Number);
  return { sizes: sizes.length > 0 ? sizes : [100, 1000, 10_000], runs: at < 0 ? 5 : Number(args[at + 1]) };
}
