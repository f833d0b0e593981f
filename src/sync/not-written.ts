/** What of the course's changes could not be written, by the journal: where that is lost, the next run says it again. */
import type { RunRecord } from './journal.ts';
import { parseNotice } from './parse-notice.ts';
import type { Notice } from './plan-types.ts';
import type { WorkspaceState } from './tree.ts';

/**
 * What the last sync could not write, unless a take has brought it since. A later sync that finds all well has remembered
 * something or would have to write it.
 * @param past newest first
 */
export function notWritten({ run }: WorkspaceState, past: readonly RunRecord[]): readonly Notice[] {
  const now = past.findIndex((record) => record.run === run);
  if (now < 0) return [];
  const last = past.findIndex(({ kind }, at) => at >= now && kind === 'sync');
  const since = past.slice(now, Math.max(now, last)).flatMap(({ steps }) => steps.flatMap(({ changes }) => changes));
  const settled = new Set(since.map(({ path }) => path));
  return (past[last]?.report?.notices ?? [])
    .map(parseNotice)
    .filter((notice) => notice !== undefined)
    .filter(({ path, action, rule }) => action === 'skipped' && rule !== '1' && rule !== '2' && !settled.has(path));
}
