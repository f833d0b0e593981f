/** Answers with recorded exchanges of a Moodle site (`test/fixtures/moodle`), and remembers which were used. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Recording {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly form: Readonly<Record<string, string>> | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly bodyEncoding: 'json' | 'utf8' | 'base64' | 'omitted';
    /** Of the body as it was sent. */
    readonly bodySha1: string;
    readonly body: unknown;
  };
}

const folder = join(import.meta.dirname, '../fixtures/moodle');
const HOST = 'https://moodle.example';
const used = new Set<string>();

/** The names of all recordings. */
export function recordedNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''));
}

/** Those of the recordings that `isMeant` and that nothing in this process asked for. */
export function unusedRecordings(isMeant: (name: string) => boolean): readonly string[] {
  return recordedNames().filter((name) => isMeant(name) && !used.has(name));
}

/** Whether a recording is a course's listing. */
export function isListing(name: string): boolean {
  return Array.isArray(read(name).response.body);
}

export function recording(name: string): Recording {
  used.add(name);
  return read(name);
}

function read(name: string): Recording {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Recording;
}

/** Recordings have words for tokens; a real one has 32 digits. */
export function tokenFor(word: string): string {
  return createHash('md5').update(word).digest('hex');
}

export interface RecordedSite {
  readonly origin: string;
  /** What was asked for: script and function or path, without the query. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** A recording, or one that answers another request than the one it was recorded for. */
export type Answering = string | { readonly from: string; readonly path: string; readonly wsfunction: string };

/**
 * A site on loopback that knows the recordings of these names and nothing else: to a request for the same script, and the
 * same function or file, it answers what was recorded, with its own address in the place of the recorded one.
 */
export async function startRecordedSite(...names: readonly Answering[]): Promise<RecordedSite> {
  const byRequest = new Map(
    names.map((name) => {
      const one = recording(typeof name === 'string' ? name : name.from);
      const { path, form } = one.request;
      return [typeof name === 'string' ? keyOf(path, form?.['wsfunction']) : keyOf(name.path, name.wsfunction), one];
    }),
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const key = keyOf(request.url ?? '', new URLSearchParams(body).get('wsfunction') ?? undefined);
      asked.push(key);
      const recorded = byRequest.get(key)?.response;
      const { port } = server.address() as AddressInfo;
      if (recorded === undefined) response.writeHead(418).end();
      else response.writeHead(recorded.status, headersOf(recorded)).end(sentBy(recorded, port));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${String(port)}`, asked, stop };
}

/** The bytes of a recorded file, exactly as they were sent. */
export function recordedBytes({ response: { body, bodyEncoding, bodySha1 } }: Recording): Buffer {
  const text = bodyEncoding === 'json' ? JSON.stringify(body) : String(body);
  const bytes = Buffer.from(text, bodyEncoding === 'base64' ? 'base64' : 'utf8');
  const isSent = (some: Buffer): boolean => createHash('sha1').update(some).digest('hex') === bodySha1;
  // JSON was kept as a value, without the end of its last line.
  const found = [bytes, Buffer.concat([bytes, Buffer.from('\n')])].find(isSent);
  if (found === undefined) throw new Error('the body was not kept byte for byte');
  return found;
}

function keyOf(path: string, wsfunction: string | undefined): string {
  const [script = '', query = ''] = path.split('?', 2);
  const file = new URLSearchParams(query).get('file');
  return [script, wsfunction ?? file ?? ''].join(' ').trim();
}

function sentBy(recorded: Recording['response'], port: number): Buffer {
  const isFile = recorded.headers.some(([name]) => name.toLowerCase() === 'etag');
  if (isFile) return recordedBytes({ response: recorded, request: { method: '', path: '', form: null } });
  const text = recorded.bodyEncoding === 'json' ? JSON.stringify(recorded.body) : String(recorded.body);
  const own = text.replaceAll(HOST, `http://127.0.0.1:${String(port)}`);
  return Buffer.from(own.replace(/\bTOKEN_[A-Z0-9]+/g, (word) => tokenFor(word)));
}

const CONNECTION = /^(content-length|transfer-encoding|content-encoding|connection|keep-alive)$/i;

function headersOf({ headers }: Recording['response']): Record<string, string[]> {
  const kept: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    if (!CONNECTION.test(name)) kept[name] = [...(kept[name] ?? []), value.replaceAll(/\r|\n/g, ' ')];
  }
  return kept;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
