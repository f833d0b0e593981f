/**
 * A web server on loopback in front of another one. It asks the other for the true answer to every request and sends
 * that, or what a fault makes of it. Answers are written to the socket byte by byte, so that the framing can lie as well.
 */
import { Agent, createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One answer, whole. Header names are lower-case; `content-length` is added where it is absent and not `null`. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body: Buffer;
}

/** A request and its true answer. */
export interface Passing {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The number of the request since the last `watch`, from 1. */
  readonly nth: number;
  readonly answer: Answer;
}

/** Writes whatever it likes; it owns the socket until the client or the proxy closes it. */
export type Writer = (socket: Socket) => void;

/** What is sent in the place of the true answer; undefined sends that one. Over TLS the handshake may fail as well. */
export type Fault = ((passing: Passing) => Answer | Writer | undefined) & { readonly handshake?: Handshake };

/** A wrong certificate, or a handshake that breaks off. */
export type Handshake = Certificate | 'cut';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly minVersion?: 'TLSv1' | 'TLSv1.2';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.2';
  readonly ciphers?: string;
}

export class HostileProxy {
  fault: Fault | undefined;
  readonly #certificate: Certificate | undefined;
  /** Changes requests before they go to the true server: a path that leads in a circle. */
  reroute: (path: string) => string = (path) => path;
  /** Requests since the last `watch`. */
  requests = 0;
  /** What was sent in all, also to clients that are gone. */
  sentBytes = 0;
  readonly #upstream: string;
  readonly #scheme: 'http' | 'https';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #agent = new Agent({ keepAlive: true });
  #port = 0;

  private constructor(upstream: string, certificate: Certificate | undefined) {
    this.#upstream = upstream;
    this.#scheme = certificate === undefined ? 'http' : 'https';
    this.#server =
      certificate === undefined ? createServer() : createSecureServer({ ...certificate, maxVersion: 'TLSv1.3' });
    this.#certificate = certificate;
    this.#server.on('request', (message: IncomingMessage) => void this.#pass(message));
    const events = certificate === undefined ? ['connection'] : ['connection', 'secureConnection'];
    for (const event of events) this.#server.on(event, (socket: Socket) => this.#keep(socket));
    this.#server.prependListener('connection', (socket: Socket) => {
      if (this.fault?.handshake === 'cut') socket.write(HALF_A_HELLO, () => socket.destroy());
    });
    // Clients that break a handshake off are what is tested.
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (_error, socket) => void socket.destroy());
  }

  /** Starts in front of `upstream`, an origin such as `http://127.0.0.1:8080`; with a certificate it speaks TLS. */
  static async start(upstream: string, certificate?: Certificate): Promise<HostileProxy> {
    const proxy = new HostileProxy(upstream, certificate);
    await proxy.#listen(0);
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${String(this.#port)}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Counts from here on. */
  watch(fault?: Fault): void {
    this.fault = fault;
    const handshake = fault?.handshake;
    if (this.#certificate !== undefined && this.#server instanceof SecureServer) {
      this.#server.setSecureContext(typeof handshake === 'object' ? handshake : this.#certificate);
    }
    this.requests = 0;
    this.sentBytes = 0;
  }

  /** Refuses connections until `goUp`. */
  async goDown(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async goUp(): Promise<void> {
    if (!this.#server.listening) await this.#listen(this.#port);
  }

  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.#server.listening) await this.goDown();
    this.dropAll();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    let sent = 0;
    const count = () => {
      this.sentBytes += socket.bytesWritten - sent;
      sent = socket.bytesWritten;
    };
    socket.on('drain', count);
    // Clients that walk away are what is tested; their resets are no failure of the server.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      count();
      this.#sockets.delete(socket);
    });
  }

  async #pass(message: IncomingMessage): Promise<void> {
    this.requests += 1;
    const nth = this.requests;
    const { socket, method = 'GET', url = '/', headers } = message;
    try {
      const body = (await bytesOf(message)).toString();
      const path = this.reroute(url);
      const answer = await this.#trueAnswer(method, path, headers, body.replaceAll(this.origin, this.#upstream));
      const reply = this.fault?.({ method, path: url, headers, body, nth, answer }) ?? answer;
      if (typeof reply === 'function') reply(socket);
      else socket.write(framed(reply, method));
    } catch {
      // The client is gone, or the proxy is being stopped: there is nobody to answer.
      socket.destroy();
    }
  }

  async #trueAnswer(method: string, path: string, headers: IncomingMessage['headers'], body: string): Promise<Answer> {
    const url = new URL(this.#upstream);
    const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, host: url.hostname, port: url.port, path, agent: this.#agent };
      const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const request = ask({ ...options, headers: { ...passed, ...length, host: url.host } }, resolve);
      request.once('error', reject);
      request.end(body);
    });
    const bytes = await bytesOf(response);
    const kept = Object.entries(response.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    const own = kept.map(([name, value]) => [name, this.#translate(value ?? '')] as const);
    return {
      status: response.statusCode ?? 0,
      headers: {
        ...(method === 'HEAD' ? { 'content-length': response.headers['content-length'] ?? null } : {}),
        ...Object.fromEntries(own),
      },
      body: this.#translateBody(bytes),
    };
  }

  /** The true server names itself in links; clients are to come back here. */
  #translate<Value extends string | string[]>(value: Value): Value {
    const one = (text: string) => text.replaceAll(this.#upstream, this.origin);
    return (typeof value === 'string' ? one(value) : value.map(one)) as Value;
  }

  #translateBody(bytes: Buffer): Buffer {
    if (!bytes.includes(this.#upstream)) return bytes;
    return Buffer.from(bytes.toString('latin1').replaceAll(this.#upstream, this.origin), 'latin1');
  }
}

/** The first bytes of a server's answer in TLS: a handshake record of 122 bytes, of which six come (RFC 8446, 5.1). */
const HALF_A_HELLO = Buffer.from([0x16, 3, 3, 0, 0x7a, 2, 0, 0, 0x76, 3, 3]);

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'host',
  'te',
  'upgrade',
]);

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The bytes of an answer as HTTP frames it. */
export function framed({ status, headers, body }: Answer, method = 'GET'): Buffer {
  const isBare = method === 'HEAD' || status === 204 || status === 304;
  const length = isBare || 'content-length' in headers ? {} : { 'content-length': String(body.length) };
  return Buffer.concat([headOf(status, { ...headers, ...length }), isBare ? Buffer.alloc(0) : body]);
}

/** Status line and headers; a header that is null is left out. */
export function headOf(status: number, headers: Answer['headers']): Buffer {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : (typeof value === 'string' ? [value] : value).map((one) => `${name}: ${one}`),
  );
  // Header values are Latin-1 on the wire, as Node gives them.
  return Buffer.from([`HTTP/1.1 ${String(status)} X`, ...lines, '', ''].join('\r\n'), 'latin1');
}
