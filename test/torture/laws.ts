/** What must hold after a disturbance, and after the undisturbed run that follows it. */
import { join } from 'node:path';
import type { Ended } from './program.ts';
import type { Stand } from './stand.ts';
import {
  damageIn,
  homeView,
  keptContents,
  litterIn,
  repositoriesIn,
  servedBy,
  sharedFiles,
  type View,
} from './views.ts';

/** The ways to break a promise, each a column of the table. */
export const wrongs = ['lost', 'torn', 'stuck', 'litter', 'repository', 'lied'] as const;
export type Wrong = (typeof wrongs)[number];

export interface Violation {
  readonly wrong: Wrong;
  readonly what: string;
}

/** Everything outside of a stand's command that its runs change. */
export interface Moment {
  readonly home: View;
  /** What each hidden repository serves. */
  readonly served: ReadonlyMap<string, string>;
}

export interface Ends {
  readonly before: Moment;
  readonly after: Moment;
}

export function momentOf({ folder, home }: Stand): Moment {
  const served = repositoriesIn(folder)
    .filter((repository) => repository !== join(folder, 'course.git'))
    .map((repository) => [repository, servedBy(repository) ?? ''] as const);
  return { home: homeView(home), served: new Map(served) };
}

/**
 * Right after the disturbance: nothing lost, every path old or new, every repository whole and old or new; and where the
 * run came to its end, no file has two names.
 * @param isShut the system took no change any more, so that no name could go back: a second one stays until the next run
 */
export function afterDisturbance(stand: Stand, ends: Ends, end: Ended, isShut = false): readonly Violation[] {
  const now = momentOf(stand);
  return [
    ...lostContents(stand),
    ...tornPaths(now.home, ends),
    ...brokenNotebooks(now.home),
    ...wrongRepositories(now, [ends.before, ends.after]),
    ...lies(now, ends, end),
    ...(!isShut && (end.status === 0 || end.status === 4) ? namesTooMany(stand) : []),
  ];
}

/**
 * After the next run that nothing disturbs: exactly what one undisturbed run would have made, and nothing left over.
 * @param mayLeaveFolders the system refused to remove a folder: it stays, empty, and nobody misses anything
 */
export function afterRecovery(stand: Stand, ends: Ends, end: Ended, mayLeaveFolders = false): readonly Violation[] {
  const now = momentOf(stand);
  const told = end.status === 0 ? [] : [`ended with ${end.status}: ${end.stderr.slice(0, 300)}`];
  const wrong = differences(now.home, ends.after.home).filter((each) => !mayLeaveFolders || !isFolderLeft(each));
  const stuck = [...told, ...wrong];
  const litter = [join(stand.home, '.f2git'), join(stand.folder, 'data')].flatMap(litterIn);
  return [
    ...stuck.map((what) => ({ wrong: 'stuck', what }) as const),
    ...litter.map((what) => ({ wrong: 'litter', what }) as const),
    ...namesTooMany(stand),
    ...lostContents(stand),
    ...wrongRepositories(now, [ends.after]),
  ];
}

function namesTooMany({ home }: Stand): readonly Violation[] {
  return sharedFiles(home).map((what) => ({ wrong: 'litter', what }));
}

function lostContents({ home, saved }: Stand): readonly Violation[] {
  const kept = keptContents(home);
  return [...saved]
    .filter((content) => !kept.has(content))
    .map((content) => ({ wrong: 'lost', what: `the student's ${JSON.stringify(content.slice(0, 60))}` }));
}

/** Empty folders may stand for a moment. */
function tornPaths(now: View, { before, after }: Ends): readonly Violation[] {
  const paths = new Set([...now.keys(), ...before.home.keys(), ...after.home.keys()]);
  return [...paths].flatMap((path): readonly Violation[] => {
    if (path.endsWith('/')) return [];
    const content = now.get(path);
    if (content === before.home.get(path) || content === after.home.get(path)) return [];
    if (content !== undefined && !before.home.has(path) && !after.home.has(path))
      return [{ wrong: 'litter', what: `"${path}" belongs to nobody` }];
    return [{ wrong: 'torn', what: `"${path}" is ${content === undefined ? 'not there' : content.slice(0, 80)}` }];
  });
}

function brokenNotebooks(now: View): readonly Violation[] {
  return [...now].flatMap(([path, content]): readonly Violation[] => {
    if (!path.endsWith('.ipynb')) return [];
    try {
      JSON.parse(Buffer.from(content.slice(content.indexOf(' ') + 1), 'latin1').toString());
      return [];
    } catch (error) {
      return [{ wrong: 'torn', what: `"${path}" is no notebook: ${String(error)}` }];
    }
  });
}

function wrongRepositories({ served }: Moment, allowed: readonly Moment[]): readonly Violation[] {
  return [...served].flatMap(([repository, tree]): readonly Violation[] => {
    const damage = damageIn(repository);
    const isExpected = allowed.some((moment) => (moment.served.get(repository) ?? '') === tree);
    return [
      ...(damage === '' ? [] : [{ wrong: 'repository', what: damage } as const]),
      ...(isExpected ? [] : [{ wrong: 'repository', what: `${repository} serves ${tree}` } as const]),
    ];
  });
}

/** Success must mean that all is done; a bug of ours must never be the answer to a disk that fails. */
function lies(now: Moment, { after }: Ends, { status, stdout, stderr }: Ended): readonly Violation[] {
  if (status === null) return [];
  if (![0, 2, 3, 4].includes(status)) return [{ wrong: 'lied', what: `ended with ${status}: ${stderr.slice(0, 400)}` }];
  if (status !== 0) return [];
  const isNamed = /"action": ?"(skipped|held)"|"state": ?"(unreachable|cached)"|"problems": ?\[\s*\{/.test(stdout);
  const missing = differences(now.home, after.home).filter((each) => !isFolderLeft(each));
  return missing.length === 0 || isNamed ? [] : [{ wrong: 'lied', what: `success, but ${missing.join(', ')}` }];
}

function isFolderLeft(difference: string): boolean {
  return difference.endsWith('/" is there');
}

function differences(now: View, wanted: View): readonly string[] {
  const missing = [...wanted].filter(([path, content]) => now.get(path) !== content);
  const extra = [...now].filter(([path]) => !wanted.has(path));
  return [
    ...missing.map(([path, content]) => `"${path}" is ${short(now.get(path))}, not ${short(content)}`),
    ...extra.map(([path]) => `"${path}" is there`),
  ];
}

function short(content: string | undefined): string {
  return content === undefined ? 'missing' : JSON.stringify(content.slice(0, 60));
}
