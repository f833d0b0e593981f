/** Keeps one sign-in alive: renews its token before it ends, once for all who wait, over all processes. */
import { statSync } from 'node:fs';
import { F2gitError } from '../errors.ts';
import type { Secret } from '../core/secret.ts';
import { acquireCourseLock } from '../repo/course-lock.ts';
import type { Http } from '../sources/http.ts';
import type { TokenKeeper } from '../sources/token-keeper.ts';
import type { OAuthClient } from './client.ts';
import { readTokens, type Tokens, writeTokens } from './token-file.ts';
import { requestTokens } from './token-request.ts';

export interface KeeperOptions {
  readonly client: OAuthClient;
  /** The platform's token endpoint. */
  readonly endpoint: string;
  readonly createHttp: () => Http;
  readonly now: () => Date;
}

/** A token that ends sooner than this is renewed first: a download may take that long. Milliseconds. */
const MARGIN_MS = 2 * 60_000;

/** A sign-in the platform renews no more is left alone this long, until somebody signs in anew. Milliseconds. */
const REFUSED_MS = 15 * 60_000;

/** How long one renewal may take, waiting for other processes included. */
const RENEWAL_MS = 60_000;

/** Makes the keeper of one sign-in. Nothing is read or asked before a token is needed. */
export function createTokenKeeper(options: KeeperOptions): TokenKeeper {
  let known: { readonly tokens: Tokens; readonly version: string } | undefined;
  /** What the platform did not accept, and what it would not renew. */
  let unaccepted: Secret | undefined;
  let refusal: Refusal | undefined;
  let renewing: Promise<Tokens> | undefined;
  const { now, client } = options;
  const { tokenFile } = client;
  const isFresh = ({ expires }: Tokens): boolean => expires === undefined || expires - now().getTime() > MARGIN_MS;

  /** Somebody may have signed in anew since the last look, or another process renewed it. */
  const present = (): Tokens | undefined => {
    const version = versionOf(tokenFile);
    if (known?.version === version) return known.tokens;
    const tokens = readTokens(tokenFile);
    known = tokens && { tokens, version };
    return tokens;
  };

  /** Whoever holds the lock looks at the file first: another process may have renewed it. */
  const renew = async (refused: Secret | undefined, signal: AbortSignal): Promise<Tokens> => {
    const lock = await acquireCourseLock(`${tokenFile}.lock`, signal);
    try {
      const tokens = readTokens(tokenFile);
      if (tokens === undefined) throw notSignedIn();
      if (!isSame(tokens.access, refused) && isFresh(tokens)) return tokens;
      const isStillRefused = now().getTime() - (refusal?.at ?? -Infinity) < REFUSED_MS;
      if (refusal !== undefined && isStillRefused && isSame(tokens.access, refusal.access)) throw refusal.error;
      const renewed = await askForTokens(options, tokens, signal).catch((error: unknown) => {
        if (error instanceof F2gitError && error.code === 'source-login')
          refusal = { access: tokens.access, at: now().getTime(), error };
        throw error;
      });
      writeTokens(tokenFile, renewed);
      return renewed;
    } finally {
      lock.release();
    }
  };
  const renewOnce = async (refused: Secret | undefined, signal: AbortSignal): Promise<Secret> => {
    // others wait for it too: who leaves must not stop it
    renewing ??= renew(refused, AbortSignal.timeout(RENEWAL_MS)).finally(() => (renewing = undefined));
    return (await unlessAborted(renewing, signal)).access;
  };
  return {
    async current(signal) {
      const tokens = present();
      if (tokens === undefined) throw notSignedIn();
      const isGood = isFresh(tokens) && !isSame(tokens.access, unaccepted);
      return isGood ? tokens.access : renewOnce(unaccepted, signal);
    },
    renewed(refused, signal) {
      unaccepted = refused;
      return renewOnce(refused, signal);
    },
  };
}

/** A sign-in the platform renewed no more. */
interface Refusal {
  readonly access: Secret;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly error: F2gitError;
}

function isSame(one: Secret, other: Secret | undefined): boolean {
  return one.reveal() === other?.reveal();
}

function versionOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

async function askForTokens(options: KeeperOptions, { refresh }: Tokens, signal: AbortSignal): Promise<Tokens> {
  if (refresh === undefined)
    throw new F2gitError('source-login', { params: { detail: 'the sign-in has ended: f2git connect' } });
  const http = options.createHttp();
  try {
    const grant = { kind: 'refresh', refresh } as const;
    return await requestTokens(http, options.endpoint, options.client, grant, options.now().getTime(), signal);
  } finally {
    await http.close();
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new F2gitError('cancelled', { cause: signal.reason }));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

function notSignedIn(): F2gitError {
  return new F2gitError('source-login', { params: { detail: 'f2git is not signed in there yet: f2git connect' } });
}
