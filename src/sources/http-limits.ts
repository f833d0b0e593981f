/** What HTTP may cost, in one place. Tests shrink these; nothing else changes them. */
export const httpLimits = {
  /** Requests at once per origin: platforms serve PHP from two to four workers, and students use them too. */
  perOrigin: 4,
  /** Milliseconds until a connection, TLS included, must stand. */
  connectMs: 10_000,
  /** Milliseconds from sending a request until its answer's headers are there. */
  headersMs: 30_000,
  /** A body must bring `windowBytes` in every `windowMs` spent waiting for it: 8 kB/s over 15 seconds. */
  windowMs: 15_000,
  windowBytes: 8 * 1024 * 15,
  /** Milliseconds one client lives: the deadline of one refresh, with all its requests and waiting. */
  refreshMs: 30 * 60_000,
  redirects: 5,
  /** Times one request is sent before its failure counts. */
  tries: 3,
  /** A server that asks for a longer pause than this is left alone: the last good state is served meanwhile. */
  retryAfterMs: 60_000,
  /** Full jitter: a random part of `backoffMs`, doubled per try, at most `backoffCapMs`. */
  backoffMs: 500,
  backoffCapMs: 10_000,
  /** Refused sign-ins before the credentials are left alone: directories lock accounts after a few. */
  signInFailures: 2,
  /** How long refused credentials are left alone before one more try. */
  signInPauseMs: 15 * 60_000,
} as const;

export type HttpLimits = { readonly [name in keyof typeof httpLimits]: number };
