/** What the journal tells of files the workspace has no version of any more: taken back, removed or let go by the course. */
import { parseRelPath, type RelPath } from '../core/paths.ts';
import type { RunRecord } from './journal.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';

/** The course's files that are not delivered because the student took them back, as they were delivered before. */
export function undoneRecords({ base, pins }: WorkspaceState, past: readonly RunRecord[]): readonly BaseRecord[] {
  const wanted = new Set([...pins].flatMap(([id, refused]) => (refused === 'absent' || base.has(id) ? [] : [id])));
  const found: BaseRecord[] = [];
  for (const { before, after } of past.flatMap(({ steps }) => steps)) {
    const record = before ?? after;
    if (record !== undefined && wanted.delete(record.id)) found.push(record);
  }
  return found;
}

/**
 * Which of the `kept` paths lost their file to the course: by the report of the run that kept it, so that it is told from a
 * file that was renamed or taken back. Where the journal is lost, whatever is kept counts.
 * @param kept paths of old versions, with the runs that keep them, newest first
 */
export function removedPaths(
  kept: ReadonlyMap<string, readonly string[]>,
  past: readonly RunRecord[],
): readonly RelPath[] {
  const reports = new Map<string, RunRecord['report']>(past.map(({ run, report }) => [run, report]));
  return [...kept].flatMap(([name, [newest = '']]) => {
    const path = parseRelPath(name);
    const notices = reports.get(newest)?.notices;
    const isRemoved = notices?.some((one) => one.path === path && one.action === 'removed' && one.rule !== 'pin');
    return path !== undefined && (isRemoved ?? true) ? [path] : [];
  });
}
