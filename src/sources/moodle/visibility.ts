/**
 * When a student may see an activity. A token of staff is shown everything, and no file says "not for students": what the
 * platform holds back from students is found by its own marks on sections and activities. Pure.
 */
import { z } from 'zod';
import { type Window, withheldIndefinitely } from '../source.ts';
import type { Module, Section } from './schema.ts';

/** `open`: any student of the course sees it. `timed`: any student, within the window. `withheld`: not everybody. */
export type Sight =
  | { readonly kind: 'open' }
  | { readonly kind: 'timed'; readonly window: Window }
  | { readonly kind: 'withheld'; readonly window: Window };

const OPEN: Sight = { kind: 'open' };
const WITHHELD: Sight = { kind: 'withheld', window: withheldIndefinitely };

/**
 * When students see an activity. `gates` are the activity itself and the subsections it lies in, which are activities,
 * too; `sections` its section and those that one lies in. The strictest of them counts.
 */
export function sightOf(gates: readonly Module[], sections: readonly Section[]): Sight {
  if (sections.some(isSectionHidden)) return WITHHELD;
  return gates.map(sightOfOne).reduce(stricter, OPEN);
}

function sightOfOne(module: Module): Sight {
  if (module.visible === false || module.uservisible === false) return WITHHELD;
  // Staff made it available without showing it in the course: whoever has no link to it does not know of it.
  if (module.visibleoncoursepage === false) return WITHHELD;
  // Somebody who may ignore restrictions, and is not told what they are.
  if (module.availability === undefined && (module.availabilityinfo ?? '') !== '') return WITHHELD;
  return restrictionOf(module.availability ?? '');
}

/** ISO 8601 in UTC sorts as text. */
function stricter(a: Sight, b: Sight): Sight {
  if (a.kind === 'open' || b.kind === 'withheld') return b;
  if (b.kind === 'open' || a.kind === 'withheld') return a;
  const from = [a.window.from, b.window.from]
    .filter((one) => one !== undefined)
    .sort()
    .at(-1);
  const until = [a.window.until, b.window.until].filter((one) => one !== undefined).sort()[0];
  const window = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
  return { kind: 'timed', window };
}

/**
 * A restriction of a section is told as text only, and to staff only where students are told of it, too: that nothing is
 * said to staff means nothing.
 */
function isSectionHidden(section: Section): boolean {
  const isShown = section.visible !== false && section.uservisible !== false && section.hiddenbynumsections !== true;
  return !isShown || section.id < 0 || (section.availabilityinfo ?? '') !== '';
}

/**
 * Whether a listing was made for staff: it shows what students are not shown, or says of any activity what its
 * restrictions are, if only that it has none (`null`). Students are not told either.
 */
export function isStaffListing(sections: readonly Section[], modules: readonly Module[]): boolean {
  const seesHidden = (one: Section | Module): boolean => one.visible === false && one.uservisible !== false;
  const seesRestricted = (one: Section | Module): boolean =>
    (one.availabilityinfo ?? '') !== '' && one.uservisible !== false;
  return (
    sections.some((one) => seesHidden(one) || seesRestricted(one)) ||
    modules.some((one) => seesHidden(one) || seesRestricted(one) || one.availability !== undefined)
  );
}

/** The only conditions that are the same for everybody: from a moment on (`>=`), before a moment (`<`); in seconds. */
const dateSchema = z.object({ type: z.literal('date'), d: z.enum(['>=', '<']), t: z.number().int() });

const treeSchema = z.object({ op: z.string(), c: z.array(z.unknown()) });

/** What raw restrictions (`availability`) mean for a student of whom nothing else is known. */
function restrictionOf(availability: string): Sight {
  if (availability === '') return OPEN;
  const tree = treeSchema.safeParse(parseOrNothing(availability));
  if (!tree.success) return WITHHELD;
  if (tree.data.c.length === 0) return OPEN;
  const dates = z.array(dateSchema).safeParse(tree.data.c);
  if (tree.data.op !== '&' || !dates.success) return WITHHELD;
  const from = dates.data.filter(({ d }) => d === '>=').map(({ t }) => t);
  const until = dates.data.filter(({ d }) => d === '<').map(({ t }) => t);
  const window = {
    ...(from.length === 0 ? {} : { from: instantOf(Math.max(...from)) }),
    ...(until.length === 0 ? {} : { until: instantOf(Math.min(...until)) }),
  };
  return { kind: 'timed', window };
}

/** Years after 9999 are not ISO 8601 as programs read it. */
function instantOf(seconds: number): string {
  return new Date(Math.min(Math.max(seconds, 0), 253_402_300_799) * 1000).toISOString();
}

function parseOrNothing(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // What nobody can read is a restriction nobody can judge: it is withheld.
    return undefined;
  }
}
