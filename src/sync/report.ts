/**
 * What a run did, as data, as the `--json` document and in words, in either language. The data is kept in the
 * workspace; all that is shown of a run is made here.
 */
import type { Language } from '../messages/language.ts';
import { describeNotice } from './describe-notice.ts';
import type { Notice } from './plan-types.ts';
import type { RunReport } from './run-report.ts';
import type { Declined } from './tree.ts';

export { describeNotice } from './describe-notice.ts';
export { describePastReport, describeRehearsal, describeReport, didNotAnswer } from './describe-report.ts';
export type { RunReport } from './run-report.ts';

/** The `--json` document of a run; `GET api/runs/<id>` gives the same. Field names and their order are fixed. */
export function reportDocument(report: RunReport, language: Language) {
  const { source } = report;
  return {
    f2git: report.f2git,
    course: report.course,
    workspace: report.workspace,
    base: report.base,
    head: report.head,
    run: report.run,
    outcome: report.outcome,
    source: {
      state: source.state,
      complete: source.complete && source.state !== 'unreachable',
      requests: source.requests,
      bytes: source.bytes,
      problems: source.problems.map(({ path, code, message }) => ({ path, code, message })),
    },
    files: report.notices.map((notice) => fileDocument(notice, language)),
    ...(report.open !== undefined && { open: report.open }),
  };
}

function fileDocument(notice: Notice, language: Language) {
  const { path, action, copy, from, declined } = notice;
  return {
    path,
    action,
    ...(copy !== undefined && { copy }),
    ...(from !== undefined && { from }),
    message: describeNotice(notice, language),
    ...(declined !== undefined && declined.length > 0 && { declined: declined.map(declinedDocument) }),
  };
}

function declinedDocument({ cell, lines, course, yours }: Declined) {
  return { ...(cell !== undefined && { cell }), ...(lines !== undefined && { lines }), course, yours };
}
