/** What became of a save that raced with a run. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../program.ts';
import { keptContents } from '../views.ts';
import type { SaverName } from './savers.ts';

/** One save of one file during one run. */
export interface Race {
  readonly path: string;
  readonly saver: SaverName;
  /** What the student wrote; nothing else holds these words. */
  readonly mine: string;
  /** What the course wrote. */
  readonly course?: string;
  /** The bytes the editor saved. */
  readonly saved: string;
}

export interface RaceTally {
  readonly race: Race;
  /** The student's words are nowhere. */
  readonly isLost: boolean;
  /** The student's words are in the backups only. */
  readonly isAside: boolean;
  /** The file, or what is kept of it, is half a notebook. */
  readonly isTorn: boolean;
  /** The next run failed. */
  readonly isStuck: boolean;
  /** The save took the course's words back: the editor still showed the version before. */
  readonly isReverted: boolean;
  /** The program was stopped in the one moment in which a save by rename is lost: right before its own rename. */
  readonly isInMoment?: boolean;
  readonly what: string;
}

/** After the run that followed the race, which nothing disturbed. */
export function judge(home: string, races: readonly Race[], end: Ended): readonly RaceTally[] {
  const texts = races.map(({ path }) => read(join(home, path)));
  const isComplete = races.every(({ mine }, index) => texts[index]?.includes(mine));
  const kept = isComplete ? [] : [...keptContents(home)];
  return races.map((race, index) => {
    const text = texts[index];
    const isVisible = text?.includes(race.mine) === true;
    const isKept = isVisible || kept.some((content) => content.includes(race.mine));
    const isTorn = text !== undefined && race.path.endsWith('.ipynb') && !isNotebook(text);
    const isText = !race.path.endsWith('.ipynb');
    const isStuck = end.status !== 0;
    const isReverted = isText && race.course !== undefined && text?.includes(race.course) !== true;
    const what = `"${race.path}", ${race.saver}, ${race.mine}: ${text?.slice(0, 200) ?? 'missing'} ${end.stderr.slice(0, 200)}`;
    return { race, isLost: !isKept, isAside: isKept && !isVisible, isTorn, isStuck, isReverted, what };
  });
}

function read(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

function isNotebook(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}
