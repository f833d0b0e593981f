/** Answers with recorded exchanges (`test/fixtures/webdav`), byte for byte as far as they were kept; anything else is 404. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Exchange {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string };
  readonly response: {
    readonly status?: number;
    readonly headers?: readonly (readonly [string, string])[];
    readonly body?: string;
    readonly bodyBase64?: string;
    readonly bodyLength?: number;
    /** The connection broke. */
    readonly error?: unknown;
  };
}

const folder = join(import.meta.dirname, '../fixtures/webdav');

const used = new Set<string>();

/** The recording of that name, which counts as used. */
export function recording(name: string): Exchange {
  const found = recordings(name).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no recording ${name}`);
  used.add(name);
  return found;
}

/** Those of the recordings whose name fits that no server of this process has answered with. */
export function unusedRecordings(shape: RegExp): readonly string[] {
  return recordings('')
    .map(({ name }) => name)
    .filter((name) => shape.test(name) && !used.has(name));
}

/** All recordings whose name begins with one of `prefixes`. */
export function recordings(...prefixes: readonly string[]): readonly Exchange[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const wanted = names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  return wanted.map((file) => {
    const exchange = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Exchange, 'name'>;
    return { ...exchange, name: file.replace(/\.json$/, '') };
  });
}

export interface RecordedServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves `exchanges` on loopback; of two for one request the later one. `onPort` 0 takes a free one. */
export async function startRecordedServer(exchanges: readonly Exchange[], onPort = 0): Promise<RecordedServer> {
  const byRequest = new Map(exchanges.map((one) => [`${one.request.method} ${one.request.path}`, one]));
  const server = createServer((request, response) => {
    request.resume();
    const exchange = byRequest.get(`${request.method ?? ''} ${request.url ?? ''}`);
    if (exchange !== undefined) used.add(exchange.name);
    const recorded = exchange?.response;
    if (recorded?.error !== undefined) {
      response.destroy();
      return;
    }
    response.writeHead(recorded?.status ?? 404, headersOf(recorded));
    response.write(bodyOf(recorded));
    // A body shorter than announced was recorded as such: the connection ends there.
    if (isShort(recorded)) response.destroy();
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(onPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${String(port)}`, stop };
}

/** How the bytes travelled is this server's affair. */
const HOP_BY_HOP = /^(connection|keep-alive|transfer-encoding|host)$/i;

function headersOf(recorded: Exchange['response'] | undefined): Record<string, string> {
  return Object.fromEntries((recorded?.headers ?? []).filter(([name]) => !HOP_BY_HOP.test(name)));
}

function bodyOf(recorded: Exchange['response'] | undefined): Buffer {
  return recorded?.bodyBase64 === undefined
    ? Buffer.from(recorded?.body ?? '')
    : Buffer.from(recorded.bodyBase64, 'base64');
}

function isShort(recorded: Exchange['response'] | undefined): boolean {
  const announced = headersOf(recorded)['Content-Length'] ?? headersOf(recorded)['Content-length'];
  return announced !== undefined && Number(announced) > bodyOf(recorded).length;
}
