/** Answers with recorded exchanges of ILIAS (`test/fixtures/ilias`), and remembers which were used. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Recording {
  readonly request: { readonly method: string; readonly path: string; readonly body?: string | null };
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly bodyEncoding: 'utf8' | 'base64';
    readonly body: string | null;
  };
}

const folder = join(import.meta.dirname, '../fixtures/ilias');
const used = new Set<string>();

/** The names of all recordings. */
function recordedNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''));
}

export function unusedRecordings(): readonly string[] {
  return recordedNames().filter((name) => !used.has(name));
}

export function recording(name: string): Recording {
  used.add(name);
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Recording;
}

/** The bytes of a recorded body. */
export function bodyOf({ response: { body, bodyEncoding } }: Recording): Buffer {
  return Buffer.from(body ?? '', bodyEncoding);
}

export interface RecordedSite {
  readonly origin: string;
  /** What was asked for: method, path, and the function of SOAP. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** A site on loopback that knows the recordings of these names and nothing else. */
export async function startRecordedSite(names: readonly string[]): Promise<RecordedSite> {
  const known = new Map(
    names.map((name) => {
      const one = recording(name);
      const [, action] = /<ilu:(\w+)/.exec(one.request.body ?? '') ?? [];
      return [keyOf(one.request.method, one.request.path, action), one] as const;
    }),
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, action] = /#(\w+)/.exec(String(request.headers['soapaction'])) ?? [];
    const key = keyOf(request.method ?? '', request.url ?? '', action);
    asked.push(key);
    const found = known.get(key);
    request.resume();
    if (found === undefined) response.writeHead(418).end();
    else response.writeHead(found.response.status, headersOf(found)).end(bodyOf(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Clients differ in what they escape, and in whether a mount ends in a slash. */
function keyOf(method: string, path: string, action = ''): string {
  return `${method} ${decodeURIComponent(path).replace(/\/$/, '')} ${action}`.trim();
}

function headersOf({ response }: Recording): Record<string, string[]> {
  const kept: Record<string, string[]> = {};
  for (const [name, value] of response.headers) {
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) kept[name] = [...(kept[name] ?? []), value];
  }
  return kept;
}
