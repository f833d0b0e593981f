/**
 * An HTTP server that misbehaves as told, on loopback: the ways servers, proxies and networks let clients down, and the
 * ways they attack them. Bodies are written to the socket byte by byte, so that the framing can lie as well.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** One request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface Hostile {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly origin: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Connections ever accepted, also those that never sent a request. */
  readonly connects: () => number;
  readonly open: () => number;
  stop(): Promise<void>;
}

/** Writes an answer to one request; it owns the socket. `nth` counts requests of this path from 1. */
export type Answer = (request: Received, socket: Socket, nth: number) => void;

/** Starts a server whose paths answer as `answers` says; others get 404. */
export function startHostile(
  answers: Readonly<Record<string, Answer>>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Hostile> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connects = 0;
  const counts = new Map<string, number>();
  const server: Server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on('request', (message: IncomingMessage) => {
    const request = { method: message.method ?? '', path: message.url ?? '', headers: message.headers };
    received.push(request);
    const path = request.path.replace(/\?.*/, '');
    const nth = (counts.get(path) ?? 0) + 1;
    counts.set(path, nth);
    message.resume();
    (answers[path] ?? status(404))(request, message.socket, nth);
  });
  server.on('connection', (socket: Socket) => {
    connects += 1;
    sockets.add(socket);
    // Clients that walk away are what is tested; their resets are no failure of the server.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  // Handshakes that clients break off, likewise.
  server.on('tlsClientError', () => undefined);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
        port,
        received,
        connects: () => connects,
        open: () => sockets.size,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

/** A plain answer with its length. */
export function content(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Answer {
  return status(200, headers, body);
}

export function status(
  code: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): Answer {
  return (_request, socket) => {
    const bytes = Buffer.from(body);
    socket.write(head(code, { 'content-length': String(bytes.length), ...headers }));
    socket.write(bytes);
  };
}

export function redirect(code: number, location: string): Answer {
  return status(code, { location });
}

/** The first answers in turn, then the last one for ever. */
export function inTurn(...answers: readonly Answer[]): Answer {
  return (request, socket, nth) => (answers[Math.min(nth, answers.length) - 1] ?? status(404))(request, socket, nth);
}

/** Ends before what was announced, in the ways that exist. `rest` is whether the connection is reset instead of ended. */
export function truncated(
  kind: 'length' | 'chunked' | 'gzip' | 'reset',
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (_request, socket) => {
    const half = Buffer.from(body).subarray(0, Math.floor(body.length / 2));
    switch (kind) {
      case 'length':
        socket.end(Buffer.concat([head(200, { ...headers, 'content-length': String(body.length) }), half]));
        return;
      case 'chunked':
        socket.end(Buffer.concat([head(200, { 'transfer-encoding': 'chunked' }), chunk(half)]));
        return;
      case 'gzip': {
        const packed = gzipSync(body);
        const cut = packed.subarray(0, packed.length - 20);
        socket.end(
          Buffer.concat([head(200, { 'content-encoding': 'gzip', 'content-length': String(cut.length) }), cut]),
        );
        return;
      }
      case 'reset':
        socket.write(Buffer.concat([head(200, { 'content-length': String(body.length) }), half]), () => {
          setTimeout(() => socket.resetAndDestroy(), 20);
        });
    }
  };
}

/** Says that the body comes in chunks, and begins one in its own way. */
export function misframed(start: string, body: string): Answer {
  return (_request, socket) => {
    socket.end(
      Buffer.concat([head(200, { 'transfer-encoding': 'chunked' }), Buffer.from(`${start}${body}\r\n0\r\n\r\n`)]),
    );
  };
}

/** `bytes` at a time, every `milliseconds`, without end. */
export function drip(bytes: number, milliseconds: number, length = 1_000_000): Answer {
  return (_request, socket) => {
    socket.write(head(200, { 'content-length': String(length) }));
    const timer = setInterval(() => socket.write('x'.repeat(bytes)), milliseconds);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Sends `bytes` of a body and then nothing. */
export function stall(bytes = 1): Answer {
  return (_request, socket) =>
    void socket.write(Buffer.concat([head(200, { 'content-length': String(bytes + 999) }), Buffer.alloc(bytes, 'x')]));
}

/** Accepts the request and never answers. */
export function silence(): Answer {
  return () => undefined;
}

/** A body without end, as fast as it is read. */
export function endless(): Answer {
  return (_request, socket) => {
    const block = chunk(Buffer.alloc(64 * 1024, 'x'));
    const pour = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.write(head(200, { 'transfer-encoding': 'chunked' }));
    socket.on('drain', pour);
    pour();
  };
}

/** A small body that unpacks to `size` bytes. */
export function bomb(size: number): Answer {
  const packed = gzipSync(Buffer.alloc(size));
  return content(packed, { 'content-encoding': 'gzip' });
}

/** Closes the connection without an answer. */
export function drop(): Answer {
  return (_request, socket) => void socket.destroy();
}

/** Writes bytes that are no HTTP. */
export function garbage(text: string): Answer {
  return (_request, socket) => void socket.end(text);
}

function head(code: number, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`HTTP/1.1 ${code} X`, ...lines, '', ''].join('\r\n'));
}

function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
