/** Signing f2git in (RFC 6749, 4.1 with PKCE, RFC 7636): the address for the browser, and what it comes back with. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { F2gitError } from '../errors.ts';
import type { OAuthEndpoints } from '../sources/source.ts';
import type { OAuthClient } from './client.ts';

/** One sign-in that has begun. */
export interface Authorization {
  /** What the browser must open. */
  readonly address: string;
  /** Proves to the token endpoint that whoever asks is who began. */
  readonly verifier: string;
  readonly state: string;
}

export function beginAuthorization(endpoints: OAuthEndpoints, client: OAuthClient): Authorization {
  const verifier = randomBytes(48).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const address = new URL(endpoints.authorize);
  const query = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUrl,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(endpoints.scopes.length === 0 ? {} : { scope: endpoints.scopes.join(' ') }),
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return { address: address.href, verifier, state };
}

/**
 * The code in the address the browser was sent back to; undefined when that is not the redirect address at all.
 * @throws {F2gitError} `source-login` when the platform or the person said no, or it belongs to another sign-in
 */
export function codeIn(returned: string, { state }: Authorization, { redirectUrl }: OAuthClient): string | undefined {
  if (!URL.canParse(returned)) return undefined;
  const url = new URL(returned);
  const expected = new URL(redirectUrl);
  if (url.origin !== expected.origin || url.pathname !== expected.pathname) return undefined;
  if (!isEqual(url.searchParams.get('state') ?? '', state)) throw refused('it belongs to another sign-in');
  const code = url.searchParams.get('code');
  if (code === null || code === '') throw refused('the platform or its user said no');
  return code;
}

function isEqual(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function refused(detail: string): F2gitError {
  return new F2gitError('source-login', { params: { detail } });
}
