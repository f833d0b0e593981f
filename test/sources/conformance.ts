/**
 * The conformance suite: every law of `source.ts`, as cases C1–C51, run by every adapter. A case is left out only where
 * the harness declares a verb, a fault or the case impossible, with its reason, and the suite checks that it really is.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './bench.ts';
import { contentCases } from './cases-content.ts';
import { hygieneCases } from './cases-hygiene.ts';
import { listingCases } from './cases-listing.ts';
import { nameCases } from './cases-names.ts';
import { openingCases } from './cases-opening.ts';
import { checkColumn, type Outcome } from './conformance-table.ts';
import { type Course, type CourseDriver, type Fault, faults, type Harness } from './harness.ts';

/** One case: what it needs of the harness, and what it does with a fresh course. */
export interface Case {
  readonly id: string;
  readonly title: string;
  /** Verbs and faults without which it cannot run. */
  readonly needs?: readonly (keyof CourseDriver | Fault)[];
  readonly run: (bench: Bench, course: Course) => Promise<void>;
}

const groups: Readonly<Record<string, readonly Case[]>> = {
  opening: openingCases,
  listing: listingCases,
  names: nameCases,
  content: contentCases,
  hygiene: hygieneCases,
};

/** Every case, in the order they run. */
export const allCases: readonly Case[] = Object.values(groups).flat();

/** Runs the whole suite for one adapter, and compares what it showed with the table in docs/sources.md. */
export function describeSource(name: string, harness: Harness): void {
  const outcomes = new Map<string, Outcome>();
  describe(`${name}: conformance`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = await Bench.start(harness);
    });
    afterEach(() => bench.stop());

    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => cases.forEach((one) => register(one, harness, () => bench, outcomes)));
    }
  });
  // The memory of this process is a source for tests only.
  if (harness.adapter.type === 'memory') return;
  it(`${name}: docs/sources.md says the same; F2GIT_WRITE_DOCS=1 writes it`, () => {
    checkColumn(name, allCases, outcomes);
  });
}

function register(one: Case, harness: Harness, bench: () => Bench, outcomes: Map<string, Outcome>): void {
  const impossible = { ...harness.impossible, ...harness.impossibleHere };
  const missing = [one.id, ...(one.needs ?? [])].filter((need) => impossible[need] !== undefined);
  const reasons = missing.map((need) => impossible[need] ?? '');
  if (reasons.length === 0) {
    it(`${one.id} ${one.title}`, async () => {
      const { course } = bench();
      for (const need of one.needs ?? [])
        expect(isThere(course, need), `${need}: offer it or declare why not`).toBe(true);
      await one.run(bench(), course);
      outcomes.set(one.id, { kind: 'passed' });
    });
    return;
  }
  it(`${one.id} ${one.title}: cannot be here, ${reasons.join('; ')}`, () => {
    for (const reason of reasons) expect(reason).toMatch(/\w+ \w+/);
    const declared = missing.filter((need) => need !== one.id) as (keyof CourseDriver | Fault)[];
    for (const need of declared) expect(isThere(bench().course, need), `${need} is declared impossible`).toBe(false);
    const lasting = missing.filter((need) => harness.impossible[need] !== undefined);
    const why = lasting.map((need) => harness.impossible[need] ?? '');
    outcomes.set(one.id, why.length === 0 ? { kind: 'not-here' } : { kind: 'impossible', why });
  });
}

function isThere(course: Course, need: keyof CourseDriver | Fault): boolean {
  const isFault = (faults as readonly string[]).includes(need);
  return isFault ? course.faults[need as Fault] !== undefined : course.driver[need as keyof CourseDriver] !== undefined;
}
