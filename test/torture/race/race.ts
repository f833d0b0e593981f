/** All races, and what they showed. */
import { tableOf } from '../table.ts';
import type { RaceTally } from './judge.ts';
import { raceInPairs } from './pairs.ts';
import { raceInRounds, type RaceOptions } from './rounds.ts';
import { savers } from './savers.ts';
import { raceAtOperations } from './stops.ts';
import { raceWithSwapper } from './swaps.ts';

export interface RaceReport {
  readonly text: string;
  /** Nothing was lost, torn, stuck or written elsewhere. */
  readonly isGood: boolean;
}

/** Of `count` races three quarters happen by chance and one at chosen operations; twice as many writes are swapped. */
export async function race(options: RaceOptions): Promise<RaceReport> {
  const { count } = options;
  const inRounds = await raceInRounds({ ...options, count: Math.ceil(count * 0.75) });
  const atOperations = await raceAtOperations({ ...options, count: Math.ceil(count * 0.25) });
  const pairs = await raceInPairs({ ...options, count: Math.ceil(count / 50) });
  const swaps = await raceWithSwapper({ ...options, count: 2 * count });
  const stopped = atOperations.filter(({ isInMoment }) => isInMoment === true);
  const others = atOperations.filter((tally) => !stopped.includes(tally));
  const bad = [...inRounds, ...others].filter(isBad);
  const rows = [...rowsOf('by chance', inRounds), ...rowsOf('at an operation', others)];
  const text = [
    ...bad.slice(0, 20).map(({ what }) => what),
    tableOf(['saves', 'races', 'lost', 'only in the backups', 'torn', 'stuck', 'took the course’s words back'], rows),
    momentLine(inRounds, stopped),
    `two pulls at once: ${pairs.pairs} pairs, ${pairs.violations.length} violations`,
    ...pairs.violations.slice(0, 10),
    `folder exchanged with a link: ${swaps.writes} writes in ${swaps.runs} runs, ${swaps.outside.length} outside`,
    ...swaps.outside.slice(0, 10),
  ].join('\n');
  return { text, isGood: bad.length === 0 && pairs.violations.length === 0 && swaps.outside.length === 0 };
}

/** The one race that is known to lose (ARCHITECTURE, how a run works): how often chance met it, and how often a stop did. */
function momentLine(inRounds: readonly RaceTally[], stopped: readonly RaceTally[]): string {
  const byRename = inRounds.filter(({ race }) => race.saver === 'rename');
  const lost = (tallies: readonly RaceTally[]): number => tallies.filter(({ isLost }) => isLost).length;
  return `saves by rename right before our rename: ${lost(byRename)} lost of ${byRename.length} by chance, ${lost(stopped)} of ${stopped.length} with the program stopped there`;
}

function isBad({ isLost, isTorn, isStuck }: RaceTally): boolean {
  return isLost || isTorn || isStuck;
}

function rowsOf(when: string, tallies: readonly RaceTally[]) {
  return Object.keys(savers).map((saver) => {
    const own = tallies.filter(({ race }) => race.saver === saver);
    const count = (is: (tally: RaceTally) => boolean): number => own.filter(is).length;
    const figures = [
      own.length,
      count(({ isLost }) => isLost),
      count(({ isAside }) => isAside),
      count(({ isTorn }) => isTorn),
      count(({ isStuck }) => isStuck),
      count(({ isReverted }) => isReverted),
    ];
    return { name: `${saver}, ${when}`, figures };
  });
}
