/** The connections of one client: opened only to allowed addresses, kept between requests, closed in the end. */
import { Agent as HttpAgent, type ClientRequest, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import { type AddressPolicy, guardedLookup } from './address-guard.ts';

export interface Connections {
  /**
   * Begins a request on a kept connection or on a new one, which must stand, TLS included, within `connectMs`. Nothing
   * is sent before `end` is called on it.
   * @throws {F2gitError} `address-forbidden` for the literal of a private address; a name is judged when it is looked up
   */
  open(method: string, url: URL, headers: Readonly<Record<string, string>>): ClientRequest;
  /** Ends every connection at once, also those that are in use. */
  close(): void;
}

export interface ConnectionLimits {
  /** Connections at once per origin. */
  readonly perOrigin: number;
  readonly connectMs: number;
  /** Certificates (PEM) trusted in addition to the public roots. */
  readonly ca?: string | undefined;
}

/** Servers close what has been idle for five seconds or more; a request sent at that moment would be lost. */
const IDLE_MS = 4_000;
/** Bytes of all headers of one answer. */
const MAX_HEADER_BYTES = 16 * 1024;

export function openConnections(policy: AddressPolicy, limits: ConnectionLimits): Connections {
  const common = { keepAlive: true, maxSockets: limits.perOrigin, timeout: IDLE_MS };
  const plain = new HttpAgent(common);
  const secure = new HttpsAgent({
    ...common,
    ALPNProtocols: ['http/1.1'],
    ...(limits.ca === undefined ? {} : { ca: [...rootCertificates, limits.ca] }),
  });
  return {
    open(method, url, headers) {
      const isSecure = url.protocol === 'https:';
      const options = {
        method,
        headers,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        lookup: guardedLookup(url, policy),
        maxHeaderSize: MAX_HEADER_BYTES,
      };
      const request = isSecure
        ? requestHttps({ ...options, agent: secure })
        : requestHttp({ ...options, agent: plain });
      limitConnecting(request, url, limits.connectMs);
      return request;
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Connecting may wait for a name service, for each address of a name, and for the other side's half of TLS. */
function limitConnecting(request: ClientRequest, url: URL, milliseconds: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = () => request.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, milliseconds);
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
}
