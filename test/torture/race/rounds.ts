/** Races as they happen: a pull is at work while students save, each file by an editor of its own, at its own moment. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../program.ts';
import { randomOf } from '../random.ts';
import { Stand } from '../stand.ts';
import { edited, notebookOf, textOf } from './documents.ts';
import { judge, type Race, type RaceTally } from './judge.ts';
import { openEarly, savers, type SaverName } from './savers.ts';

export interface RaceOptions {
  readonly program: Program;
  /** An empty folder, best in memory. */
  readonly folder: string;
  readonly count: number;
  readonly seed: number;
  /** How many workspaces at once; most of the time each waits. */
  readonly lanes: number;
  /** Aborted: no further race begins. */
  readonly signal?: AbortSignal;
}

/** Files of a workspace, half of them notebooks; each is one race a round. */
const FILES = 10;
const saverNames = Object.keys(savers) as SaverName[];
const pull = ['pull', './course', 'w', '--json'];

/** Races saves against runs until there were `count`. */
export async function raceInRounds(options: RaceOptions): Promise<readonly RaceTally[]> {
  const rounds = Array.from({ length: Math.ceil(options.count / FILES) }, (_, round) => round).values();
  const lanes = Array.from({ length: options.lanes }, (_, lane) => new Lane(options, lane));
  await Promise.all(lanes.map((lane) => lane.work(rounds)));
  return lanes.flatMap((lane) => lane.tallies);
}

class Lane {
  readonly tallies: RaceTally[] = [];
  private readonly stand: Stand;
  private readonly random: () => number;
  private readonly signal: AbortSignal | undefined;
  private readonly files: readonly string[];
  /** What a pull takes here, in milliseconds: saves are spread over that. */
  private duration = 200;

  constructor({ program, folder, seed, signal }: RaceOptions, lane: number) {
    this.signal = signal;
    const base = join(folder, `lane-${lane}`);
    fs.mkdirSync(base, { recursive: true });
    this.stand = new Stand(program, base);
    this.random = randomOf(seed * 1000 + lane);
    this.files = Array.from({ length: FILES }, (_, file) => (file % 2 === 0 ? `f${file}.txt` : `f${file}.ipynb`));
  }

  async work(rounds: Iterator<number>): Promise<void> {
    try {
      this.publish('course 0');
      await this.stand.must(...pull);
      for (let next = rounds.next(); next.done !== true; next = rounds.next()) {
        if (this.signal?.aborted === true) break;
        await this.round(next.value);
      }
    } finally {
      await this.stand.dispose();
    }
  }

  private async round(round: number): Promise<void> {
    const course = `course ${round + 1}`;
    this.publish(course);
    const races = this.files.map((path, file): Race => {
      const saver = saverNames[Math.floor(this.random() * saverNames.length)] ?? 'in place';
      const mine = `mine ${round}-${file}`;
      const shown = fs.readFileSync(join(this.stand.home, path), 'utf8');
      return { path, saver, mine, course, saved: edited(path, shown, mine) };
    });
    this.age();
    for (const { path, saver } of races) if (saver === 'open file') openEarly(join(this.stand.home, path));
    const began = performance.now();
    const run = this.stand.perform({ kind: 'command', args: pull });
    await Promise.all([run, ...races.map((race) => this.save(race))]);
    this.duration = Math.min(1000, 0.9 * this.duration + 0.1 * (performance.now() - began));
    this.age();
    const end = await this.stand.perform({ kind: 'command', args: pull });
    // Ctrl-C reached the program as well
    if (this.signal?.aborted === true) return;
    const tallies = judge(this.stand.home, races, end);
    this.tallies.push(...tallies);
    for (const { race, isReverted } of tallies) if (isReverted) this.takeTheCoursesWords(race);
  }

  /** Half of the saves come when the run begins to write, where it is dangerous; the others at any time. */
  private async save({ path, saver, saved }: Race): Promise<void> {
    const isAimed = this.random() < 0.5;
    const moment = this.random();
    const pause = this.random() * 6;
    if (isAimed) {
      await this.untilWriting();
      await sleep(moment * 12);
    } else await sleep(moment * this.duration);
    await savers[saver](join(this.stand.home, path), saved, pause);
  }

  private async untilWriting(): Promise<void> {
    const stage = join(this.stand.home, '.f2git/stage');
    const deadline = performance.now() + 2 * this.duration;
    while (!fs.existsSync(stage) && performance.now() < deadline) await sleep(1);
  }

  private publish(course: string): void {
    this.stand.course(
      Object.fromEntries(
        this.files.map((path) => [path, path.endsWith('.ipynb') ? notebookOf('', course) : textOf('', course)]),
      ),
    );
  }

  /** As a student who sees what is missing; otherwise the old words would stay for all later rounds. */
  private takeTheCoursesWords({ path, mine, course }: Race): void {
    fs.writeFileSync(join(this.stand.home, path), textOf(mine, course ?? ''));
  }

  /** Nobody is typing any more. */
  private age(): void {
    const then = Date.now() / 1000 - 3600;
    for (const path of this.files) fs.utimesSync(join(this.stand.home, path), then, then);
  }
}
