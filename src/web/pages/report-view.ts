/** A report arranged for reading: what needs a look comes first. Pure. */
import type { FileAction, Notice } from '../../sync/plan-types.ts';
import type { RunReport } from '../../sync/report.ts';

export type SectionName =
  'problems' | 'yours' | 'merged' | 'new' | 'updated' | 'restored' | 'renamed' | 'removed' | 'held';

export interface Section {
  readonly name: SectionName;
  readonly notices: readonly Notice[];
}

const sectionOf: Readonly<Record<FileAction, SectionName>> = {
  skipped: 'problems',
  kept: 'yours',
  copied: 'yours',
  merged: 'merged',
  added: 'new',
  updated: 'updated',
  restored: 'restored',
  renamed: 'renamed',
  removed: 'removed',
  held: 'held',
};

const order: readonly SectionName[] = [
  'problems',
  'yours',
  'merged',
  'new',
  'updated',
  'restored',
  'renamed',
  'removed',
  'held',
];

/** The sections that have something, in reading order; inside, what needs a look first, else by path. */
export function sectionsOf(report: RunReport): readonly Section[] {
  return order.flatMap((name) => {
    const notices = report.notices.filter((notice) => sectionOf[notice.action] === name);
    if (notices.length === 0) return [];
    return [{ name, notices: notices.toSorted((a, b) => Number(wantsLook(b)) - Number(wantsLook(a))) }];
  });
}

/** Whether the student should see this before the file opens: it is not as the course has it, or not as they left it. */
export function wantsLook(notice: Notice): boolean {
  return hasOtherVersion(notice) || notice.revived === true || notice.barred !== undefined;
}

/** Whether the course wanted something that did not come. */
function hasOtherVersion(notice: Notice): boolean {
  return (
    notice.action === 'skipped' ||
    notice.action === 'copied' ||
    notice.copy !== undefined ||
    (notice.declined ?? []).length > 0 ||
    (notice.cells ?? []).length > 0
  );
}

/** Whether the report can be passed by on the way to the file. */
export function isQuiet(report: RunReport): boolean {
  const isWhole = report.outcome === 'updated' || report.outcome === 'unchanged';
  return (
    report.kind === 'sync' &&
    isWhole &&
    report.empty !== true &&
    report.source.complete &&
    !report.notices.some(wantsLook)
  );
}

/** Whether the course's version of this file can be taken: there is one, and it is not what the student has. */
export function canTake(notice: Notice): boolean {
  return hasOtherVersion(notice) && notice.action !== 'skipped';
}
