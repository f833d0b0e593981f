/** `npm run torture -- kill|error|double-kill|race|matrix|big|notebooks`: see CONTRIBUTING.md. */
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { big } from './big.ts';
import { wrongs } from './laws.ts';
import { noCompiler, prepareProgram, type FaultAct, type Program } from './program.ts';
import { matrix } from './matrix/matrix.ts';
import { notebooks } from './notebooks.ts';
import { race } from './race/race.ts';
import { scenes } from './scenes.ts';
import { sweep, type Failure, type Kind, type Point, type SweepOptions, type SweepResult } from './sweep.ts';
import { tableOf } from './table.ts';

const LEAST_PRIORITY = 19;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    scenario: { type: 'string', default: 'all' },
    points: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    at: { type: 'string' },
    act: { type: 'string', default: 'kill' },
    lasting: { type: 'boolean', default: false },
    second: { type: 'string' },
    count: { type: 'string', default: '1000' },
    step: { type: 'string', default: '1' },
    gigabytes: { type: 'string', default: '5' },
  },
});

/** Ctrl-C ends early and shows what was seen so far. */
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

async function main(): Promise<boolean> {
  const [what = ''] = positionals;
  switch (what) {
    case 'kill':
    case 'error':
    case 'double-kill':
      return within(what, (folder, program) => sweepAll(what, folder, program));
    case 'race':
      return within(what, raceAll);
    case 'matrix':
      return within(what, matrixAll);
    case 'big':
      return within(what, bigFile, tmpdir());
    case 'notebooks':
      return notebookHistories();
    default:
      throw new Error(`say what: kill, error, double-kill, race, matrix, big, notebooks, not "${what}"`);
  }
}

async function within(
  name: string,
  work: (folder: string, program: Program) => Promise<boolean>,
  disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir(),
): Promise<boolean> {
  if (noCompiler !== undefined) throw new Error(noCompiler);
  setPriority(LEAST_PRIORITY);
  const folder = mkdtempSync(join(disk, `f2git-torture-${name}-`));
  try {
    return await work(folder, prepareProgram(name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sweepAll(kind: Kind, folder: string, program: Program): Promise<boolean> {
  const chosen = scenes.filter(({ name }) => values.scenario === 'all' || values.scenario.split(',').includes(name));
  if (chosen.length === 0)
    throw new Error(`no scenario "${values.scenario}": ${scenes.map(({ name }) => name).join(', ')}`);
  const only = onlyPoint(kind);
  const options: SweepOptions = {
    kind,
    points: Number(values.points),
    seed: Number(values.seed),
    workers: only === undefined ? Number(values.workers) : 1,
    folder,
    program,
    signal: interrupt.signal,
    ...(only && { only }),
  };
  const results: SweepResult[] = [];
  for (const scene of chosen) {
    if (interrupt.signal.aborted) break;
    const result = await sweep(scene, options);
    results.push(result);
    process.stderr.write(`${scene.name}: ${result.points} points, ${result.failures.length} violations\n`);
    for (const failure of result.failures) process.stderr.write(`${explain(failure, kind)}\n`);
  }
  process.stdout.write(`${tableOf(['scenario', 'operations', 'points', ...wrongs], results.map(rowOf))}\n`);
  return results.every(({ failures }) => failures.length === 0);
}

function rowOf({ scene, operations, points, failures }: SweepResult) {
  const counts = wrongs.map((wrong) => failures.filter((failure) => failure.wrong === wrong).length);
  return { name: scene, figures: [operations, points, ...counts] };
}

function explain({ scene, wrong, what, operation, point }: Failure, kind: Kind): string {
  const { fault, second } = point;
  const flags = [
    `--scenario ${scene}`,
    `--at ${fault.at}`,
    `--act ${fault.act}`,
    ...(fault.lasting === true ? ['--lasting'] : []),
    ...(second === undefined ? [] : [`--second ${second}`]),
  ];
  return `  ${wrong}: ${what}\n    at ${operation}\n    npm run torture -- ${kind} ${flags.join(' ')}`;
}

function onlyPoint(kind: Kind): Point | undefined {
  if (values.at === undefined) return undefined;
  const fault = { at: Number(values.at), act: values.act as FaultAct, lasting: values.lasting };
  return { fault, ...(kind === 'double-kill' && { second: Number(values.second ?? 0.5) }) };
}

/** Of `--count` races, most are rounds; the others are in proportion. */
async function raceAll(folder: string, program: Program): Promise<boolean> {
  const count = Number(values.count);
  const options = {
    program,
    folder,
    seed: Number(values.seed),
    lanes: Number(values.workers) * 2,
    signal: interrupt.signal,
  };
  const report = await race({ ...options, count });
  process.stdout.write(`${report.text}\n`);
  return report.isGood;
}

async function matrixAll(folder: string, program: Program): Promise<boolean> {
  const step = Number(values.step);
  const workers = Number(values.workers);
  const report = await matrix({ program, folder, workers, step, withNbgitpuller: true, signal: interrupt.signal });
  process.stdout.write(`${report.text}\n`);
  return report.isGood;
}

async function bigFile(folder: string, program: Program): Promise<boolean> {
  const report = await big({ program, folder, size: Math.round(Number(values.gigabytes) * 1e9) });
  process.stdout.write(`${report.text}\n`);
  return report.isGood;
}

/** Nothing is built and nothing touches a disk: the merge is a pure function. */
async function notebookHistories(): Promise<boolean> {
  setPriority(LEAST_PRIORITY);
  const report = await notebooks({
    count: Number(values.count),
    seed: Number(values.seed),
    workers: Number(values.workers),
    worker: new URL('notebook-worker.mjs', import.meta.url),
    signal: interrupt.signal,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${report.text}\n`);
  return report.isGood;
}

process.exitCode = (await main()) ? 0 : 1;
