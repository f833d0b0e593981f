/** The listening socket: loopback TCP or a Unix socket, with limits that keep slow and huge clients from costing much. */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { F2gitError, systemErrorName } from '../errors.ts';

/** Where to listen. Port 0 takes any free one. */
export type Place =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `mode` are the socket's rights; default: owner and group. `headerBytes` are what a request may have in headers. */
  | { readonly kind: 'unix'; readonly path: string; readonly mode?: number; readonly headerBytes?: number };

export interface HttpServer {
  /** Where it listens now; of TCP with the real port. */
  readonly place: Place;
  /** Takes no more connections, ends those that are idle, and all others after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** 16 kB of headers are far more than a browser sends; a whole request fits into half a minute. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
} as const;

/** Open connections at once; a class of 500 uses two each at most. */
const MAX_CONNECTIONS = 1_000;
const MAX_REQUESTS_PER_CONNECTION = 1_000;

/** @throws {F2gitError} `port-in-use`, `config-invalid` when the address cannot be listened on */
export async function listen(place: Place, listener: RequestListener): Promise<HttpServer> {
  const headerBytes = place.kind === 'unix' ? place.headerBytes : undefined;
  const server = createServer({ ...limits, maxHeaderSize: headerBytes ?? limits.maxHeaderSize }, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  // Node drops headers beyond a count in silence, and those that say where a request started with them; bytes bound them
  server.maxHeadersCount = 0;
  if (place.kind === 'unix') await removeStaleSocket(place.path);
  await bind(server, place);
  if (place.kind === 'unix') chmodSync(place.path, place.mode ?? 0o660);
  return { place: boundPlace(server, place), close: (graceMs) => close(server, graceMs) };
}

function bind(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindFailure(error, place)));
    if (place.kind === 'unix') server.listen(place.path, resolve);
    else server.listen(place.port, place.host, resolve);
  });
}

function bindFailure(error: Error, place: Place): F2gitError {
  const address = place.kind === 'unix' ? place.path : `${place.host}:${place.port}`;
  const code = systemErrorName(error) ?? '';
  if (code === 'EADDRINUSE') return new F2gitError('port-in-use', { params: { address }, cause: error });
  const params = { key: 'listen', detail: whyUnbound(address, code) };
  return new F2gitError('config-invalid', { params, cause: error });
}

function whyUnbound(address: string, code: string): string {
  if (code === 'EACCES') return `f2git may not listen at ${address}; numbers below 1024 are reserved for root`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${address} is no address of this machine`;
  return `nothing can listen at ${address} (${code})`;
}

function boundPlace(server: Server, place: Place): Place {
  return place.kind === 'unix' ? place : { ...place, port: (server.address() as AddressInfo).port };
}

/** A server that was killed leaves its socket file; one that lives answers on it and keeps it. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSocket() !== true) return;
  const probe = connect(path);
  const isAlive = await new Promise<boolean>((resolve) => {
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  probe.destroy();
  if (isAlive) throw new F2gitError('port-in-use', { params: { address: path } });
  unlinkSync(path);
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** How the place is written: `http://127.0.0.1:8484/` with the prefix, or `unix:` and the path. */
export function urlOf(place: Place, prefix: string): string {
  if (place.kind === 'unix') return `unix:${place.path}`;
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  return `http://${host}:${place.port}${prefix}`;
}
