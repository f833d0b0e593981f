/**
 * `git/<token>/<course>/…`: a course for unchanged git clients, over smart HTTP, read-only. Asking for the references
 * refreshes the course first. The token is the permission; what it does not open looks like what does not exist.
 * https://git-scm.com/docs/gitprotocol-http
 */
import { asF2gitError, F2gitError } from '../errors.ts';
import { refusal, refusedAdvertisement } from '../git/advertisement.ts';
import { ProtocolFault } from '../git/protocol-fault.ts';
import { describeError } from '../messages/errors.ts';
import { say } from '../messages/language.ts';
import { webSentences } from '../messages/web.ts';
import { readBody } from './body.ts';
import { freshOffer } from './click.ts';
import { elapsed } from '../core/elapsed.ts';
import { ended, sendBytes, untilLeft } from './exchange.ts';
import { findGranted, type Granted } from './granted.ts';
import type { Site } from './site.ts';
import { segment, type Visit } from './visit.ts';

/**
 * How much longer than a click a client waits where nothing was ever read: 25 seconds in all, before proxies give up. A
 * click shows a page meanwhile and waits on.
 */
const FIRST_WAIT = 1.25;
/** What a client says it has: 50 bytes a commit. */
const MAX_REQUEST_BYTES = 4 << 20;
/** A client that takes nothing for so long is gone. */
const STALLED_MS = 60_000;
const AGENT = 'f2git';

/** As git's own server says it: nothing between may keep an answer. */
const headers = {
  'Cache-Control': 'no-cache, max-age=0, must-revalidate',
  Pragma: 'no-cache',
  Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
} as const;

/** `GET git/<token>/<course>/info/refs?service=git-upload-pack` */
export async function answerRefs(visit: Visit, site: Site): Promise<void> {
  const { response } = visit;
  response.set(headers);
  const granted = findGranted(segment(visit, 'token'), segment(visit, 'name'), site);
  if (granted === undefined) return sendUnknown(visit);
  const service = visit.query.get('service');
  if (service === 'git-receive-pack') {
    return sendGit(visit, service, 'advertisement', refusedAdvertisement(words('gitReadOnly', visit), service));
  }
  if (service !== 'git-upload-pack') return sendText(visit, 403, words('gitSmartOnly', visit));
  try {
    const leaving = untilLeft(visit);
    await refreshed(granted, site, leaving);
    const repository = await granted.served(leaving);
    await sendGit(visit, service, 'advertisement', site.git.uploadPack(repository).advertise(repository, AGENT));
  } catch (error) {
    if (response.headersSent) throw error;
    await sendGit(visit, service, 'advertisement', refusedAdvertisement(wordsOf(error, visit, site), service));
  }
}

/** `POST git/<token>/<course>/git-upload-pack` */
export async function answerPack(visit: Visit, site: Site): Promise<void> {
  const { request, response } = visit;
  response.set(headers);
  const granted = findGranted(segment(visit, 'token'), segment(visit, 'name'), site);
  if (granted === undefined) return sendUnknown(visit);
  if (request.get('content-type') !== 'application/x-git-upload-pack-request') {
    return sendText(visit, 415, words('gitSmartOnly', visit));
  }
  const leaving = new AbortController();
  response.on('close', () => leaving.abort());
  response.setTimeout(STALLED_MS, () => response.destroy());
  try {
    await sendAnswer(granted, visit, site, leaving.signal);
  } catch (error) {
    if (leaving.signal.aborted) return;
    if (response.headersSent) {
      breakOff(error, visit, site);
    } else if (error instanceof ProtocolFault && error.kind === 'malformed') {
      await sendText(visit, 400, error.message);
    } else {
      await sendGit(visit, 'git-upload-pack', 'result', refusal(wordsOf(error, visit, site)));
    }
  }
}

async function sendAnswer(granted: Granted, visit: Visit, site: Site, signal: AbortSignal): Promise<void> {
  const body = await readBody(visit.request, MAX_REQUEST_BYTES);
  const repository = await granted.served(signal);
  const answer = site.git.uploadPack(repository).answer(body, repository, signal);
  // what is wrong with the request shows before the first byte
  const first = await answer.next();
  visit.response.type('application/x-git-upload-pack-result');
  await sendBytes(visit, () => continued(first, answer));
}

/** A refresh goes on when its time is up, and when the answer was sent; only a client that leaves before ends it. */
async function refreshed({ audience }: Granted, site: Site, signal: AbortSignal): Promise<void> {
  const offer = freshOffer(audience, site.sourceWaitMs, () => undefined, signal);
  const isTooLate = elapsed(site.sourceWaitMs * FIRST_WAIT).then(() => false);
  const isInTime = await Promise.race([offer.then(() => true), isTooLate]);
  if (isInTime) return;
  offer.catch((error: unknown) => site.log('warn', 'first refresh failed', { code: asF2gitError(error).code }));
  throw new F2gitError('course-not-ready');
}

async function* continued(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** Nobody may take for whole what is not: the client sees the connection end in the middle. */
function breakOff(error: unknown, { response }: Visit, site: Site): void {
  response.destroy();
  const { code, params } = asF2gitError(error);
  site.log('warn', 'git pack broken off', { code, ...(code === 'bug' ? {} : { params }) });
}

function wordsOf(error: unknown, visit: Visit, site: Site): string {
  if (error instanceof ProtocolFault) return error.message;
  const known = asF2gitError(error);
  if (known.code === 'bug') site.log('error', 'request failed', { route: 'git', code: 'bug', stack: stackOf(error) });
  return describeError(known, visit.language);
}

function words(name: 'gitReadOnly' | 'gitSmartOnly', { language }: Visit): string {
  return say(webSentences[name], language);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}

function sendGit(visit: Visit, service: string, kind: 'advertisement' | 'result', body: Buffer): Promise<void> {
  visit.response.set({ 'Content-Type': `application/x-${service}-${kind}`, 'Content-Length': String(body.length) });
  visit.response.end(visit.request.method === 'HEAD' ? undefined : body);
  return ended(visit);
}

/** The same whether there is no such course or the token does not open it. */
function sendUnknown(visit: Visit): Promise<void> {
  return sendText(visit, 404, 'not found');
}

/** Git shows plain text to whoever runs it. */
function sendText(visit: Visit, status: number, text: string): Promise<void> {
  visit.response.status(status).type('text/plain; charset=utf-8').send(`${text}\n`);
  return ended(visit);
}
