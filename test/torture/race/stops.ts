/**
 * Races at every operation: the program is stopped before it, somebody saves, the program goes on. A save may end before
 * the program goes on, or span the operation as Jupyter's does.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, operationsIn, start, type Ended, type Operation } from '../program.ts';
import { evenly, randomOf } from '../random.ts';
import { Stand } from '../stand.ts';
import { edited, notebookOf, textOf } from './documents.ts';
import { judge, type Race, type RaceTally } from './judge.ts';
import type { RaceOptions } from './rounds.ts';
import { openEarly, savers, type SaverName } from './savers.ts';

const pull = ['pull', './course', 'w', '--json'];
const files = ['replaced.txt', 'merged.txt', 'merged.ipynb', 'removed.txt', 'renamed.txt'] as const;

/** Races at up to `count / files` operations of a run, each with every kind of save. */
export async function raceAtOperations(options: RaceOptions): Promise<readonly RaceTally[]> {
  const base = join(options.folder, 'stops');
  fs.mkdirSync(base, { recursive: true });
  const stand = new Stand(options.program, base);
  try {
    await prepare(stand);
    stand.keep('start');
    await stand.perform({ kind: 'command', args: pull }, undefined, { log: true, reads: true });
    const operations = operationsIn(stand.scratch);
    const first = operations.findIndex(({ path }) => path.includes('/.f2git/lease'));
    const all = Array.from({ length: operations.length - first }, (_, index) => first + index + 1).flatMap((at) =>
      (Object.keys(savers) as SaverName[]).flatMap((saver) => [false, true].map((spans) => ({ at, saver, spans }))),
    );
    const stops = evenly(all, Math.ceil(options.count / files.length), randomOf(options.seed));
    const isOver = (): boolean => options.signal?.aborted === true;
    const tallies: RaceTally[] = [];
    for (const stop of stops) {
      const raced = await raceAt(stand, stop, operations[stop.at - 1]);
      // Ctrl-C reached the program as well
      if (isOver()) break;
      tallies.push(...raced);
    }
    return tallies;
  } finally {
    await stand.dispose();
  }
}

interface Stop {
  readonly at: number;
  readonly saver: SaverName;
  /** The save begins before the operation and ends after it. */
  readonly spans: boolean;
}

async function prepare(stand: Stand): Promise<void> {
  const first = Object.fromEntries(files.map((path) => [path, contentOf(path, '', 'course 1')]));
  stand.course({ ...first, 'beside.txt': 'beside\n', 'other.txt': 'other\n' });
  await stand.must(...pull);
  for (const path of ['merged.txt', 'merged.ipynb'])
    stand.student({ [path]: contentOf(path, 'my first words', 'course 1') });
  stand.course({
    'replaced.txt': contentOf('replaced.txt', '', 'course 2'),
    'merged.txt': contentOf('merged.txt', '', 'course 2'),
    'merged.ipynb': contentOf('merged.ipynb', '', 'course 2'),
    'removed.txt': null,
    'renamed.txt': null,
    'new/name.txt': contentOf('renamed.txt', '', 'course 1'),
  });
}

async function raceAt(
  stand: Stand,
  { at, saver, spans }: Stop,
  operation: Operation | undefined,
): Promise<readonly RaceTally[]> {
  stand.restore('start');
  const races = files.map((path): Race => {
    const mine = `mine ${at} ${path}`;
    return { path, saver, mine, saved: edited(path, fs.readFileSync(join(stand.home, path), 'utf8'), mine) };
  });
  if (saver === 'open file') for (const { path } of races) openEarly(join(stand.home, path));
  const roots = [join(stand.folder, 'w')];
  const disturbance = { roots, scratch: stand.scratch, reads: true, fault: { at, act: 'stop' } } as const;
  const child = start(stand.program, pull, stand.folder, disturbance);
  const end = ended(child);
  if (await isStopped(child.pid ?? 0, end)) {
    const saves = races.map(({ path, saved }) => savers[saver](join(stand.home, path), saved, spans ? 3 : 0));
    if (!spans) await Promise.all(saves);
    child.kill('SIGCONT');
    await Promise.all(saves);
  } else await Promise.all(races.map(({ path, saved }) => savers[saver](join(stand.home, path), saved, 0)));
  await end;
  const then = Date.now() / 1000 - 3600;
  for (const { path } of races) {
    const file = join(stand.home, path);
    if (fs.existsSync(file)) fs.utimesSync(file, then, then);
  }
  const tallies = judge(stand.home, races, await stand.perform({ kind: 'command', args: pull }));
  const isInMoment = ({ path }: Race): boolean =>
    saver === 'rename' && operation?.kind.startsWith('rename') === true && operation.path === join(stand.home, path);
  return tallies.map((tally) => ({ ...tally, isInMoment: isInMoment(tally.race) }));
}

/** Waits until the shim has stopped the program; false when it came to its end before. */
async function isStopped(pid: number, end: Promise<Ended>): Promise<boolean> {
  let isOver = false;
  void end.then(() => (isOver = true));
  for (;;) {
    // read anew: it changes while we sleep
    if ((() => isOver)()) return false;
    if (stateOf(pid) === 'T') return true;
    await sleep(1);
  }
}

function stateOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  } catch {
    // it ended: `isStopped` hears of it
    return undefined;
  }
}

function contentOf(path: string, mine: string, course: string): string {
  return path.endsWith('.ipynb') ? notebookOf(mine, course) : textOf(mine, course);
}
