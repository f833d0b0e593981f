/** Answers with the exchanges of `test/fixtures/canvas`, on loopback instead of the hosts they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import { canvasAdapter } from '../../../src/sources/canvas/index.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Credentials, Json, Listing, SourceSession } from '../../../src/sources/source.ts';

const folder = join(import.meta.dirname, '../../fixtures/canvas');

interface Exchange {
  readonly request: { readonly method: string; readonly path: string } | null;
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

export function exchangeNames(): readonly string[] {
  return readdirSync(folder).flatMap((name) => (name.endsWith('.json') ? [name.replace(/\.json$/, '')] : []));
}

export function exchange(name: string): Exchange {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Exchange;
}

/** One item or list that a test makes up itself. */
export interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** By path without query: the name of an exchange, several in turn of which the last stays, or what the test gives. */
export type Answers = Readonly<Record<string, string | Given | readonly (string | Given)[]>>;

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface Replay {
  readonly origin: string;
  /** What the server was asked, and what the one behind all other hosts of the exchanges. */
  readonly asked: readonly Asked[];
  readonly elsewhere: readonly Asked[];
  readonly pauses: readonly number[];
  open(
    raw: Readonly<Record<string, unknown>>,
    more?: { memory?: Json; credentials?: Credentials },
  ): Promise<SourceSession>;
  stop(): Promise<void>;
}

const TOKEN = 'replay-token-4711';

/** Hosts in the exchanges that are Canvas itself; all others are somewhere else. */
const CANVAS = /https:\/\/canvas\.example\.(edu|com)/g;
const ELSEWHERE = /https:\/\/(inst-fs\.example\.net|example-bucket\.s3\.amazonaws\.com)/g;

export async function replay(answers: Answers): Promise<Replay> {
  const [asked, elsewhere, pauses]: [Asked[], Asked[], number[]] = [[], [], []];
  const turns = new Map<string, number>();
  const respond = (log: Asked[]) =>
    createServer((request, response) => {
      const path = request.url ?? '/';
      log.push({ path, authorization: request.headers.authorization });
      const key = path.replace(/\?.*$/s, '');
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      const { status, headers, body } = answerOf(answers[key], turn);
      const local = (text: string) => text.replace(CANVAS, origins.canvas).replace(ELSEWHERE, origins.elsewhere);
      response.writeHead(
        status,
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, local(value)])),
      );
      response.end(local(body));
    });
  const [canvas, other] = [respond(asked), respond(elsewhere)];
  const origins = { canvas: await listen(canvas), elsewhere: await listen(other) };
  const http = createHttp({
    allowPrivateAddresses: true,
    pause: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
  });
  return {
    ...{ origin: origins.canvas, asked, elsewhere, pauses },
    open: (raw, { memory, credentials = { token: new Secret(TOKEN) } } = {}) =>
      canvasAdapter.open(canvasAdapter.parseConfig({ type: 'canvas', url: origins.canvas, ...raw }), {
        ...{ http, credentials, now: () => new Date(), cacheDir: join(tmpdir(), 'f2git-canvas-never-made') },
        ...(memory === undefined ? {} : { memory }),
      }),
    stop: async () => {
      await http.close();
      await Promise.all([canvas, other].map(stop));
    },
  };
}

/** What a session lists; nothing may be remembered, so it must be a listing. */
export async function listed(session: SourceSession): Promise<Listing> {
  const listing = await session.list(new AbortController().signal);
  if (listing.kind !== 'listing') throw new Error('nothing was remembered');
  return listing;
}

/** What a student of the course is told before the files: no rights, and a root folder with this number. */
export function studentOf(course: number, root: number): Answers {
  return {
    [`/api/v1/courses/${String(course)}/permissions`]: { json: { read_as_admin: false } },
    [`/api/v1/courses/${String(course)}/folders`]: { json: [rootFolder(root)] },
  };
}

export function staffOf(course: number, root: number): Answers {
  return {
    ...studentOf(course, root),
    [`/api/v1/courses/${String(course)}/permissions`]: { json: { read_as_admin: true, view_unpublished_items: true } },
    [`/api/v1/courses/${String(course)}`]: { json: { id: course, workflow_state: 'available' } },
    [`/api/v1/courses/${String(course)}/tabs`]: { json: [{ id: 'files' }, { id: 'modules' }] },
    [`/api/v1/courses/${String(course)}/modules`]: { json: [] },
  };
}

function rootFolder(id: number): unknown {
  return { id, name: 'course files', parent_folder_id: null, locked: false, hidden: false, for_submissions: false };
}

function answerOf(answer: Answers[string] | undefined, turn: number) {
  const one = Array.isArray(answer)
    ? (answer as readonly (string | Given)[])[Math.min(turn, answer.length - 1)]
    : answer;
  if (one === undefined) return { status: 404, headers: {}, body: '{"errors":[]}' };
  const { status = 200, headers = {}, json, text } = typeof one === 'string' ? given(one) : (one as Given);
  const type = json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...type, ...headers }, body: json === undefined ? (text ?? '') : JSON.stringify(json) };
}

function given(name: string): Given {
  const { status, headers, body } = exchange(name).response;
  return { status, headers, ...(typeof body === 'string' ? { text: body } : { json: body }) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
