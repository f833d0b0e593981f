/** A run's report on the command line: the document on stdout, or sentences on stderr. */
import type { RunReport } from '../sync/report.ts';
import { describeRehearsal, describeReport, reportDocument } from '../sync/report.ts';
import type { Terminal } from './terminal.ts';

/** What did not work is said even when quiet. */
export function printReport(report: RunReport, terminal: Terminal, isDryRun = false): void {
  if (terminal.json) terminal.printDocument(reportDocument(report, terminal.language));
  const isTrouble = report.outcome === 'partial' || report.outcome === 'stale';
  const describe = isDryRun ? describeRehearsal : describeReport;
  for (const line of describe(report, terminal.language)) {
    if (isTrouble) terminal.warn(line);
    else terminal.tell(line);
  }
}
