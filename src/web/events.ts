/**
 * `GET api/runs/<id>/events`: a run as server-sent events. Whoever connects, or connects again, is told the present
 * state and what follows; connecting never starts anything. Progress a slow reader has not taken yet is left out, and
 * a reader that takes nothing at all is dropped, so that nobody costs memory.
 */
import type { Response } from 'express';
import { F2gitError } from '../errors.ts';
import { findRun } from './find-run.ts';
import { progressDocument, runDocument } from './run-document.ts';
import type { Run, RunState } from './runs.ts';
import type { Site } from './site.ts';
import { runIdOf, segment, type PersonalVisit } from './visit.ts';

/** Proxies close silent connections after 30 to 60 seconds. */
const HEARTBEAT_MS = 10_000;
/** The eye follows no more than about ten changes a second. */
const PROGRESS_EVERY_MS = 100;
/** Bytes the reader may lag behind before progress is left out, and before it is dropped. */
const LAG_SKIP = 16 * 1024;
const LAG_DROP = 256 * 1024;
/** What the browser waits before it connects again. */
const RETRY_MS = 2_000;

export async function answerEvents(visit: PersonalVisit, site: Site): Promise<void> {
  const id = runIdOf(segment(visit, 'run'));
  const run = await findRun(id, visit, site);
  if (run === undefined) throw new F2gitError('run-unknown', { params: { run: id } });
  const { response } = visit;
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  if (visit.request.method === 'HEAD') {
    response.end();
    return;
  }
  response.write(`retry: ${RETRY_MS}\n\n`);
  await tell(run, response, visit.language);
}

/** Resolves when the run has ended and was told, or the reader left. */
function tell(run: Run, response: Response, language: PersonalVisit['language']): Promise<void> {
  return new Promise((resolve) => {
    let number = 0;
    let shown = 0;
    let late: NodeJS.Timeout | undefined;
    const send = (event: string, data: unknown): void => {
      number += 1;
      response.write(`id: ${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const stop = (): void => {
      clearInterval(heartbeat);
      clearTimeout(late);
      unfollow();
      resolve();
    };
    const showNow = (): void => {
      late = undefined;
      shown = performance.now();
      if (response.writableLength < LAG_SKIP) send('progress', progressDocument(run.state(), language));
    };
    const show = (state: RunState): void => {
      if (state.kind === 'finished' || state.kind === 'failed') {
        send(state.kind === 'finished' ? 'report' : 'failed', runDocument(run, language));
        response.end();
        stop();
      } else {
        late ??= setTimeout(showNow, Math.max(0, shown + PROGRESS_EVERY_MS - performance.now()));
      }
    };
    const heartbeat = setInterval(() => {
      if (response.writableLength > LAG_DROP) response.destroy();
      else if (response.writableLength < LAG_SKIP) response.write(': here\n\n');
    }, HEARTBEAT_MS);
    const unfollow = run.follow(show);
    response.on('close', stop);
    show(run.state());
  });
}
