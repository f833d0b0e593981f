/** Somebody exchanges a folder of the course with a link to another place, all the time, while f2git writes into it. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, operationsIn } from '../program.ts';
import { Stand } from '../stand.ts';
import { homeView } from '../views.ts';
import type { RaceOptions } from './rounds.ts';

export interface SwapResult {
  /** Names f2git made or replaced among the student's files, or tried to. */
  readonly writes: number;
  /** Changes in the place the link leads to. */
  readonly outside: readonly string[];
  readonly runs: number;
}

const FILES = 200;
const pull = ['pull', './course', 'w', '--json'];

/** Writes at least `options.count` times. */
export async function raceWithSwapper(options: RaceOptions): Promise<SwapResult> {
  const base = join(options.folder, 'swaps');
  fs.mkdirSync(base, { recursive: true });
  const stand = new Stand(options.program, base);
  const victim = join(base, 'victim');
  const decoys = Object.fromEntries(Array.from({ length: FILES }, (_, file) => [`f${file}.txt`, 'not yours\n']));
  for (const [name, content] of Object.entries(decoys)) {
    fs.mkdirSync(victim, { recursive: true });
    fs.writeFileSync(join(victim, name), content);
  }
  const before = homeView(victim);
  const swapper = compile('test/torture/race/swapper.c', dirname(options.program.shim), false);
  try {
    publish(stand, 0);
    await stand.must(...pull);
    fs.symlinkSync(victim, join(stand.folder, 'link'));
    let writes = 0;
    let runs = 0;
    const outside = new Set<string>();
    while (writes < options.count && options.signal?.aborted !== true) {
      publish(stand, ++runs);
      const swapping = spawn(swapper, [join(stand.home, 'week'), join(stand.folder, 'link')], { stdio: 'inherit' });
      const gone = new Promise((resolve) => swapping.once('close', resolve));
      await stand.perform({ kind: 'command', args: pull }, undefined, { log: true });
      swapping.kill('SIGKILL');
      await gone;
      writes += operationsIn(stand.scratch).filter(isVisibleWrite).length;
      for (const change of changesOf(before, homeView(victim))) outside.add(change);
      settle(stand);
    }
    return { writes, runs, outside: [...outside] };
  } finally {
    await stand.dispose();
  }
}

/** Every file with another content each time. */
function publish(stand: Stand, version: number): void {
  stand.course(
    Object.fromEntries(
      Array.from({ length: FILES }, (_, file) => [`week/f${file}.txt`, `f${file} version ${version}\n`]),
    ),
  );
}

function isVisibleWrite({ kind, path }: { readonly kind: string; readonly path: string }): boolean {
  return ['link', 'rename', 'create', 'mkdir'].includes(kind) && !path.includes('/.f2git');
}

function changesOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly string[] {
  const paths = new Set([...before.keys(), ...now.keys()]);
  return [...paths].filter((path) => before.get(path) !== now.get(path));
}

/** The folder is a folder again, and what came beside the link is gone, so that the next run has as much to write. */
function settle(stand: Stand): void {
  const folder = join(stand.home, 'week');
  const link = join(stand.folder, 'link');
  if (fs.lstatSync(folder).isSymbolicLink()) {
    fs.renameSync(folder, `${link}.other`);
    fs.renameSync(link, folder);
    fs.renameSync(`${link}.other`, link);
  }
  for (const name of fs.readdirSync(stand.home))
    if (name !== 'week' && name !== '.f2git') fs.rmSync(join(stand.home, name), { recursive: true });
}
