/** The runs of a server with its counts: what operators see of them. */
import { randomBytes } from 'node:crypto';
import type { Log } from '../core/log.ts';
import { aliasMaker } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { RunIds } from './run-ids.ts';
import type { ClickBook } from './click-book.ts';
import { createRuns, type Runs } from './runs.ts';

interface Watching {
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly log: Log;
  /** Absent where another server's is the one people read. */
  readonly clicks?: ClickBook;
}

/** The runs, counted and logged as they end. */
export function watchedRuns(ids: RunIds, { metrics, now, log, clicks }: Watching): Runs {
  return createRuns({
    newId: (person, course) => ids.next(person, course),
    now,
    log,
    alias: aliasMaker(randomBytes(32)),
    onEnd: (run, state, seconds) => {
      const outcome = state.kind === 'finished' ? state.report.outcome : 'failed';
      metrics.count('f2git_runs_total', { kind: run.kind, outcome });
      metrics.observe('f2git_run_seconds', { kind: run.kind }, seconds);
      if (run.kind === 'sync') clicks?.note(run.course, run.person, state.kind === 'finished' ? 'done' : 'failed');
    },
  });
}

export function serverMetrics(active: () => number): Metrics {
  return createMetrics({
    f2git_runs_active: { meaning: 'Runs waiting or running.', read: active },
    process_resident_memory_bytes: { meaning: 'Resident memory.', read: () => process.memoryUsage.rss() },
  });
}
