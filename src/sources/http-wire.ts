/** One request on the wire and its answer: no retries, no redirects, no signing; deadlines and slots are kept here. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { F2gitError } from '../errors.ts';
import type { RawBody } from './http-body.ts';
import type { Connections } from './http-connections.ts';
import type { HttpLimits } from './http-limits.ts';
import { safeAddress } from './redact.ts';
import type { Slots } from './slots.ts';

/** What all requests of one client share. */
export interface Wire {
  readonly connections: Connections;
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
  /** The lines of `Set-Cookie`: for a jar, and for nobody else. */
  readonly setCookies: readonly string[];
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
    controller.signal.throwIfAborted();
    wire.counts.requests += 1;
    const response = await answerTo(wire, outgoing, controller);
    // An answer that breaks its own framing in its first packet is closed before anybody can listen.
    if (response.closed) finish();
    else response.once('close', finish);
    return incomingOf(wire, outgoing, response, controller);
  } catch (error) {
    finish();
    // Whatever Node says when it is interrupted: why it was interrupted is the answer.
    throw controller.signal.aborted ? controller.signal.reason : error;
  }
}

/** Gives the answer as soon as its headers are there. From then on, aborting `controller` ends its body with the reason. */
function answerTo(wire: Wire, outgoing: Outgoing, controller: AbortController): Promise<IncomingMessage> {
  const { signal } = controller;
  const late = new F2gitError('source-unreachable', {
    params: { address: safeAddress(outgoing.url), detail: 'no answer in time' },
  });
  const request = wire.connections.open(outgoing.method, outgoing.url, outgoing.headers);
  const timer = setTimeout(() => controller.abort(late), wire.limits.headersMs);
  return new Promise((resolve, reject) => {
    const interrupt = () => request.destroy(signal.reason as Error);
    signal.addEventListener('abort', interrupt, { once: true });
    // It stays: a connection may fail once more after its answer, and an error nobody hears ends the process.
    request.on('error', reject);
    request.once('close', () => clearTimeout(timer));
    request.once('response', (response) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      signal.addEventListener('abort', () => response.destroy(signal.reason as Error), { once: true });
      // Whoever reads the body gets its error from the iteration.
      response.on('error', () => undefined);
      // Node takes a reset connection for the proper end of a body whose length nobody announced.
      request.on('error', (error) => {
        if (!response.complete) response.destroy(error);
      });
      resolve(response);
    });
    request.end(outgoing.body);
  });
}

function incomingOf(wire: Wire, outgoing: Outgoing, response: IncomingMessage, controller: AbortController): Incoming {
  const status = response.statusCode ?? 0;
  const headers = keptHeaders(response.headers);
  const isEmpty = outgoing.method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0';
  if (isEmpty) response.resume();
  return {
    status,
    headers,
    setCookies: response.headers['set-cookie'] ?? [],
    url: outgoing.url,
    raw: {
      chunks: isEmpty ? nothing() : response,
      abort: (error) => controller.abort(error),
      received: (bytes) => {
        wire.counts.bytes += bytes;
      },
    },
    discard: isEmpty ? () => Promise.resolve() : () => readAway(response, wire.limits.windowMs),
  };
}

/** Reads what is left and drops it; what is long, or slow to come, is not worth its connection. */
function readAway(response: IncomingMessage, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed) {
      resolve();
      return;
    }
    let left = DISCARD_LIMIT;
    const timer = setTimeout(() => response.destroy(), milliseconds);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    response.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) response.destroy();
    });
  });
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

function keptHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
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
