/**
 * Signing requests: Basic (RFC 7617, always UTF-8), Digest (RFC 7616: MD5 and SHA-256, qop=auth), Bearer (RFC 6750).
 * What is sent is decided by what the server asks for; Basic and Bearer go ahead only where nobody else can listen.
 */
import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { TokenKeeper } from './token-keeper.ts';

/** How to sign requests. `basic` and `digest` answer a challenge; `basic` is sent ahead only over https or loopback. */
export type HttpAuth =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'password';
      readonly user: string;
      readonly password: Secret;
      /** What alone it opens, where that is less than the account of `user`: the token of a share. */
      readonly scope?: string;
    }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'renewable'; readonly tokens: TokenKeeper };

/** What a signer can sign with as it is. */
export type StandingAuth = Exclude<HttpAuth, { kind: 'none' | 'renewable' }>;

/** A signed request header, and what the signer must know when the server refuses it. */
export interface Signature {
  readonly header: string;
  readonly scheme: 'basic' | 'bearer' | 'digest';
  /** For `digest`: the nonce it used, and whether the server had accepted that one before. */
  readonly nonce?: string;
  readonly wasAccepted?: boolean;
}

/** Signs the requests of one credential to one origin, and remembers how that origin wants it. */
export interface Signer {
  /** What to send before the server asked; undefined when it has to ask first. `target` is path and query as sent. */
  ahead(method: string, target: string): Signature | undefined;
  /**
   * What to send after a 401 with these challenges, or undefined when the credentials were refused or nothing fits.
   * Credentials that were refused are never sent again in another form the server offered all along.
   */
  answer(
    challenges: string | undefined,
    sent: Signature | undefined,
    method: string,
    target: string,
  ): Signature | undefined;
  /** Tells the signer that `signature` was accepted, and what `Authentication-Info` came back with it. */
  accepted(signature: Signature, authenticationInfo: string | undefined): void;
}

/**
 * @param isPrivate whether the way to the server is encrypted or never leaves this machine
 * @param nonce gives a fresh random hexadecimal string for each call
 * @throws {F2gitError} `credentials-invalid` when a part holds control characters, or the user's name a colon
 */
export function createSigner(auth: StandingAuth, isPrivate: boolean, nonce: () => string): Signer {
  if (auth.kind === 'bearer') return bearerSigner(headerSafe(auth.token.reveal(), 'token'), isPrivate);
  headerSafe(auth.password.reveal(), 'password');
  if (auth.user.includes(':')) throw new F2gitError('credentials-invalid', { params: { part: 'user' } });
  return passwordSigner({ user: headerSafe(auth.user, 'user'), password: auth.password, isPrivate, nonce });
}

function bearerSigner(token: string, isPrivate: boolean): Signer {
  const signature: Signature = { header: `Bearer ${token}`, scheme: 'bearer' };
  return {
    ahead: () => (isPrivate ? signature : undefined),
    answer: (_challenges, sent) => (sent === undefined ? signature : undefined),
    accepted: () => undefined,
  };
}

interface Password {
  readonly user: string;
  readonly password: Secret;
  readonly isPrivate: boolean;
  readonly nonce: () => string;
}

function passwordSigner(credentials: Password): Signer {
  let digest: DigestState | undefined;
  let wantsBasic = credentials.isPrivate;
  const signDigest = (method: string, target: string) =>
    digest === undefined ? undefined : digestSignature(digest, credentials, method, target);
  return {
    ahead(method, target) {
      return signDigest(method, target) ?? (wantsBasic ? basicSignature(credentials) : undefined);
    },
    answer(header, sent, method, target) {
      const challenges = parseChallenges(header ?? '');
      const offered = bestDigest(challenges);
      const offersBasic = challenges.some(({ scheme }) => scheme === 'basic');
      if (offered !== undefined && mayTryDigest(offered, sent, offersBasic)) {
        digest = { ...offered, count: 0, isAccepted: false };
        return signDigest(method, target);
      }
      if (sent !== undefined || !offersBasic) return undefined;
      return basicSignature(credentials);
    },
    accepted(signature, info) {
      // Once the server took it, sending it ahead tells an eavesdropper nothing new.
      if (signature.scheme === 'basic') wantsBasic = true;
      if (digest === undefined || digest.nonce !== signature.nonce) return;
      digest.isAccepted = true;
      const next = info === undefined ? undefined : parseParams(info).get('nextnonce');
      if (next !== undefined) digest = { ...digest, nonce: next, count: 0 };
    },
  };
}

/**
 * Digest may be tried when nothing was sent, when Basic was sent ahead to a server that knows only Digest, and when the
 * nonce ran out: the server says `stale`, or it refuses a nonce it had accepted and offers a new one.
 */
function mayTryDigest(offered: DigestChallenge, sent: Signature | undefined, offersBasic: boolean): boolean {
  if (sent === undefined) return true;
  if (sent.scheme === 'basic') return !offersBasic;
  return offered.nonce !== sent.nonce && (offered.isStale || sent.wasAccepted === true);
}

function basicSignature({ user, password }: Password): Signature {
  return { header: `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`, scheme: 'basic' };
}

interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server wrote it; absent means MD5. */
  readonly algorithm: string | undefined;
  readonly hash: 'md5' | 'sha256';
  readonly isSession: boolean;
  /** False for servers of RFC 2069, which know no client nonce. */
  readonly hasQop: boolean;
  readonly isStale: boolean;
}

interface DigestState extends DigestChallenge {
  count: number;
  isAccepted: boolean;
}

function digestSignature(state: DigestState, { user, password, nonce }: Password, method: string, target: string) {
  state.count += 1;
  const hash = (text: string) => createHash(state.hash).update(text).digest('hex');
  const count = state.count.toString(16).padStart(8, '0');
  const clientNonce = nonce();
  const plain = hash(`${user}:${state.realm}:${password.reveal()}`);
  const first = state.isSession ? hash(`${plain}:${state.nonce}:${clientNonce}`) : plain;
  const second = hash(`${method}:${target}`);
  const middle = state.hasQop ? `${state.nonce}:${count}:${clientNonce}:auth` : state.nonce;
  const parts = [
    `username=${quote(user)}`,
    `realm=${quote(state.realm)}`,
    `nonce=${quote(state.nonce)}`,
    `uri=${quote(target)}`,
    ...(state.hasQop ? ['qop=auth', `nc=${count}`] : []),
    ...(state.hasQop || state.isSession ? [`cnonce=${quote(clientNonce)}`] : []),
    `response=${quote(hash(`${first}:${middle}:${second}`))}`,
    ...(state.opaque === undefined ? [] : [`opaque=${quote(state.opaque)}`]),
    ...(state.algorithm === undefined ? [] : [`algorithm=${state.algorithm}`]),
  ];
  // Header values travel as Latin-1; this way the server reads the UTF-8 bytes it hashed.
  const header = Buffer.from(`Digest ${parts.join(', ')}`).toString('latin1');
  return { header, scheme: 'digest', nonce: state.nonce, wasAccepted: state.isAccepted } as const satisfies Signature;
}

interface Challenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

/** SHA-256 before MD5; anything else (SHA-512-256, qop=auth-int alone) cannot be answered. */
function bestDigest(challenges: readonly Challenge[]): DigestChallenge | undefined {
  const digests = challenges.flatMap(({ scheme, params }) => (scheme === 'digest' ? [toDigest(params)] : []));
  const usable = digests.filter((challenge) => challenge !== undefined);
  return usable.find(({ hash }) => hash === 'sha256') ?? usable[0];
}

function toDigest(params: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const algorithm = params.get('algorithm');
  const known = /^(md5|sha-256)(-sess)?$/i.exec(algorithm ?? 'MD5');
  const nonce = params.get('nonce');
  const qop = params.get('qop');
  const hasQop = qop !== undefined && qop.split(',').some((one) => one.trim().toLowerCase() === 'auth');
  if (known === null || nonce === undefined || (qop !== undefined && !hasQop)) return undefined;
  return {
    realm: params.get('realm') ?? '',
    nonce,
    opaque: params.get('opaque'),
    algorithm,
    hash: known[1]?.toLowerCase() === 'md5' ? 'md5' : 'sha256',
    isSession: known[2] !== undefined,
    hasQop,
    isStale: params.get('stale')?.toLowerCase() === 'true',
  };
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** Several challenges may share a header line, separated by the same commas as their parameters (RFC 9110, 11.6.1). */
function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  const item = new RegExp(`(${TOKEN})(?:\\s*=\\s*("(?:[^"\\\\]|\\\\.)*"|[^\\s,]*))?`, 'g');
  for (const [, name = '', value] of header.matchAll(item)) {
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), params: new Map() });
    else challenges.at(-1)?.params.set(name.toLowerCase(), unquote(value));
  }
  return challenges;
}

function parseParams(text: string): ReadonlyMap<string, string> {
  return parseChallenges(`info ${text}`)[0]?.params ?? new Map<string, string>();
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}

function headerSafe(text: string, part: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new F2gitError('credentials-invalid', { params: { part } });
  return text;
}
