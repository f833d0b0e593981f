/** Two programs in one workspace at once: one result, and both are told so. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf } from '../random.ts';
import { Stand, type Act } from '../stand.ts';
import { homeView, keptContents, litterIn } from '../views.ts';
import { textOf } from './documents.ts';
import type { RaceOptions } from './rounds.ts';

export interface PairResult {
  readonly pairs: number;
  readonly violations: readonly string[];
}

const pull: Act = { kind: 'command', args: ['pull', './course', 'w', '--json'] };
const files = Array.from({ length: 8 }, (_, file) => `week${file % 3}/f${file}.txt`);

/** Starts `count` pairs of pulls, the second up to 150 ms after the first. */
export async function raceInPairs(options: RaceOptions): Promise<PairResult> {
  const base = join(options.folder, 'pairs');
  fs.mkdirSync(base, { recursive: true });
  const stand = new Stand(options.program, base);
  const random = randomOf(options.seed);
  const violations: string[] = [];
  try {
    let pair = 0;
    for (; pair < options.count; pair++) {
      const wrong = await onePair(stand, pair, random() * 150);
      // Ctrl-C reached the programs as well
      if (options.signal?.aborted === true) break;
      violations.push(...wrong.map((what) => `pair ${pair}: ${what}`));
    }
    return { pairs: pair, violations };
  } finally {
    await stand.dispose();
  }
}

async function onePair(stand: Stand, pair: number, distance: number): Promise<readonly string[]> {
  const mine = `mine ${pair}`;
  stand.course(Object.fromEntries(files.map((path) => [path, textOf('', `course ${pair}`)])));
  if (pair > 0) stand.student({ [files[0] ?? '']: textOf(mine, `course ${pair - 1}`) });
  const second = sleep(distance).then(() => stand.perform(pull));
  const ends = await Promise.all([stand.perform(pull), second]);
  const failed = ends.filter(({ status }) => status !== 0).map(({ status, stderr }) => `${status} ${stderr}`);
  return [...failed, ...wrongs(stand, pair, mine)];
}

function wrongs(stand: Stand, pair: number, mine: string): readonly string[] {
  const view = homeView(stand.home);
  const names = [...view.keys()].filter((path) => !path.endsWith('/')).sort();
  const stale = files.filter((path) => view.get(path)?.includes(`course ${pair}`) !== true);
  const isLost = pair > 0 && ![...keptContents(stand.home)].some((content) => content.includes(mine));
  return [
    ...(names.join() === files.toSorted().join() ? [] : [`there are ${names.join(', ')}`]),
    ...stale.map((path) => `"${path}" is not up to date`),
    ...(isLost ? ['the student’s words are lost'] : []),
    ...litterIn(join(stand.home, '.f2git')),
  ];
}
