/**
 * A platform's sign-in for programs, on loopback, as strict as RFC 6749 and RFC 7636 ask: codes and rotated refresh
 * tokens work once, PKCE is checked. `style` is how it answers: Stud.IP 6.0 rotates refresh tokens, ends the old access
 * token and refuses with a 500 page (recorded as `oauth-token-refresh-200`, `oauth-token-refresh-reuse-500`); Canvas keeps
 * the refresh token and refuses with JSON (doc/api/oauth_endpoints.md).
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OAuthEndpoints } from '../../src/sources/source.ts';

export interface OAuthServer {
  readonly endpoints: OAuthEndpoints;
  readonly origin: string;
  /** Forms the token endpoint got. */
  readonly asked: readonly URLSearchParams[];
  /** What the person in the browser does with an address of `authorize`: agrees, or not. Gives where they are sent. */
  agree(address: string, says?: 'yes' | 'no'): string;
  /** A sign-in as if somebody had just agreed. */
  issue(seconds: number): { readonly access: string; readonly refresh: string };
  isValid(access: string): boolean;
  /** Ends every access token at once. */
  revokeAccess(): void;
  stop(): Promise<void>;
}

export const CLIENT_ID = 'f2git-42';
export const CLIENT_SECRET = 'canary-client-secret';

export async function startOAuthServer(
  style: 'studip' | 'canvas',
  scopes: readonly string[] = [],
): Promise<OAuthServer> {
  const codes = new Map<string, { challenge: string; redirect: string }>();
  const refreshTokens = new Set<string>();
  const accessTokens = new Set<string>();
  const asked: URLSearchParams[] = [];
  const issue = (): { access: string; refresh: string } => {
    const access = `access-${randomBytes(9).toString('hex')}`;
    const refresh = `refresh-${randomBytes(9).toString('hex')}`;
    accessTokens.add(access);
    refreshTokens.add(refresh);
    return { access, refresh };
  };

  const granted = (form: URLSearchParams): { access: string; refresh?: string } | undefined => {
    const isOurs = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
    if (!isOurs) return undefined;
    if (form.get('grant_type') === 'authorization_code') {
      const code = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      return code?.challenge === proof && code.redirect === form.get('redirect_uri') ? issue() : undefined;
    }
    const refresh = form.get('refresh_token') ?? '';
    if (form.get('grant_type') !== 'refresh_token' || !refreshTokens.has(refresh)) return undefined;
    if (style === 'canvas') {
      const access = `access-${randomBytes(9).toString('hex')}`;
      accessTokens.add(access);
      return { access };
    }
    refreshTokens.delete(refresh);
    accessTokens.clear();
    return issue();
  };

  const server = createServer((request, response) => {
    void readForm(request).then((form) => {
      asked.push(form);
      answer(response, style, granted(form));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoints: { authorize: `${origin}/authorize?realm=x`, token: `${origin}/token`, scopes },
    origin,
    asked,
    agree(address, says = 'yes') {
      const query = new URL(address).searchParams;
      const redirect = query.get('redirect_uri') ?? '';
      const back = new URL(redirect);
      back.searchParams.set('state', query.get('state') ?? '');
      if (says === 'no') back.searchParams.set('error', 'access_denied');
      else {
        const code = `code-${randomBytes(9).toString('hex')}`;
        codes.set(code, { challenge: query.get('code_challenge') ?? '', redirect });
        back.searchParams.set('code', code);
      }
      return back.href;
    },
    issue,
    isValid: (access) => accessTokens.has(access),
    revokeAccess: () => accessTokens.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function answer(
  response: ServerResponse,
  style: 'studip' | 'canvas',
  tokens: { access: string; refresh?: string } | undefined,
): void {
  if (tokens !== undefined) {
    const { access, refresh } = tokens;
    const body = {
      token_type: 'Bearer',
      expires_in: 3600,
      access_token: access,
      ...(refresh && { refresh_token: refresh }),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } else if (style === 'studip') {
    response.writeHead(500, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html><body>Fehler</body></html>');
  } else {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  }
}
