/**
 * HTTP for all sources, in one place: deadlines, retries, per-host limits, redirects by hand, the address guard, size
 * caps and redaction. Adapters state what they want and never retry themselves.
 */
import type { Lookup } from './address-guard.ts';
import type { HttpAuth } from './auth.ts';
import type { GuardingProxy } from './guarding-proxy.ts';
import type { CookieJar } from './cookies.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Pacing } from './http-pacing.ts';
import type { Refusals } from './refusals.ts';
import type { SignInPlace } from './sign-in.ts';

export type { HttpAuth } from './auth.ts';

export interface HttpRequest {
  /** `GET`, `HEAD`, `PROPFIND`, `POST`, …; what is not safe to repeat says so by `once`. */
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Goes only to the origin of `url`; dropped when a redirect leaves it. */
  readonly auth?: HttpAuth;
  /** `content` asks for `Accept-Encoding: identity` and minimum throughput; `listing` may be compressed. */
  readonly purpose: 'listing' | 'content';
  /** Bytes of the body (after decompression) at which the request fails with `too-large`. */
  readonly maxBytes: number;
  /** The session's cookies. */
  readonly cookies?: CookieJar;
  /** A 403 whose first 4 KB match it means "too fast": it is repeated and thrown as a 429 is. */
  readonly throttleSign?: RegExp;
  /** A 5xx whose first 4 KB match it is the platform's lasting answer: it is given back, and not repeated. */
  readonly answerSign?: RegExp;
  /** The server says in its answers how much more it will take: such requests keep to it. */
  readonly pacing?: Pacing;
  /** It changes something at the server, such as a token that is used up: sent once, whatever comes back. */
  readonly once?: true;
  /** It is a form as browsers send it: where it is redirected with 301 or 302, the next page is asked for with GET. */
  readonly isForm?: true;
}

/** An answer with its body still to be read. Read it to the end or `discard` it. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects, without user information. */
  readonly url: string;
  /**
   * The bytes. Throws `source-truncated` when they end early or exceed Content-Length, with the parameter `tries` where they
   * were asked for as often as is sensible; `too-large` above `maxBytes`.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body as UTF-8 text. */
  text(): Promise<string>;
  /** The whole body. */
  bytes(): Promise<Uint8Array>;
  /** Reads and drops what is left, or closes the connection. */
  discard(): Promise<void>;
}

export interface Http {
  /**
   * Sends `request` and gives the answer, whatever its status below 500 (401 after authentication was tried, 404, …), 501, or
   * another 5xx that `answerSign` knows.
   * Other 5xx, 429 and broken connections are retried within the deadline and then thrown.
   * @throws {F2gitError} `source-unreachable`, `source-throttled`, `address-forbidden`, `source-truncated`, `cancelled`
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /**
   * Runs a sign-in that the platform answers with status 200 either way: only `attempt` can tell, and throws
   * `source-login` when the credentials were refused. Credentials that were never accepted are tried once at a time.
   * @throws {F2gitError} what `attempt` throws; `source-login`, without an attempt, when they were refused too often not
   * long ago, as all clients with the same `refusals` saw; `cancelled`
   */
  signIn<T>(place: SignInPlace, attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * Opens a proxy for a program that connects by itself: each of its connections is judged as one of this client's.
   * `own` are the origins and hosts it may reach although they are private; at the hosts of `fixed` (the same, or some of
   * them) it reaches no other port, and nothing without encryption where they name https. Close it before the client.
   */
  openProxy(own: readonly string[], fixed: readonly string[]): Promise<GuardingProxy>;
  /** Whether loopback, private and link-local addresses may be asked. */
  readonly allowsPrivateAddresses: boolean;
  /** What was sent and received since this client was made. */
  readonly counts: { readonly requests: number; readonly bytes: number };
  close(): Promise<void>;
}

export interface HttpOptions {
  /** Whether loopback, private and link-local addresses may be asked. */
  readonly allowPrivateAddresses: boolean;
  /** What is allowed although it is private: the configured source itself, as `https://host:8443` or `host:8443`. */
  readonly allowedOrigins?: readonly string[];
  readonly userAgent?: string;
  /** Certificates (PEM) trusted in addition to the public roots. */
  readonly ca?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Credentials other clients saw refused; default: none, so that this client tries for itself. */
  readonly refusals?: Refusals;
  /** The world, for tests. `pause` waits for that many milliseconds and rejects when the signal aborts. */
  readonly now?: () => Date;
  readonly random?: () => number;
  readonly lookup?: Lookup;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}
