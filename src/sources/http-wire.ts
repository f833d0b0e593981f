/** One request on the wire and its answer: no retries, no redirects, no signing; deadlines and slots are kept here. */
import type { Agent, Dispatcher } from 'undici';
import { F2gitError } from '../errors.ts';
import type { RawBody } from './http-body.ts';
import type { HttpLimits } from './http-limits.ts';
import { safeAddress } from './redact.ts';
import type { Slots } from './slots.ts';

/** What all requests of one client share. */
export interface Wire {
  readonly agent: Agent;
  readonly slots: Slots;
  readonly limits: HttpLimits;
  /** Aborts when the client is closed or its deadline has passed; its reason is an error of ours. */
  readonly life: AbortSignal;
  readonly counts: { requests: number; bytes: number };
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** An answer whose body still has to be read or discarded: it holds a slot until then. */
export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: URL;
  readonly raw: RawBody;
  readonly discard: () => Promise<void>;
}

/** Headers of an answer nobody needs and everybody could leak: Stud.IP repeats the request's `Authorization` in it. */
const NEVER_KEPT = new Set(['set-cookie', 'authorization', 'proxy-authorization', 'cookie']);

/** How many bytes of an unwanted body are read to keep its connection; a longer one costs the connection. */
const DISCARD_LIMIT = 64 * 1024;

/** Sends one request. @throws what the connection failed with; errors of ours when it was cancelled or took too long */
export async function exchange(wire: Wire, outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const controller = new AbortController();
  const unfollow = followAborts(controller, signal, wire.life);
  const giveBack: (() => void)[] = [unfollow];
  const finish = () => {
    for (const effect of giveBack.splice(0)) effect();
  };
  try {
    giveBack.push(await wire.slots.take(outgoing.url.origin, controller.signal));
    wire.counts.requests += 1;
    const response = await request(wire, outgoing, controller);
    response.body.once('close', finish);
    return await incomingOf(wire, outgoing, response, controller);
  } catch (error) {
    finish();
    // Whatever undici says when it is interrupted: why it was interrupted is the answer.
    throw controller.signal.aborted ? controller.signal.reason : error;
  }
}

async function request(wire: Wire, outgoing: Outgoing, controller: AbortController): Promise<Dispatcher.ResponseData> {
  const late = new F2gitError('source-unreachable', {
    params: { address: safeAddress(outgoing.url), detail: 'no answer in time' },
  });
  const timer = setTimeout(() => controller.abort(late), wire.limits.headersMs);
  try {
    return await wire.agent.request({
      origin: outgoing.url.origin,
      path: `${outgoing.url.pathname}${outgoing.url.search}`,
      method: outgoing.method,
      headers: outgoing.headers,
      body: outgoing.body ?? null,
      signal: controller.signal,
      // The timers here are ours, and exact.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function incomingOf(
  wire: Wire,
  outgoing: Outgoing,
  response: Dispatcher.ResponseData,
  controller: AbortController,
): Promise<Incoming> {
  const { body, statusCode: status } = response;
  // Whoever reads the body gets its error from the iteration; without a listener it would end the process instead.
  body.on('error', () => undefined);
  const headers = keptHeaders(response.headers);
  const discard = () => body.dump({ limit: DISCARD_LIMIT });
  const isEmpty = outgoing.method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0';
  if (isEmpty) await discard();
  return {
    status,
    headers,
    url: outgoing.url,
    raw: {
      chunks: isEmpty ? nothing() : body,
      abort: (error) => controller.abort(error),
      received: (bytes) => {
        wire.counts.bytes += bytes;
      },
    },
    discard: isEmpty ? () => Promise.resolve() : discard,
  };
}

/** Aborts `controller` with an error of ours as soon as either signal does. Gives the function that stops following. */
function followAborts(controller: AbortController, signal: AbortSignal, life: AbortSignal): () => void {
  const cancel = () => controller.abort(new F2gitError('cancelled', { cause: signal.reason }));
  const end = () => controller.abort(life.reason);
  if (signal.aborted) cancel();
  if (life.aborted) end();
  signal.addEventListener('abort', cancel, { once: true });
  life.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', cancel);
    life.removeEventListener('abort', end);
  };
}

function keptHeaders(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NEVER_KEPT.has(name)) continue;
    kept[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return kept;
}

// eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous iterable that has nothing to give
async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  return;
}
