/** Sending requests signed, answering challenges, and knowing when to stop: no account is locked by f2git. */
import { randomBytes } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import { isLoopback } from './address-guard.ts';
import { createSigner, type Signature, type Signer, type StandingAuth } from './auth.ts';
import { exchange, type Incoming, type Wire } from './http-wire.ts';
import { safeAddress } from './redact.ts';
import type { Hop } from './redirect.ts';
import type { Refusals, Standing } from './refusals.ts';
import type { TokenKeeper } from './token-keeper.ts';

/** The credentials one client has used so far, each with one origin. */
export interface SignIns {
  /**
   * Sends one hop, signs it, and answers the server's challenges. Gives the 401 when the credentials were refused.
   * @throws {F2gitError} `source-login`, with nothing sent, when they were refused too often not long ago
   */
  exchange(wire: Wire, hop: Hop, signal: AbortSignal): Promise<Incoming>;
  /** As `Http.signIn`. */
  judged<T>(wire: Wire, place: SignInPlace, attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** Where credentials are tried. */
export interface SignInPlace {
  readonly url: string;
  readonly auth: StandingAuth;
}

/** One credential at one origin. */
interface SignIn {
  readonly signer: Signer;
  readonly standing: Standing;
  /** Whether this client saw it accepted: a refusal is then about one place, not about the credential. */
  isKnownGood: boolean;
}

/** `refusals` outlives the client; `now` is the clock its pauses go by. */
export function createSignIns(refusals: Refusals, now: () => Date): SignIns {
  const known = new Map<string, SignIn>();
  const signInFor = (url: URL, auth: StandingAuth): SignIn => {
    const secrets = auth.kind === 'bearer' ? [auth.token.reveal()] : [auth.user, auth.password.reveal()];
    const key = JSON.stringify([url.origin, auth.kind, ...secrets]);
    const signIn = known.get(key) ?? newSignIn(url, auth, refusals);
    known.set(key, signIn);
    return signIn;
  };
  const signed = (wire: Wire, hop: Hop, auth: StandingAuth, signal: AbortSignal) =>
    signedInTurn(wire, { signIn: signInFor(hop.url, auth), hop, now }, signal);
  return {
    exchange(wire, hop, signal) {
      switch (hop.auth.kind) {
        case 'none':
          return exchange(wire, hop, signal);
        case 'renewable':
          return withRenewal(hop.auth.tokens, (token) => signed(wire, hop, { kind: 'bearer', token }, signal), signal);
        default:
          return signed(wire, hop, hop.auth, signal);
      }
    },
    judged(wire, { url, auth }, attempt, signal) {
      const at = new URL(url);
      const standing = refusals.standingOf(at.origin, auth);
      return inTurn(wire, standing, () => judgedAttempt(wire, { standing, url: at, now }, attempt), signal);
    },
  };
}

/** What the platform says only the caller can read; what is to be made of it is the same as of a 401. */
async function judgedAttempt<T>(wire: Wire, trial: Trial, attempt: () => Promise<T>): Promise<T> {
  refuseLostCause(wire, trial);
  try {
    const outcome = await attempt();
    Object.assign(trial.standing, { failures: 0, isTrusted: true });
    return outcome;
  } catch (error) {
    if (error instanceof F2gitError && error.code === 'source-login') noteRefused(trial);
    throw error;
  }
}

/**
 * Sends with the present token, and once more with a new one. A 401 without a challenge is no word about the token:
 * older Canvas says it of what the account may not see.
 */
async function withRenewal(
  tokens: TokenKeeper,
  send: (token: Secret) => Promise<Incoming>,
  signal: AbortSignal,
): Promise<Incoming> {
  const token = await tokens.current(signal);
  const incoming = await send(token);
  if (incoming.status !== 401 || incoming.headers['www-authenticate'] === undefined) return incoming;
  await incoming.discard();
  return send(await tokens.renewed(token, signal));
}

function newSignIn(url: URL, auth: StandingAuth, refusals: Refusals): SignIn {
  const isPrivate = url.protocol === 'https:' || isLoopback(url);
  const signer = createSigner(auth, isPrivate, () => randomBytes(8).toString('hex'));
  return { signer, standing: refusals.standingOf(url.origin, auth), isKnownGood: false };
}

/** One hop is sent unsigned, signed, and signed with a fresh nonce; a server that wants more will never be content. */
const MAX_SENT = 4;

interface Signing {
  readonly signIn: SignIn;
  readonly hop: Hop;
  readonly now: () => Date;
}

function signedInTurn(wire: Wire, signing: Signing, signal: AbortSignal): Promise<Incoming> {
  return inTurn(wire, signing.signIn.standing, () => signedExchange(wire, signing, signal), signal);
}

/** Many courses that start at once with the same wrong password would be that many refused sign-ins. */
async function inTurn<T>(wire: Wire, standing: Standing, run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (standing.isTrusted) return run();
  const leave = await standing.turns.take('', AbortSignal.any([signal, wire.life])).catch((error: unknown) => {
    throw wire.life.aborted ? wire.life.reason : new F2gitError('cancelled', { cause: error });
  });
  try {
    return await run();
  } finally {
    leave();
  }
}

/** Credentials with what is known of them, about to be used. */
interface Trial {
  readonly standing: Standing;
  readonly url: URL;
  readonly now: () => Date;
}

async function signedExchange(wire: Wire, signing: Signing, signal: AbortSignal): Promise<Incoming> {
  const { signIn, hop } = signing;
  const target = `${hop.url.pathname}${hop.url.search}`;
  let signature = signIn.signer.ahead(hop.method, target);
  const trial = { standing: signIn.standing, url: hop.url, now: signing.now };
  for (let sent = 1; ; sent += 1) {
    if (!signIn.isKnownGood) refuseLostCause(wire, trial);
    const headers = signature === undefined ? hop.headers : { ...hop.headers, authorization: signature.header };
    const incoming = await exchange(wire, { ...hop, headers }, signal);
    if (incoming.status !== 401) {
      noteAccepted(signIn, signature, incoming);
      return incoming;
    }
    const next = signIn.signer.answer(incoming.headers['www-authenticate'], signature, hop.method, target);
    if (next === undefined || sent >= MAX_SENT) {
      if (signature !== undefined && isRefusal(signature, incoming)) noteSignedRefusal(signIn, trial);
      return incoming;
    }
    await incoming.discard();
    signature = next;
  }
}

/**
 * Every 401 has to say how to sign in (RFC 9110, 15.5.2). Canvas keeps to that where it means the token; what it answers
 * without a challenge is no to the request, and the token is good. Passwords get no such benefit of the doubt.
 */
function isRefusal({ scheme }: Signature, { headers }: Incoming): boolean {
  return scheme !== 'bearer' || headers['www-authenticate'] !== undefined;
}

/**
 * Directories lock accounts after a few wrong passwords: credentials that were refused twice are sent once in a long
 * while, and whoever asks meanwhile asks for nothing.
 */
function refuseLostCause(wire: Wire, { standing: { failures, refusedAt }, url, now }: Trial): void {
  if (failures < wire.limits.signInFailures) return;
  const pause = now().getTime() - refusedAt;
  if (pause < 0 || pause >= wire.limits.signInPauseMs) return;
  throw new F2gitError('source-login', { params: { address: safeAddress(url), detail: 'refused before' } });
}

function noteAccepted(signIn: SignIn, signature: Signature | undefined, incoming: Incoming): void {
  if (signature === undefined || (incoming.status >= 400 && incoming.status !== 404)) return;
  signIn.isKnownGood = true;
  Object.assign(signIn.standing, { failures: 0, isTrusted: true });
  signIn.signer.accepted(signature, incoming.headers['authentication-info']);
}

function noteSignedRefusal(signIn: SignIn, trial: Trial): void {
  signIn.standing.isTrusted = false;
  if (!signIn.isKnownGood) noteRefused(trial);
}

function noteRefused({ standing, now }: Trial): void {
  Object.assign(standing, { isTrusted: false, failures: standing.failures + 1, refusedAt: now().getTime() });
}
