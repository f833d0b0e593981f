/**
 * A web server on loopback that answers truly through `answer` and can be told to have the troubles of the conformance
 * suite. It sees who asks: requests, connections, downloads at once, credentials where they do not belong.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { secretWord } from '../../support/secret-words.ts';
import type { Fault, Segments } from '../harness.ts';

/** A true answer. `file` is set for the content of a file: content faults of that path then apply. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly file?: string;
}

/** `path` is without the query, `query` without its `?`. */
export type Respond = (
  method: string,
  path: string,
  headers: IncomingMessage['headers'],
  query: string,
  body: string,
) => Answer;

/** A request as it arrived. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** How a system lets people in, and how it says that it does not. */
export interface Door {
  readonly isOpenTo: (path: string, headers: IncomingMessage['headers']) => boolean;
  readonly refusal: Answer;
  readonly missing: Answer;
  readonly forbidden: Answer;
}

const USER = 'lehre';
const PAGE = '<!DOCTYPE html><html><title>Anmeldung</title><form><input type="password"></form></html>';

export class WebServer {
  readonly password = `geheim-üß-${secretWord('a password')}`;
  readonly user = USER;
  requests = 0;
  /** Answers in the place of the system, or gives undefined. */
  interfere: ((visit: Visit) => Answer | undefined) | undefined;
  /** Method, address and form of each request, in one line. */
  readonly asked: string[] = [];
  mostDownloads = 0;
  credentialsElsewhere = false;
  canaryConnections = 0;
  readonly #respond: Respond;
  readonly #door: Door;
  readonly #faults = new Map<Fault, string>();
  readonly #server: Server;
  readonly #elsewhere: Server;
  readonly #canary: Server;
  readonly #sockets = new Set<Socket>();
  #downloads = 0;
  #port = 0;

  private constructor(respond: Respond, door: Partial<Door>) {
    this.#respond = respond;
    this.#door = { ...this.#basicDoor(), ...door };
    this.#server = createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      request.on('end', () => this.#handle(request, response, Buffer.concat(chunks).toString()));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#elsewhere = createServer((request, response) => this.#handleElsewhere(request, response));
    this.#canary = createServer((_request, response) => response.end());
    this.#canary.on('connection', () => (this.canaryConnections += 1));
  }

  /** `door` says where the system differs from one with Basic sign-in and bare statuses. */
  static async start(respond: Respond, door: Partial<Door> = {}): Promise<WebServer> {
    const server = new WebServer(respond, door);
    for (const one of [server.#server, server.#elsewhere, server.#canary]) await listen(one, 0);
    server.#port = portOf(server.#server);
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  get origins(): readonly string[] {
    return [this.origin, `http://127.0.0.1:${String(portOf(this.#elsewhere))}`];
  }

  /** The header of requests that are signed with the user's password. */
  get basic(): string {
    return `Basic ${Buffer.from(`${USER}:${this.password}`).toString('base64')}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** The path a fault was set for, if it is on. */
  fault(name: Fault): string | undefined {
    return this.#faults.get(name);
  }

  /** What the suite calls to switch on `name`. */
  trouble(name: Fault): (segments: Segments) => Promise<void> | void {
    return (segments) => {
      this.#faults.set(name, segments.join('/'));
      return name === 'down' ? this.#goDown() : undefined;
    };
  }

  async calm(): Promise<void> {
    this.#faults.clear();
    if (!this.#server.listening) await listen(this.#server, this.#port);
  }

  async stop(): Promise<void> {
    for (const server of [this.#server, this.#elsewhere, this.#canary]) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }

  async #goDown(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse, body: string): void {
    this.requests += 1;
    this.asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
    if (this.#faults.has('hangs')) return;
    const trouble = this.interfere?.({ request, body }) ?? this.#trouble(request);
    if (trouble !== undefined) {
      send(response, trouble);
      return;
    }
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
    if (!isAddress(path)) {
      send(response, { status: 400 });
      return;
    }
    const answer = this.#respond(request.method ?? 'GET', path, request.headers, query, body);
    if (answer.file === undefined) {
      send(response, answer);
      return;
    }
    this.#countDownload(response);
    this.#sendContent(response, answer, answer.file, path);
  }

  #basicDoor(): Door {
    return {
      isOpenTo: (_path, headers) => headers.authorization === this.basic,
      refusal: { status: 401, headers: { 'www-authenticate': 'Basic realm="course", charset="UTF-8"' } },
      missing: { status: 404 },
      forbidden: { status: 403 },
    };
  }

  #trouble({ url, headers }: IncomingMessage): Answer | undefined {
    if (this.#once('throttled-seconds')) return { status: 429, headers: { 'retry-after': '1' } };
    if (this.#once('throttled-date')) {
      return { status: 429, headers: { 'retry-after': new Date(Date.now() + 5000).toUTCString() } };
    }
    if (this.#once('fails-once')) return { status: 503 };
    const isOpen = this.#door.isOpenTo((url ?? '/').replace(/\?.*$/s, ''), headers);
    if (!isOpen || this.#faults.has('wrong-credentials') || this.#once('session-expires')) return this.#door.refusal;
    if (this.#faults.has('root-missing')) return this.#door.missing;
    if (this.#faults.has('root-forbidden')) return this.#door.forbidden;
    if (this.#faults.has('html-page')) return htmlPage('<!DOCTYPE html><html><h1>Wartungsarbeiten</h1></html>');
    return undefined;
  }

  #sendContent(response: ServerResponse, answer: Answer, file: string, path: string): void {
    const body = Buffer.from(answer.body ?? []);
    const { status, headers } = answer;
    const is = (fault: Fault) => this.#faults.get(fault) === file;
    const instead = this.#instead(is, answer, path);
    if (instead !== undefined) {
      send(response, instead);
      return;
    }
    if (is('content-cut') || is('content-announces-more')) {
      const announced = is('content-cut') ? body.length : body.length + 10;
      const sent = is('content-cut') ? body.subarray(0, body.length >> 1) : body;
      response.writeHead(status, { ...headers, 'content-length': String(announced) });
      response.write(sent, () => response.destroy());
      return;
    }
    if (is('content-sends-more')) {
      response.writeHead(status, headers);
      response.end(Buffer.concat([body, Buffer.from(' and more')]));
      return;
    }
    if (is('content-endless')) {
      response.writeHead(status, headers);
      pour(response);
      return;
    }
    send(response, answer);
  }

  #instead(is: (fault: Fault) => boolean, { status, headers, body }: Answer, path: string): Answer | undefined {
    const redirectTo = (server: Server) => ({
      status: 302,
      headers: { location: `http://127.0.0.1:${String(portOf(server))}${path}` },
    });
    if (is('content-html')) return htmlPage(PAGE);
    if (is('content-forbidden')) return { status: 403 };
    if (is('content-redirects-elsewhere')) return redirectTo(this.#elsewhere);
    if (is('content-redirects-private')) return redirectTo(this.#canary);
    if (!is('content-compressed')) return undefined;
    return { status, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body ?? new Uint8Array()) };
  }

  #handleElsewhere(request: IncomingMessage, response: ServerResponse): void {
    const { authorization, cookie } = request.headers;
    // A form may hold a token.
    if (authorization !== undefined || cookie !== undefined || request.method === 'POST') {
      this.credentialsElsewhere = true;
    }
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
    send(response, this.#respond('GET', path, request.headers, query, ''));
  }

  #countDownload(response: ServerResponse): void {
    this.#downloads += 1;
    this.mostDownloads = Math.max(this.mostDownloads, this.#downloads);
    response.once('close', () => (this.#downloads -= 1));
  }

  #once(fault: Fault): boolean {
    return this.#faults.delete(fault);
  }
}

function isAddress(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    // Somebody changed it on its way.
    return false;
  }
}

function send(response: ServerResponse, { status, headers, body = new Uint8Array() }: Answer): void {
  const length = status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...length, date: new Date().toUTCString(), ...headers });
  response.end(body);
}

function htmlPage(text: string): Answer {
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(text) };
}

/** Writes without end, as fast as the other side reads. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
