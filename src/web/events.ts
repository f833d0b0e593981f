/**
 * `GET api/runs/<id>/events`: a run as server-sent events. Whoever connects, or connects again, is told the present
 * state and what follows; connecting never starts anything. Progress a slow reader has not taken yet is left out, and
 * a reader that takes nothing at all is dropped, so that nobody costs memory.
 */
import type { Response } from 'express';
import { F2gitError } from '../errors.ts';
import { findRun } from './find-run.ts';
import { progressDocument, runDocument } from './run-document.ts';
import { toldBytes, type Run, type RunState } from './runs.ts';
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
  const send = eventWriter(response);
  const beat = setInterval(() => {
    if (response.writableLength > LAG_DROP) response.destroy();
    else if (response.writableLength < LAG_SKIP) response.write(': here\n\n');
  }, HEARTBEAT_MS);
  response.once('close', () => clearInterval(beat));
  await followed(run, response, () => send('progress', progressDocument(run.state(), visit.language)));
  if (response.closed) return;
  const mayTell = site.largeAnswers.turn(visit, toldBytes(run)).then(
    () => true,
    () => false,
  );
  // a page whose stream breaks off connects again
  if (!(await mayTell)) return void response.destroy();
  clearInterval(beat);
  send(run.state().kind === 'finished' ? 'report' : 'failed', runDocument(run, visit.language));
  response.end();
}

function eventWriter(response: Response): (event: string, data: unknown) => void {
  let number = 0;
  return (event, data) => {
    number += 1;
    response.write(`id: ${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
}

/** Resolves when the run has ended, or the reader left; has its progress shown until then. */
function followed(run: Run, response: Response, showProgress: () => void): Promise<void> {
  return new Promise((resolve) => {
    let shown = 0;
    let late: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(late);
      unfollow();
      resolve();
    };
    const showNow = (): void => {
      late = undefined;
      shown = performance.now();
      if (response.writableLength < LAG_SKIP) showProgress();
    };
    const show = (state: RunState): void => {
      if (state.kind === 'finished' || state.kind === 'failed') stop();
      else late ??= setTimeout(showNow, Math.max(0, shown + PROGRESS_EVERY_MS - performance.now()));
    };
    const unfollow = run.follow(show);
    response.once('close', stop);
    show(run.state());
  });
}
