/**
 * The notebook merge. First its speed: 20 MB in 400 cells, beside what Node needs to parse and print that file. Then, for
 * each kind of edit, what is lost: f2git beside nbdime (the student's side winning) and `git merge-file --ours`.
 * Usage: node bench/merge-notebook.mjs [--runs N] [--pairs N] [--seed N]
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './support/load.mjs';
import { median } from './support/measure.mjs';
import { askPython, pythonWithNbdime } from './support/nbdime.mjs';
import { judge, kinds, pairOf } from './support/notebook-edits.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const runs = option('--runs', 9);
const pairs = option('--pairs', 60);
const seed = option('--seed', 20261123);
const REST = { metadata: {}, nbformat: 4, nbformat_minor: 5 };
const work = mkdtempSync(join(tmpdir(), 'f2git-bench-notebook-'));

try {
  const { mergeNotebook } = await load(join(root, 'src/sync/merge-notebook.ts'));
  const { notebook } = await load(join(root, 'test/sync/notebook/notebooks.ts'));
  measureSpeed(mergeNotebook);
  compare(mergeNotebook, notebook);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function option(name, otherwise) {
  const index = process.argv.indexOf(name);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
}

function measureSpeed(mergeNotebook) {
  const cells = Array.from({ length: 400 }, (_, index) => largeCell(index));
  const file = (change) => Buffer.from(`${JSON.stringify({ cells: cells.map(change), ...REST }, null, 1)}\n`);
  const base = file((cell) => cell);
  const offered = file((cell, index) => (index % 10 === 0 ? { ...cell, source: [`new ${index}`] } : cell));
  const scenes = {
    'student edited cells': file((cell, index) => (index % 10 === 5 ? { ...cell, source: [`mine ${index}`] } : cell)),
    'student ran everything again': file((cell, index) => ({ ...cell, outputs: largeCell(index).outputs })),
  };
  for (const [name, local] of Object.entries(scenes)) {
    const samples = Array.from({ length: runs }, () => {
      const merge = timed(() => mergeNotebook(base, offered, local));
      const node = timed(() => Buffer.from(JSON.stringify(JSON.parse(local.toString()), null, 1)));
      return { merge, node, ratio: merge / node };
    });
    const [merge, node, ratio] = ['merge', 'node', 'ratio'].map((key) => median(samples.map((sample) => sample[key])));
    const megabytes = (local.length / 1e6).toFixed(1);
    process.stdout.write(
      `${megabytes} MB, 400 cells, ${name}: ${merge.toFixed(0)} ms; Node parses and prints it in ${node.toFixed(0)} ms; × ${ratio.toFixed(2)}\n`,
    );
  }
}

/** 50 kB: a picture, and lines that were printed. */
function largeCell(index) {
  const picture = { 'image/png': randomBytes(34_000).toString('base64'), 'text/plain': ['<Figure>'] };
  const text = Array.from({ length: 60 }, (_, line) => `line ${line} of the output "of" this\n`);
  const outputs = [
    { data: picture, metadata: {}, output_type: 'display_data' },
    { name: 'stdout', output_type: 'stream', text },
  ];
  const source = ['import x\n', `print(${index})`];
  return { cell_type: 'code', execution_count: index, id: `c${index}`, metadata: {}, outputs, source };
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function compare(mergeNotebook, notebook) {
  const python = pythonWithNbdime(root);
  const random = randomFrom(seed);
  const tools = {
    f2git: (all) => all.map((pair) => mergeOurs(mergeNotebook, pair)),
    ...(python && { nbdime: (all) => askPython(python, join(root, 'bench/support/nbdime_merge.py'), all) }),
    'git --ours': (all) => all.map(mergeWithGit),
  };
  process.stdout.write(
    `\n${pairs} random pairs of each kind, seed ${seed}: course changes lost, student cells changed, invalid\n`,
  );
  for (const kind of kinds) {
    const all = Array.from({ length: pairs }, () => pairOf(kind, random, notebook));
    const row = Object.entries(tools).map(([tool, merge]) => `${tool} ${figures(all, merge(all), python)}`);
    process.stdout.write(`  ${kind.name.padEnd(56)} ${row.join('   ')}\n`);
  }
}

function mergeOurs(mergeNotebook, pair) {
  const [base, offered, local] = [pair.base, pair.offered, pair.local].map((text) => Buffer.from(text));
  const merge = mergeNotebook(base, offered, local);
  return merge.kind === 'merged' ? Buffer.from(merge.bytes).toString() : pair.local;
}

function mergeWithGit({ base, offered, local }) {
  const files = Object.entries({ local, base, offered }).map(([name, text]) => {
    const path = join(work, name);
    writeFileSync(path, text);
    return path;
  });
  return spawnSync('git', ['merge-file', '-p', '-q', '--ours', ...files], { encoding: 'utf8' }).stdout;
}

function figures(all, merged, python) {
  const invalid = python === undefined ? [] : problemsOf(python, merged).filter((problem) => problem !== '');
  const judged = all.map((pair, index) => judge(pair, merged[index]));
  const total = (list) => list.reduce((sum, value) => sum + value, 0);
  const wanted = total(all.map((pair) => pair.wanted.length + (pair.order ? 1 : 0)));
  const own = total(all.map((pair) => pair.own.length));
  const lost = total(judged.map((each) => each.lost));
  const changed = total(judged.map((each) => each.changed));
  return [percent(lost, wanted), percent(changed, own), percent(invalid.length, all.length)].join(' ');
}

function problemsOf(python, texts) {
  return askPython(python, join(root, 'test/sync/notebook/judge_notebooks.py'), texts);
}

function percent(part, whole) {
  return `${whole === 0 ? '0.0' : ((100 * part) / whole).toFixed(1)} %`.padStart(7);
}

/** A small generator of numbers below 1, the same for the same seed. */
function randomFrom(start) {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
