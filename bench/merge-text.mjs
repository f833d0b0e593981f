/**
 * Three-way merges of 50,000 lines beside `git merge-file`, interleaved: as a process of its own (node's start
 * included), and as a call in a running process, which is what the agent does.
 * Usage: node bench/merge-text.mjs [--runs N] [--lines N]
 */
import { buildSync } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './support/load.mjs';
import { printTable, time } from './support/measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const runs = option('--runs', 15);
const lines = option('--lines', 50_000);
const work = mkdtempSync(join(tmpdir(), 'f2git-bench-merge-'));
// git ends with the number of conflicts, at most 127
const conflicts = Array.from({ length: 127 }, (_, index) => index + 1);

try {
  const { mergeText } = await load(join(root, 'src/sync/merge-text.ts'));
  const { largeTexts } = await load(join(root, 'test/sync/large-texts.ts'));
  const program = makeProgram();
  process.stdout.write(`${lines} lines, medians of ${runs} interleaved runs\n`);
  for (const { name, base, offered, local } of largeTexts(lines)) {
    const files = writeFiles(name, { base, offered, local });
    const tools = {
      'git merge-file': () => timeQuiet('git', ['merge-file', '-p', '-q', ...files]),
      'f2git, a process': () => timeQuiet(process.execPath, [program, ...files]),
      'f2git, a call': () => timeCall(() => mergeText(base, offered, local)),
      'node, empty': () => timeQuiet(process.execPath, ['-e', '0']),
    };
    printTable(name, measureInTurn(tools), 'git merge-file');
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function option(name, otherwise) {
  const index = process.argv.indexOf(name);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
}

function measureInTurn(tools) {
  const samples = Object.fromEntries(Object.keys(tools).map((tool) => [tool, []]));
  for (let run = 0; run < runs; run++) {
    for (const [tool, measure] of Object.entries(tools)) samples[tool].push(measure());
  }
  return samples;
}

function timeQuiet(command, args) {
  return time('sh', ['-c', 'exec "$@" >/dev/null', 'sh', command, ...args], { mayExit: conflicts });
}

/** The smallest program that merges three files and prints the result, as `git merge-file -p` does. */
function makeProgram() {
  const outfile = join(work, 'merge.mjs');
  buildSync({
    stdin: {
      contents: `import { readFileSync, writeSync } from 'node:fs';
        import { mergeText } from './src/sync/merge-text.ts';
        const [local, base, offered] = process.argv.slice(2).map((path) => readFileSync(path));
        const { bytes } = mergeText(base, offered, local);
        for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return outfile;
}

function writeFiles(name, contents) {
  const folder = join(work, name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  for (const [file, bytes] of Object.entries(contents)) writeFileSync(join(folder, file), bytes);
  return ['local', 'base', 'offered'].map((file) => join(folder, file));
}

function timeCall(call) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  call();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}
