/** A run's report on the command line: the document on stdout, or sentences on stderr. */
import type { RunReport } from '../sync/report.ts';
import { describeReport, reportDocument } from '../sync/report.ts';
import type { Terminal } from './terminal.ts';

/** What did not work is said even when quiet. */
export function printReport(report: RunReport, terminal: Terminal): void {
  if (terminal.json) terminal.printDocument(reportDocument(report, terminal.language));
  const isTrouble = report.outcome === 'partial' || report.outcome === 'stale';
  for (const line of describeReport(report, terminal.language)) {
    if (isTrouble) terminal.warn(line);
    else terminal.tell(line);
  }
}
