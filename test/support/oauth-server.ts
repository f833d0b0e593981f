/**
 * A platform's sign-in for programs, as strict as RFC 6749 and RFC 7636 ask: codes and rotated refresh tokens work once,
 * PKCE is checked. `style` is how it answers: Stud.IP 6.0 rotates refresh tokens, ends the old access token and refuses
 * with a 500 page (recorded as `oauth-token-refresh-200`, `oauth-token-refresh-reuse-500`); Canvas keeps the refresh token
 * and refuses with JSON (doc/api/oauth_endpoints.md).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OAuthEndpoints } from '../../src/sources/source.ts';
import { secretWord } from './secret-words.ts';

export const CLIENT_ID = 'f2git-42';
export const CLIENT_SECRET = `canary-client-secret-${secretWord('a client secret')}`;

interface Issued {
  readonly access: string;
  readonly refresh: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the platform knows of sign-ins, without a server around it. */
export class OAuthDesk {
  /** Forms the token endpoint got. */
  readonly asked: URLSearchParams[] = [];
  /** The sign-in that was issued last. */
  last: Issued | undefined;
  /** Refuses whatever is asked for. */
  isClosed = false;
  readonly #style: 'studip' | 'canvas';
  readonly #codes = new Map<string, { challenge: string; redirect: string }>();
  readonly #refreshTokens = new Set<string>();
  readonly #accessTokens = new Set<string>();

  constructor(style: 'studip' | 'canvas') {
    this.#style = style;
  }

  /** A sign-in as if somebody had just agreed. */
  issue(): Issued {
    const last = { access: this.#newAccess(), refresh: `refresh-${secretWord('a refresh token')}` };
    this.#refreshTokens.add(last.refresh);
    this.last = last;
    return last;
  }

  isValid(access: string): boolean {
    return this.#accessTokens.has(access);
  }

  /** Whether a request with this header is let in. */
  isOpenTo(authorization = ''): boolean {
    return this.isValid(authorization.replace(/^Bearer /, ''));
  }

  /** Ends every access token at once. */
  revokeAccess(): void {
    this.#accessTokens.clear();
  }

  /** What the person in the browser does with an address of `authorize`: agrees, or not. Gives where they are sent. */
  agree(address: string, says: 'yes' | 'no' = 'yes'): string {
    const query = new URL(address).searchParams;
    const redirect = query.get('redirect_uri') ?? '';
    const back = new URL(redirect);
    back.searchParams.set('state', query.get('state') ?? '');
    if (says === 'no') back.searchParams.set('error', 'access_denied');
    else {
      const code = `code-${secretWord('a code of a sign-in')}`;
      this.#codes.set(code, { challenge: query.get('code_challenge') ?? '', redirect });
      back.searchParams.set('code', code);
    }
    return back.href;
  }

  /** The answer of the token endpoint. */
  answer(body: string): TokenAnswer {
    const form = new URLSearchParams(body);
    this.asked.push(form);
    const tokens = this.isClosed ? undefined : this.#granted(form);
    if (tokens !== undefined) {
      const { access, refresh } = tokens;
      const document = {
        ...{ token_type: 'Bearer', expires_in: 3600, access_token: access },
        ...(refresh && { refresh_token: refresh }),
      };
      return json(200, document);
    }
    if (this.#style === 'canvas') return json(400, { error: 'invalid_grant' });
    const page = Buffer.from('<!DOCTYPE html><html><body>Fehler</body></html>');
    return { status: 500, headers: { 'content-type': 'text/html' }, body: page };
  }

  #granted(form: URLSearchParams): { access: string; refresh?: string } | undefined {
    const isOurs = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
    if (!isOurs) return undefined;
    if (form.get('grant_type') === 'authorization_code') return this.#exchanged(form);
    const refresh = form.get('refresh_token') ?? '';
    if (form.get('grant_type') !== 'refresh_token' || !this.#refreshTokens.has(refresh)) return undefined;
    if (this.#style === 'canvas') {
      const access = this.#newAccess();
      this.last = { access, refresh };
      return { access };
    }
    this.#refreshTokens.delete(refresh);
    this.#accessTokens.clear();
    return this.issue();
  }

  #exchanged(form: URLSearchParams): Issued | undefined {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    const proof = createHash('sha256').update(verifier).digest('base64url');
    return code?.challenge === proof && code.redirect === form.get('redirect_uri') ? this.issue() : undefined;
  }

  #newAccess(): string {
    const access = `access-${secretWord('an access token')}`;
    this.#accessTokens.add(access);
    return access;
  }
}

function json(status: number, document: unknown): TokenAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(document)) };
}

/** A desk with nothing else behind it, on loopback. */
export interface OAuthServer {
  readonly desk: OAuthDesk;
  readonly endpoints: OAuthEndpoints;
  readonly origin: string;
  stop(): Promise<void>;
}

export async function startOAuthServer(
  style: 'studip' | 'canvas',
  scopes: readonly string[] = [],
): Promise<OAuthServer> {
  const desk = new OAuthDesk(style);
  const server = createServer((request, response) => {
    void textOf(request).then((form) => {
      const { status, headers, body } = desk.answer(form);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    desk,
    endpoints: { authorize: `${origin}/authorize?realm=x`, token: `${origin}/token`, scopes },
    origin,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
