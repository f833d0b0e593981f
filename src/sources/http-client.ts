/** The HTTP client itself. It is loaded by the first request: most pulls of a folder or a local repository send none. */
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { F2gitError } from '../errors.ts';
import { type AddressPolicy, checkUrl, hostsAndPorts, lookupAll } from './address-guard.ts';
import type { Http, HttpOptions, HttpRequest, HttpResponse } from './http.ts';
import { openConnections } from './http-connections.ts';
import { requestFailure } from './http-failure.ts';
import { httpLimits, type HttpLimits } from './http-limits.ts';
import { createPacer, type Pacer } from './http-pacing.ts';
import { responseOf } from './http-response.ts';
import { findSign } from './http-throttle.ts';
import type { Incoming, Wire } from './http-wire.ts';
import { redirectedFrom, type Hop } from './redirect.ts';
import { createRefusals } from './refusals.ts';
import { safeAddress } from './redact.ts';
import { isPassingStatus, parseRetryAfter, pauseBefore } from './retry.ts';
import { createSignIns, type SignIns } from './sign-in.ts';
import { createSlots } from './slots.ts';

/** Makes the client behind `createHttp`. */
export function openHttp(options: HttpOptions): Http {
  const client = clientOf(options);
  return {
    send: (request, signal) => {
      // One refresh sends thousands of requests with one signal; each removes its listener when it is over.
      setMaxListeners(0, signal);
      return send(client, request, signal, 1);
    },
    signIn: (place, attempt, signal) => client.signIns.judged(client.wire, place, attempt, signal),
    async openProxy(own, fixed) {
      const { openGuardingProxy } = await import('./guarding-proxy.ts');
      const { fixedServers } = await import('./fixed-servers.ts');
      const allowedHosts = new Set([...client.policy.allowedHosts, ...own.flatMap(hostsAndPorts)]);
      const policy = { ...client.policy, allowedHosts };
      return openGuardingProxy({ policy, fixed: fixedServers(fixed), connectMs: client.wire.limits.connectMs });
    },
    allowsPrivateAddresses: options.allowPrivateAddresses,
    get counts() {
      return { ...client.wire.counts };
    },
    close() {
      client.end();
      client.wire.connections.close();
      return Promise.resolve();
    },
  };
}

interface Client {
  readonly wire: Wire;
  readonly policy: AddressPolicy;
  readonly userAgent: string;
  readonly signIns: SignIns;
  readonly pacer: Pacer;
  readonly now: () => Date;
  readonly random: () => number;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly deadline: Date;
  /** By the signal of a request: what aborts with it, and when the client has had enough. */
  readonly joint: WeakMap<AbortSignal, AbortSignal>;
  readonly end: () => void;
}

function clientOf(options: HttpOptions): Client {
  const limits: HttpLimits = { ...httpLimits, ...options.limits };
  const now = options.now ?? (() => new Date());
  const pause = options.pause ?? ((milliseconds, signal) => wait(milliseconds, undefined, { signal }));
  const policy: AddressPolicy = {
    allowPrivateAddresses: options.allowPrivateAddresses,
    allowedHosts: new Set((options.allowedOrigins ?? []).flatMap(hostsAndPorts)),
    lookup: options.lookup ?? lookupAll,
  };
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  const overdue = new F2gitError('source-unreachable', { params: { detail: 'the refresh took too long' } });
  const timer = setTimeout(() => life.abort(overdue), limits.refreshMs).unref();
  return {
    wire: {
      connections: openConnections(policy, { ...limits, ca: options.ca }),
      slots: createSlots(limits.perOrigin),
      limits,
      life: life.signal,
      counts: { requests: 0, bytes: 0 },
    },
    policy,
    userAgent: options.userAgent ?? 'f2git',
    signIns: createSignIns(options.refusals ?? createRefusals(), now),
    now,
    random: options.random ?? Math.random,
    pause,
    pacer: createPacer(pause),
    joint: new WeakMap(),
    deadline: new Date(now().getTime() + limits.refreshMs),
    end: () => {
      clearTimeout(timer);
      life.abort(new F2gitError('cancelled'));
    },
  };
}

/** Tries a request until it is answered, until its failure is final, or until the limits say so. */
async function send(
  client: Client,
  request: HttpRequest,
  signal: AbortSignal,
  firstTry: number,
): Promise<HttpResponse> {
  const { limits } = client.wire;
  for (let tried = firstTry; ; tried += 1) {
    const outcome = await attempt(client, request, signal);
    const isLast = tried >= limits.tries || !outcome.isPassing || request.once === true;
    const pause = isLast ? undefined : pauseBeforeTry(client, tried, outcome.retryAfter);
    if (pause === undefined) {
      if (outcome.error !== undefined) throw outcome.error;
      const again = (same: HttpRequest, from: number) => send(client, same, signal, from);
      return responseOf({ request, incoming: outcome.incoming, limits, now: client.now, tried, again });
    }
    await outcome.incoming?.discard();
    await pauseFor(client, pause, signal);
  }
}

/** The server does not know the method, and never will: no failure of its own like the other 5xx. */
const NOT_IMPLEMENTED = 501;

type Outcome = {
  readonly isPassing: boolean;
  readonly retryAfter?: string | undefined;
} & (
  | { readonly incoming: Incoming; readonly error: undefined }
  | { readonly incoming: undefined; readonly error: F2gitError }
);

async function attempt(client: Client, request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
  try {
    const { incoming, isThrottled, isFinal } = await judgedAnswer(client, request, signal);
    const { headers, url } = incoming;
    const status = isThrottled ? TOO_MANY_REQUESTS : incoming.status;
    if (isFinal) return { isPassing: false, incoming, error: undefined };
    const outcome = { isPassing: isPassingStatus(status), retryAfter: headers['retry-after'] };
    if ((status < 500 && status !== 429 && status !== 407) || status === NOT_IMPLEMENTED)
      return { ...outcome, incoming, error: undefined };
    await incoming.discard();
    return { ...outcome, incoming: undefined, error: statusError(client, status, url, headers['retry-after']) };
  } catch (error) {
    return { ...requestFailure(error, safeAddress(request.url)), incoming: undefined };
  }
}

const TOO_MANY_REQUESTS = 429;

interface Judged {
  readonly incoming: Incoming;
  readonly isThrottled: boolean;
  /** Whether it is a lasting answer although its status says it may pass. */
  readonly isFinal: boolean;
}

async function judgedAnswer(client: Client, request: HttpRequest, signal: AbortSignal): Promise<Judged> {
  const incoming = await pacedAnswer(client, request, signal);
  const { status } = incoming;
  const sign = status === 403 ? request.throttleSign : status >= 500 ? request.answerSign : undefined;
  if (sign === undefined) return { incoming, isThrottled: false, isFinal: false };
  const judged = await findSign(incoming, sign, client.wire.limits, client.now);
  return {
    incoming: judged.incoming,
    isThrottled: judged.isFound && status === 403,
    isFinal: judged.isFound && status >= 500,
  };
}

async function pacedAnswer(client: Client, request: HttpRequest, signal: AbortSignal): Promise<Incoming> {
  const { pacing } = request;
  if (pacing === undefined) return followRedirects(client, request, signal);
  const { origin } = parseAddress(request.url);
  const done = await waiting(client, signal, (both) => client.pacer.enter(origin, pacing, both));
  let incoming: Incoming | undefined;
  try {
    incoming = await followRedirects(client, request, signal);
    return incoming;
  } finally {
    done(incoming?.headers);
  }
}

function statusError(client: Client, status: number, url: URL, retryAfter: string | undefined): F2gitError {
  const address = safeAddress(url);
  if (status === 407) {
    return new F2gitError('source-unreachable', { params: { address, status, detail: 'a proxy wants a sign-in' } });
  }
  const asked = parseRetryAfter(retryAfter, client.now());
  const seconds = asked === undefined ? {} : { seconds: Math.ceil(asked / 1000) };
  return new F2gitError(status === 429 ? 'source-throttled' : 'source-unreachable', {
    params: { address, status, ...seconds },
  });
}

/** Milliseconds to wait, or undefined when the server asks for more than there is. */
function pauseBeforeTry(client: Client, tried: number, retryAfter: string | undefined): number | undefined {
  const now = client.now();
  const pause = pauseBefore(tried, retryAfter, now, client.random(), client.wire.limits);
  return pause !== undefined && now.getTime() + pause < client.deadline.getTime() ? pause : undefined;
}

function pauseFor(client: Client, milliseconds: number, signal: AbortSignal): Promise<void> {
  return waiting(client, signal, (both) => client.pause(milliseconds, both));
}

/** Waits until the caller or the client has had enough. */
async function waiting<Result>(
  client: Client,
  signal: AbortSignal,
  wait: (both: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { life } = client.wire;
  try {
    return await wait(untilEither(client, signal));
  } catch (error) {
    if (life.aborted) throw life.reason;
    throw new F2gitError('cancelled', { cause: error });
  }
}

/** Node keeps what it needs of each such signal for long: those who ask thousands of times with one signal share it. */
function untilEither({ joint, wire }: Client, signal: AbortSignal): AbortSignal {
  const known = joint.get(signal);
  if (known !== undefined) return known;
  const both = AbortSignal.any([signal, wire.life]);
  setMaxListeners(0, both);
  joint.set(signal, both);
  return both;
}

async function followRedirects(client: Client, request: HttpRequest, signal: AbortSignal): Promise<Incoming> {
  let hop = firstHop(client, request);
  const seen = new Set<string>();
  for (;;) {
    checkUrl(hop.url, client.policy);
    seen.add(`${hop.method} ${hop.url.href}`);
    const incoming = await client.signIns.exchange(client.wire, withCookies(hop, request), signal);
    request.cookies?.remember(hop.url, incoming.setCookies, client.now().getTime());
    const next = redirectedFrom(hop, incoming.status, incoming.headers['location']);
    if (next === undefined) return incoming;
    await incoming.discard();
    const isLoop = seen.has(`${next.method} ${next.url.href}`);
    if (isLoop || seen.size > client.wire.limits.redirects) {
      const detail = isLoop ? 'redirects in a circle' : 'redirects too often';
      throw new F2gitError('source-unreachable', { params: { address: safeAddress(request.url), detail } });
    }
    hop = next;
  }
}

/** A redirect may come with the cookie its target wants: every hop asks the jar anew. */
function withCookies(hop: Hop, { cookies }: HttpRequest): Hop {
  const cookie = cookies?.headerFor(hop.url);
  return cookie === undefined ? hop : { ...hop, headers: { ...hop.headers, cookie } };
}

function firstHop(client: Client, request: HttpRequest): Hop {
  return {
    method: request.method,
    url: parseAddress(request.url),
    headers: {
      'user-agent': client.userAgent,
      accept: '*/*',
      'accept-encoding': request.purpose === 'listing' ? 'gzip' : 'identity',
      ...lowerCased(request.headers ?? {}),
    },
    body: request.body,
    auth: request.auth ?? { kind: 'none' },
    ...(request.isForm === true ? { isForm: true } : {}),
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Control characters, which the URL standard would drop in silence, are how headers and helpers are tricked. */
function parseAddress(address: string): URL {
  if (!URL.canParse(address) || /[\u0000-\u0020\u007f]/.test(address)) {
    throw new F2gitError('address-forbidden', { params: { address: '(no address)', detail: 'not an address' } });
  }
  const url = new URL(address);
  url.hash = '';
  return url;
}
