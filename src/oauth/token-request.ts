/** Asking a platform's token endpoint (RFC 6749, sections 4.1.3 and 6). Each request is sent once: codes and rotated tokens are used up by it. */
import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { Http, HttpResponse } from '../sources/http.ts';
import { readJson } from '../sources/json-answer.ts';
import { safeAddress } from '../sources/redact.ts';
import type { OAuthClient } from './client.ts';
import type { Tokens } from './token-file.ts';

export type Grant =
  | { readonly kind: 'code'; readonly code: string; readonly verifier: string }
  | { readonly kind: 'refresh'; readonly refresh: Secret };

const answer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  // RFC 6749 says a number; some servers send digits
  expires_in: z.coerce.number().positive().optional(),
});

/** No token is longer. Bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Gives the tokens for `grant`. `now` in milliseconds since 1970 is when it was asked.
 * @throws {F2gitError} `source-login` when the platform refuses, which Stud.IP does with status 500 and a web page;
 * `source-unreachable`, `source-throttled` and what sending throws
 */
export async function requestTokens(
  http: Http,
  endpoint: string,
  client: OAuthClient,
  grant: Grant,
  now: number,
  signal: AbortSignal,
): Promise<Tokens> {
  const response = await http
    .send(
      {
        method: 'POST',
        url: endpoint,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: formOf(client, grant),
        purpose: 'listing',
        maxBytes: MAX_ANSWER_BYTES,
        once: true,
      },
      signal,
    )
    .catch((error: unknown) => rethrow(endpoint, error));
  if (response.status !== 200) return refused(response);
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = await readJson(response, answer);
  // Canvas gives no new refresh token: the old one goes on
  const kept = refresh === undefined && grant.kind === 'refresh' ? grant.refresh : undefined;
  const next = refresh === undefined ? kept : new Secret(refresh);
  return {
    access: new Secret(access),
    ...(next === undefined ? {} : { refresh: next }),
    ...(seconds === undefined ? {} : { expires: now + seconds * 1000 }),
  };
}

function formOf({ id, secret, redirectUrl }: OAuthClient, grant: Grant): string {
  const ours = { client_id: id, ...(secret === undefined ? {} : { client_secret: secret.reveal() }) };
  const theirs: Readonly<Record<string, string>> =
    grant.kind === 'code'
      ? { grant_type: 'authorization_code', code: grant.code, code_verifier: grant.verifier, redirect_uri: redirectUrl }
      : { grant_type: 'refresh_token', refresh_token: grant.refresh.reveal() };
  return new URLSearchParams({ ...theirs, ...ours }).toString();
}

/** A server that fails at a token it was sent will fail at it again; one that cannot be reached may be there soon. */
function rethrow(endpoint: string, error: unknown): never {
  if (error instanceof F2gitError && error.params['status'] === 500) throw ended(endpoint, 500);
  throw error;
}

async function refused(response: HttpResponse): Promise<never> {
  await response.discard();
  throw ended(response.url, response.status);
}

function ended(address: string, status: number): F2gitError {
  return new F2gitError('source-login', {
    params: { address: safeAddress(address), detail: 'the sign-in has ended: f2git connect', status },
  });
}
