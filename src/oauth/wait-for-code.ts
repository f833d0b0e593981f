/** Waits for the browser to come back: to a page of ours on this machine, or as an address that somebody pasted. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { F2gitError, systemErrorName } from '../errors.ts';
import { type Authorization, codeIn } from './authorize.ts';
import type { OAuthClient } from './client.ts';

/** What the browser shows when it came back. */
export interface ReturnPages {
  readonly done: string;
  readonly refused: string;
}

export interface Waiting {
  /** The code. @throws {F2gitError} `source-login`, `cancelled` */
  readonly code: Promise<string>;
  /** Takes what somebody pasted; false when it is not the address the browser was sent to. */
  paste(text: string): boolean;
}

/**
 * Listens where the platform sends the browser to, if that is on this machine; what is pasted counts in any case, for a
 * browser on another one. When it gives the `Waiting`, the browser may come.
 * @throws {F2gitError} `port-in-use`
 */
export async function waitForCode(
  client: OAuthClient,
  authorization: Authorization,
  pages: ReturnPages,
  signal: AbortSignal,
): Promise<Waiting> {
  const { promise, resolve, reject } = outcome();
  const take = (returned: string): boolean => {
    try {
      const code = codeIn(returned, authorization, client);
      if (code !== undefined) resolve(code);
      return code !== undefined;
    } catch (error) {
      reject(error);
      return true;
    }
  };
  const server = isOnThisMachine(client.redirectUrl)
    ? await listen(client.redirectUrl, take, promise, pages)
    : undefined;
  const stop = (): void => reject(new F2gitError('cancelled', { cause: signal.reason }));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const code = promise.finally(() => {
    signal.removeEventListener('abort', stop);
    server?.close();
  });
  return { code, paste: (text) => take(text.trim()) };
}

function outcome() {
  let settle: { resolve: (code: string) => void; reject: (error: unknown) => void } | undefined;
  const promise = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  return {
    promise,
    resolve: (code: string) => settle?.resolve(code),
    reject: (error: unknown) => settle?.reject(error),
  };
}

/** RFC 8252, 7.3: a program's own page on the loopback interface, in the clear. */
function isOnThisMachine(redirectUrl: string): boolean {
  const { protocol, hostname } = new URL(redirectUrl);
  return protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

async function listen(
  redirectUrl: string,
  take: (url: string) => boolean,
  code: Promise<string>,
  pages: ReturnPages,
): Promise<Server> {
  const { origin, hostname, port } = new URL(redirectUrl);
  const server = createServer((request, response) => {
    const isOurs = request.method === 'GET' && take(`${origin}${request.url ?? '/'}`);
    const answer = (status: number, page: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(page);
    };
    if (!isOurs) answer(404, '');
    else void code.then(() => answer(200, pages.done)).catch(() => answer(403, pages.refused));
  });
  server.listen(port === '' ? 80 : Number(port), hostname.replace(/^\[|\]$/g, ''));
  await once(server, 'listening').catch((error: unknown) => {
    throw portTrouble(error, `${hostname}:${port}`);
  });
  return server;
}

function portTrouble(error: unknown, address: string): unknown {
  if (systemErrorName(error) !== 'EADDRINUSE') return error;
  return new F2gitError('port-in-use', { params: { address }, cause: error });
}
