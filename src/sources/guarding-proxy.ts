/**
 * A forward proxy on this machine for a program that connects by itself: every connection it makes for the program is
 * judged by the address guard, as one of our own is. Names are resolved here, and the connection goes to what was judged.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Secret } from '../core/secret.ts';
import { F2gitError, systemErrorName } from '../errors.ts';
import { type AddressPolicy, checkUrl, guardedLookup } from './address-guard.ts';
import { checkServer } from './fixed-servers.ts';

/** A proxy that is open. */
export interface GuardingProxy {
  /** `http://user:key@127.0.0.1:port`: for the program's environment, and for nobody else to read. */
  readonly address: Secret;
  /** The first address that was refused; undefined while none was. */
  readonly refused: F2gitError | undefined;
  /** Ends all its connections. */
  close(): Promise<void>;
}

/** How its connections are judged and made. */
export interface ProxyRules {
  readonly policy: AddressPolicy;
  /** Servers whose hosts are reached nowhere else. */
  readonly fixed: readonly URL[];
  /** Milliseconds until a connection must stand. */
  readonly connectMs: number;
}

/** A program may pause for long between two requests; one that is sent at the moment of a close would be lost. */
const IDLE_MS = 30 * 60_000;

/** Listens on loopback, for whoever knows its key. */
export async function openGuardingProxy(rules: ProxyRules): Promise<GuardingProxy> {
  const proxy = new Proxy(rules);
  await proxy.listen();
  return proxy;
}

class Proxy implements GuardingProxy {
  readonly #rules: ProxyRules;
  readonly #authorization: Buffer;
  readonly #key = randomBytes(24).toString('hex');
  readonly #server: Server;
  readonly #tunnels = new Set<Duplex>();
  #refused: F2gitError | undefined;

  constructor(rules: ProxyRules) {
    this.#rules = rules;
    this.#authorization = Buffer.from(`Basic ${Buffer.from(`${USER}:${this.#key}`).toString('base64')}`);
    this.#server = createServer({ keepAliveTimeout: IDLE_MS, requestTimeout: 0 });
    this.#server.on('request', (request, response) => void this.#forward(request, response));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(request, socket, head);
    });
    this.#server.on('clientError', (_error, socket) => void socket.destroy());
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get address(): Secret {
    const { port } = this.#server.address() as AddressInfo;
    return new Secret(`http://${USER}:${this.#key}@127.0.0.1:${String(port)}`);
  }

  get refused(): F2gitError | undefined {
    return this.#refused;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    await closed;
  }

  /** `CONNECT host:port`: what passes then is between the program and the host, mostly TLS. */
  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#keep(socket);
    try {
      const url = this.#judgedUrl(request, `https://${request.url ?? ''}`);
      const upstream = await this.#connect(url);
      this.#keep(upstream);
      socket.once('close', () => upstream.destroy());
      upstream.once('close', () => socket.destroy());
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      // What came with the request already belongs to the other side.
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    } catch (error) {
      const { status, reason } = this.#answerTo(error);
      socket.end(`HTTP/1.1 ${String(status)} ${reason}\r\nConnection: close\r\n\r\n`);
    }
  }

  #keep(socket: Duplex): void {
    this.#tunnels.add(socket);
    // Either end may go at any time; the other one goes with it.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#tunnels.delete(socket));
  }

  #connect(url: URL): Promise<Socket> {
    const lookup = this.#lookupFor(url);
    const { connectMs } = this.#rules;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: bareHost(url), port: Number(url.port || 443), lookup });
      socket.setTimeout(connectMs, () => socket.destroy(late()));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.off('error', reject);
        resolve(socket);
      });
    });
  }

  /** A plain request: `GET http://host/path`. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = this.#judgedUrl(request, request.url ?? '');
      if (url.protocol !== 'http:') throw notUnderstood();
      const answer = await this.#ask(request, response, url);
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', passedOn(answer.rawHeaders));
      // What breaks off there must break off here: a clean end would say that it is whole.
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    } catch (error) {
      const { status, reason } = this.#answerTo(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, reason, { connection: 'close', 'content-length': 0 }).end();
    }
  }

  #ask(request: IncomingMessage, response: ServerResponse, url: URL): Promise<IncomingMessage> {
    const lookup = this.#lookupFor(url);
    return new Promise((resolve, reject) => {
      const upstream = ask({
        ...{ method: request.method, host: bareHost(url), port: url.port || 80, path: writtenPath(request) },
        ...{ headers: askedWith(request), setHost: false, lookup, agent: false },
      });
      upstream.once('socket', (socket) => {
        if (!socket.connecting) return;
        socket.setTimeout(this.#rules.connectMs, () => upstream.destroy(late()));
        socket.once('connect', () => socket.setTimeout(0));
      });
      upstream.once('error', reject);
      upstream.once('response', resolve);
      response.once('close', () => upstream.destroy());
      request.pipe(upstream);
    });
  }

  #judgedUrl(request: IncomingMessage, address: string): URL {
    const given = Buffer.from(request.headers['proxy-authorization'] ?? '');
    if (given.length !== this.#authorization.length || !timingSafeEqual(given, this.#authorization)) throw keyless();
    if (!URL.canParse(address)) throw notUnderstood();
    return new URL(address);
  }

  #lookupFor(url: URL): ReturnType<typeof guardedLookup> {
    const { policy, fixed } = this.#rules;
    checkUrl(url, policy);
    checkServer(url, fixed);
    return guardedLookup(url, policy);
  }

  /** What the program is told: in words that say as much as if it had connected by itself. */
  #answerTo(error: unknown): { readonly status: number; readonly reason: string } {
    if (error instanceof ProxyFailure) return error;
    if (error instanceof F2gitError) {
      this.#refused ??= error;
      return { status: 403, reason: 'Forbidden' };
    }
    const name = systemErrorName(error);
    if (name === 'ENOTFOUND') return { status: 502, reason: 'no such host' };
    return { status: 502, reason: name === undefined ? 'Bad Gateway' : `connection failed: ${name}` };
  }
}

const USER = 'f2git';

class ProxyFailure extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }
}

const keyless = (): ProxyFailure => new ProxyFailure(407, 'Proxy Authentication Required');
const notUnderstood = (): ProxyFailure => new ProxyFailure(400, 'Bad Request');
const late = (): ProxyFailure => new ProxyFailure(504, 'i/o timeout');

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The path as the program wrote it: parsing would take its dots away. */
function writtenPath({ url = '' }: IncomingMessage): string {
  const path = /^http:\/\/[^/?#]*(.*)$/i.exec(url)?.[1] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
}

function askedWith({ headers, rawHeaders }: IncomingMessage): string[] {
  const hasLength = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  // Node would send a body without length where there is none.
  return [...passedOn(rawHeaders), ...(hasLength ? [] : ['content-length', '0'])];
}

/** Headers between two neighbours (RFC 9110, 7.6.1), and what is meant for this proxy alone. */
const BETWEEN_NEIGHBOURS =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-(authorization|authenticate|connection))$/i;

/** Names and values one after the other, as they came. */
function passedOn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, at) => !BETWEEN_NEIGHBOURS.test(rawHeaders[at - (at % 2)] ?? ''));
}
