/** A run's report on the command line: the document on stdout, or sentences on stderr. */
import type { RunReport } from '../sync/report.ts';
import { describeReport, reportDocument } from '../sync/report.ts';
import type { Terminal } from './terminal.ts';

export function printReport(report: RunReport, terminal: Terminal): void {
  if (terminal.json) terminal.printDocument(reportDocument(report, terminal.language));
  for (const line of describeReport(report, terminal.language)) terminal.tell(line);
}
