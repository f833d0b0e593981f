/** The agent in the student's own server: contents come over HTTP, the home is this very process's. */
import { carryOut } from '../agent/carry-out.ts';
import { contentsOver } from '../agent/course-client.ts';
import { connectOverHttp, type ServerAddress } from '../agent/http-connection.ts';
import { parseRecalledReport } from '../agent/recalled-report.ts';
import { F2gitError } from '../errors.ts';
import { recallRun } from '../sync/recall.ts';
import type { Agent } from '../web/ports.ts';

export function createOwnAgent(server: ServerAddress): Agent {
  const closing = new AbortController();
  return {
    async run(job, onProgress, signal) {
      const both = AbortSignal.any([signal, closing.signal]);
      const connection = connectOverHttp({ ...server, course: job.course });
      try {
        const work = { ...job, policy: job.supplies.policy };
        return await carryOut(work, contentsOver(connection, both), onProgress, both);
      } finally {
        await connection.close();
      }
    },
    recall: (job) => Promise.resolve().then(() => parseRecalledReport(recallRun(job.workspace, job.run), job)),
    close: () => {
      closing.abort(new F2gitError('server-stopping'));
      return Promise.resolve();
    },
  };
}
