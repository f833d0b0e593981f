/**
 * The schedule in a course's own folder (`schedule-file.ts`), as staff wrote it. It is added to the administrator's: what
 * either holds back is held back, and neither releases what the other does not.
 */
import { together } from '../core/mistakes.ts';
import { invalid } from '../core/written-key.ts';
import { readYaml } from '../core/yaml-text.ts';
import { parseSchedule, type Release, type Schedule } from './schedule.ts';

export interface ScheduleSurroundings {
  /** IANA name. */
  readonly timeZone: string;
  /** The groups that the administrator's schedule names: of no other does the server tell who is in it. */
  readonly groups: ReadonlySet<string>;
}

/** @throws {F2gitError} `config-invalid` with the key, its line and what is wrong, of every mistake */
export function parseOwnSchedule(text: string, { timeZone, groups }: ScheduleSurroundings): Schedule {
  return readYaml(text, (values) => {
    if (typeof values !== 'object' || values === null || !('release' in values)) {
      throw invalid([], 'must be a mapping with "release"');
    }
    const { release, ...others } = values;
    const [schedule] = together(
      () => parseSchedule(release, timeZone),
      ...Object.keys(others).map((key) => () => {
        throw invalid([key], 'unknown key; known are release');
      }),
    );
    // a list, or it was no schedule
    const entries = release as readonly { readonly for?: string | readonly string[] }[];
    together(...entries.map((entry, index) => () => refuseUnknown(entry.for, groups, index)));
    return schedule;
  });
}

function refuseUnknown(named: string | readonly string[] = [], groups: ReadonlySet<string>, index: number): void {
  const unknown = [named].flat().find((group) => !groups.has(group));
  if (unknown === undefined) return;
  throw invalid(['release', index, 'for'], `"${unknown}" is no group that "release" of the configuration names`);
}

/** The word of two schedules together. */
export function strictest(one: Release, other: Release): Release {
  if (one === 'withdrawn' || other === 'withdrawn') return 'withdrawn';
  return one === 'withheld' ? one : other;
}
