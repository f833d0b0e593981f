/** Sending requests signed, answering challenges, and knowing when to stop: no account is locked by f2git. */
import { randomBytes } from 'node:crypto';
import { F2gitError } from '../errors.ts';
import { isLoopback } from './address-guard.ts';
import { createSigner, type HttpAuth, type Signature, type Signer } from './auth.ts';
import { exchange, type Incoming, type Wire } from './http-wire.ts';
import { safeAddress } from './redact.ts';
import type { Hop } from './redirect.ts';

/** The credentials one client has used so far, each with one origin. */
export interface SignIns {
  /**
   * Sends one hop, signs it, and answers the server's challenges. Gives the 401 when the credentials were refused.
   * @throws {F2gitError} `source-login` when they were refused before and never worked
   */
  exchange(wire: Wire, hop: Hop, signal: AbortSignal): Promise<Incoming>;
}

/** One credential at one origin. */
interface SignIn {
  readonly signer: Signer;
  failures: number;
  isKnownGood: boolean;
}

export function createSignIns(): SignIns {
  const known = new Map<string, SignIn>();
  return {
    async exchange(wire, hop, signal) {
      const signIn = signInFor(known, hop.url, hop.auth);
      return signIn === undefined ? exchange(wire, hop, signal) : signedExchange(wire, signIn, hop, signal);
    },
  };
}

function signInFor(known: Map<string, SignIn>, url: URL, auth: HttpAuth): SignIn | undefined {
  if (auth.kind === 'none') return undefined;
  const secrets = auth.kind === 'bearer' ? [auth.token.reveal()] : [auth.user, auth.password.reveal()];
  const key = JSON.stringify([url.origin, auth.kind, ...secrets]);
  const signIn = known.get(key) ?? newSignIn(url, auth);
  known.set(key, signIn);
  return signIn;
}

function newSignIn(url: URL, auth: Exclude<HttpAuth, { kind: 'none' }>): SignIn {
  const isPrivate = url.protocol === 'https:' || isLoopback(url);
  const signer = createSigner(auth, isPrivate, () => randomBytes(8).toString('hex'));
  return { signer, failures: 0, isKnownGood: false };
}

async function signedExchange(wire: Wire, signIn: SignIn, hop: Hop, signal: AbortSignal): Promise<Incoming> {
  const target = `${hop.url.pathname}${hop.url.search}`;
  let signature = signIn.signer.ahead(hop.method, target);
  for (;;) {
    refuseLostCause(wire, signIn, hop.url);
    const headers = signature === undefined ? hop.headers : { ...hop.headers, authorization: signature.header };
    const incoming = await exchange(wire, { ...hop, headers }, signal);
    if (incoming.status !== 401) {
      noteAccepted(signIn, signature, incoming);
      return incoming;
    }
    const next = signIn.signer.answer(incoming.headers['www-authenticate'], signature, hop.method, target);
    if (next === undefined) {
      if (signature !== undefined) signIn.failures += 1;
      return incoming;
    }
    await incoming.discard();
    signature = next;
  }
}

/** Directories lock accounts after a few wrong passwords: credentials that never worked are not sent a third time. */
function refuseLostCause(wire: Wire, signIn: SignIn, url: URL): void {
  if (signIn.isKnownGood || signIn.failures < wire.limits.signInFailures) return;
  throw new F2gitError('source-login', { params: { address: safeAddress(url), detail: 'refused before' } });
}

function noteAccepted(signIn: SignIn, signature: Signature | undefined, incoming: Incoming): void {
  if (signature === undefined || (incoming.status >= 400 && incoming.status !== 404)) return;
  signIn.isKnownGood = true;
  signIn.signer.accepted(signature, incoming.headers['authentication-info']);
}
