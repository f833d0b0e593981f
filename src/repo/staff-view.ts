/** What staff may ask of a course: what an audience gets at another time, what is held, how things stand. Pure. */
import type { Oid } from '../core/ids.ts';
import { comparePaths, type RelPath } from '../core/paths.ts';
import type { CourseState, KnownEntry, PathTrouble, Trouble } from './course-state.ts';
import { verdictOf, type Rules, type Verdict } from './verdicts.ts';

/** A file as staff see it, without content. */
export interface StaffFile {
  readonly path: RelPath;
  /** Bytes, as far as known. */
  readonly size: number;
}

/** What the audience gets at `at`, from what the source showed last. */
export interface Preview {
  readonly at: Date;
  readonly files: readonly StaffFile[];
  readonly changes: {
    /** Not offered now, offered then. */
    readonly added: readonly StaffFile[];
    /** Offered now, taken back on purpose then. */
    readonly removed: readonly StaffFile[];
    /** Offered now, withheld then: who has it keeps it. */
    readonly withheld: readonly StaffFile[];
  };
}

export function previewOf(state: CourseState, rules: Rules, now: Date, at: Date): Preview {
  const entries = [...state.entries].sort((a, b) => comparePaths(a.path, b.path));
  const verdicts = entries.map((entry) => ({
    file: staffFile(entry),
    now: verdictOf(rules, entry, now),
    then: verdictOf(rules, entry, at),
  }));
  const where = (isMeant: (now: Verdict, then: Verdict) => boolean): readonly StaffFile[] =>
    verdicts.filter((each) => isMeant(each.now, each.then)).map(({ file }) => file);
  const isWithheld = (verdict: Verdict): boolean => verdict === 'scheduled' || verdict === 'hidden';
  return {
    at,
    files: where((_, then) => then === 'offered'),
    changes: {
      added: where((before, then) => before !== 'offered' && then === 'offered'),
      removed: where((before, then) => before === 'offered' && (then === 'withdrawn' || then === 'unwanted')),
      withheld: where((before, then) => before === 'offered' && isWithheld(then)),
    },
  };
}

/** A file of the course by its names: where it is delivered, and what people see at the source where that differs. */
export type CourseNames = Pick<KnownEntry, 'path' | 'sourcePath'>;

/** The files whose deletion the brake holds. */
export function heldOf(state: CourseState): readonly StaffFile[] {
  return state.entries.filter(({ held }) => held).map(staffFile);
}

/** A file as it stands: what becomes of it now, and why it is not what the source has. */
export interface StaffEntry extends StaffFile {
  readonly verdict: Exclude<Verdict, 'unwanted'>;
  readonly held: boolean;
  readonly problem?: Trouble;
}

/** All files the course knows, by their paths; without those that are excluded. */
export function entriesFor({ entries }: CourseState, rules: Rules, now: Date): readonly StaffEntry[] {
  return entries
    .flatMap((entry): readonly StaffEntry[] => {
      const verdict = verdictOf(rules, entry, now);
      const { held, problem } = entry;
      if (verdict === 'unwanted') return [];
      return [{ ...staffFile(entry), verdict, held, ...(problem === undefined ? {} : { problem }) }];
    })
    .sort((a, b) => comparePaths(a.path, b.path));
}

/** How a course stands, for staff and operators. */
export interface CourseDescription {
  readonly head?: Oid;
  /** When the source last answered. */
  readonly answeredAt?: string;
  readonly complete: boolean;
  readonly counts: Readonly<Record<Verdict | 'held' | 'problems', number>>;
  /** Everything that could not be read, also where the audience may not know of it. */
  readonly problems: readonly PathTrouble[];
}

export function describeCourse(
  state: CourseState,
  rules: Rules,
  now: Date,
  answeredAt: string | undefined,
): CourseDescription {
  const problems = [
    ...state.problems,
    ...state.entries.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ path, ...problem }])),
  ];
  const counts = { offered: 0, scheduled: 0, hidden: 0, withdrawn: 0, unwanted: 0, held: 0, problems: problems.length };
  for (const entry of state.entries) {
    counts[verdictOf(rules, entry, now)]++;
    if (entry.held) counts.held++;
  }
  const { head, complete } = state;
  return {
    ...(head === undefined ? {} : { head }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
    complete,
    counts,
    problems,
  };
}

function staffFile({ path, size }: KnownEntry): StaffFile {
  return { path, size };
}
