/**
 * A hub that answers as recorded ones did, in each of three versions: statuses, bodies and cookies are the recordings',
 * names and secrets are the visit's own. It is as strict as they are: redirect address to the letter, codes used once,
 * and the code's verifier where that version asks for it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const versions = ['3.0.0', '5.5.1', '6.0.0b2'] as const;
export type Version = (typeof versions)[number];

export interface Call {
  readonly note?: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: {
    readonly status: number;
    readonly headers?: { readonly location?: string; readonly 'set-cookie'?: readonly string[] };
    readonly json?: unknown;
    readonly text?: string;
  };
}

export function recording(version: Version, name: string): Record<string, unknown> {
  const file = join(import.meta.dirname, `../fixtures/jupyterhub/${version}-${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

/** The environment the hub gave to its service, with this fake's address and secret. */
export function serviceEnvironment(version: Version, apiUrl: string): Record<string, string> {
  const { env } = recording(version, 'service-env')['hub_managed_service'] as { env: Record<string, string> };
  return { ...env, JUPYTERHUB_API_URL: apiUrl };
}

export interface FakeUser {
  readonly groups?: readonly string[];
  readonly admin?: boolean;
  /** Without it: the service's access scope. */
  readonly scopes?: readonly string[];
}

export interface FakeHub {
  readonly version: Version;
  readonly apiUrl: string;
  readonly users: Map<string, FakeUser>;
  /** Requests to the API, as `GET /user`. */
  readonly asked: string[];
  /** How many requests it had to answer at the same moment, at most. */
  mostAtOnce: number;
  /** The fields of the last token request. */
  tokenRequest: URLSearchParams | undefined;
  /** What f2git's own role may. */
  ownScopes: readonly string[];
  /** Answers everything with 503. */
  isDown: boolean;
  /** What a server does that is asked to start; default: it is ready at once. */
  start: 'ready' | 'pending' | 'running' | 'failing' | 'forbidden' | 'crowded';
  /** When each person's servers, whatever their names, were last in use; null: never started. Default: some time ago. */
  lastActivity: string | null;
  /** Logs a person in: gives the session id that the hub's cookie holds. */
  login(name: string): string;
  /** An administrator gives somebody another name; their tokens stay. */
  rename(from: string, to: string): void;
  /** Ends a login, with the tokens that came from it; gives the cookies that are set then. */
  logout(session: string): readonly string[];
  /** The address the browser is sent to by `GET hub/api/oauth2/authorize`; the status where there is none. */
  authorize(query: URLSearchParams, session: string | undefined): string | number;
  /** A token of a person or, for `service:NAME`, of a program. */
  issueToken(name: string, scopes?: readonly string[]): string;
  close(): Promise<void>;
}

interface Grant {
  readonly name: string;
  readonly session: string;
  readonly redirectUri: string;
  readonly challenge: string | null;
}

interface Token {
  readonly name: string;
  readonly session: string | null;
  readonly scopes?: readonly string[];
}

export async function startFakeHub(version: Version): Promise<FakeHub> {
  const visit = recording(version, 'oauth-managed-confirm');
  const [tokenCall, userCall] = visit['service_to_hub_calls'] as Call[];
  const errors = recording(version, 'oauth-token-endpoint-errors')['calls'] as Call[];
  const refusals = recording(version, 'oauth-errors-browser')['steps'] as Call[];
  const [, withoutAccess] = recording(version, 'oauth-no-access-scope')['browser_steps'] as [Call, Call];
  const { JUPYTERHUB_API_TOKEN: secret = '', JUPYTERHUB_OAUTH_CALLBACK_URL: callback = '' } = serviceEnvironment(
    version,
    '',
  );
  const sessions = new Map<string, string>();
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, Token>();

  const hub: FakeHub = {
    version,
    apiUrl: '',
    users: new Map([['alice', {}]]),
    asked: [],
    mostAtOnce: 0,
    tokenRequest: undefined,
    ownScopes: ['read:users:groups', 'read:groups:name', 'servers'],
    isDown: false,
    start: 'ready',
    lastActivity: '2026-11-22T19:05:19.137317Z',
    login(name) {
      const session = randomBytes(16).toString('hex');
      sessions.set(session, name);
      return session;
    },
    rename(from, to) {
      for (const [session, name] of sessions) if (name === from) sessions.set(session, to);
      for (const [token, owner] of tokens) if (owner.name === from) tokens.set(token, { ...owner, name: to });
    },
    logout(session) {
      sessions.delete(session);
      for (const [token, owner] of tokens) if (owner.session === session) tokens.delete(token);
      const [{ response }] = recording(version, 'logout')['browser_steps'] as [Call];
      return response.headers?.['set-cookie'] ?? [];
    },
    authorize(query, session) {
      const name = session === undefined ? undefined : sessions.get(session);
      if (query.get('client_id') !== 'service-toy') return refused('unknown client').response.status;
      if (query.get('redirect_uri') !== callback) return refused('foreign redirect_uri').response.status;
      if (name === undefined || session === undefined) return 302;
      if (hub.users.get(name)?.scopes?.length === 0) return withoutAccess.response.status;
      const code = randomBytes(15).toString('hex');
      codes.set(code, { name, session, redirectUri: callback, challenge: query.get('code_challenge') });
      return `${callback}?${new URLSearchParams({ code, state: query.get('state') ?? '' }).toString()}`;
    },
    issueToken(name, scopes) {
      const token = randomBytes(15).toString('hex');
      tokens.set(token, { name, session: null, ...(scopes && { scopes }) });
      return token;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  const recorded = (note: string): Call => callIn(errors, note);
  const refused = (note: string): Call => callIn(refusals, note);

  const exchange = (fields: URLSearchParams): Call => {
    hub.tokenRequest = fields;
    if (fields.get('client_id') !== 'service-toy') return recorded('unknown client');
    if (fields.get('client_secret') !== secret) return recorded('wrong secret');
    const code = fields.get('code');
    if (code === null) return recorded('missing code');
    const grant = codes.get(code);
    const verifier = fields.get('code_verifier') ?? '';
    if (grant === undefined || fields.get('redirect_uri') !== grant.redirectUri) return recorded('bad code');
    const wrong = refused(`exchange PKCE code with${verifier === '' ? 'out' : ' wrong'} code_verifier`);
    const isProven = grant.challenge === createHash('sha256').update(verifier).digest('base64url');
    // the older ones do not look at it: the first exchange was answered well, the next found the code used up
    if (version === '6.0.0b2' && !isProven) return wrong;
    codes.delete(code);
    const token = randomBytes(15).toString('hex');
    tokens.set(token, { name: grant.name, session: grant.session });
    return withBody(tokenCall, { access_token: token });
  };

  const serviceCall = (name: string, scopes: readonly string[]): Call => {
    const own = (recording(version, 'service-rest-api')['calls'] as Call[])[0];
    return withBody(own, { name, scopes });
  };

  const person = (name: string): Call => {
    const known = hub.users.get(name);
    const mayRead = hub.ownScopes.some((scope) => scope.startsWith('read:users:groups'));
    // recorded of another question; the hub says the same where a right is missing altogether
    if (!mayRead) return recordedCall(version, 'service-rest-api', 'groups');
    // where the right is to some people only, there are no others
    const isSeen = known !== undefined && hub.ownScopes.includes('read:users:groups');
    if (!isSeen) return recordedCall(version, 'service-rest-api', 'unknown user');
    const { groups = [], admin = false } = known;
    return withBody(recordedCall(version, 'service-rest-api', 'user model before spawn'), { name, groups, admin });
  };

  const user = (authorization: string | undefined): Call => {
    if (authorization === undefined) return recorded('GET /user with no token');
    if (authorization === `token ${secret}`) return serviceCall('toy', hub.ownScopes);
    const token = tokens.get(/^(?:token|bearer) (\S+)$/i.exec(authorization)?.[1] ?? '');
    if (token === undefined) return recorded('GET /user with bad token');
    const service = /^service:(.*)$/.exec(token.name)?.[1];
    if (service !== undefined) return serviceCall(service, token.scopes ?? []);
    const known = hub.users.get(token.name) ?? {};
    const scopes = token.scopes ?? known.scopes ?? ['access:services!service=toy'];
    const { groups = [], admin = false } = known;
    return withBody(userCall, { name: token.name, groups, admin, scopes, session_id: token.session });
  };

  let now = 0;
  const server = createServer((request, response) => {
    now += 1;
    hub.mostAtOnce = Math.max(hub.mostAtOnce, now);
    response.once('close', () => (now -= 1));
    void answer(request, response, hub, { exchange, user, person, secret });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(hub, { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jhub/hub/api` });
}

function withBody(call: Call | undefined, fields: Readonly<Record<string, unknown>>): Call {
  if (call === undefined) throw new Error('not recorded');
  return { ...call, response: { ...call.response, json: { ...(call.response.json as object), ...fields } } };
}

function withoutField(call: Call, field: string): Call {
  const fields = Object.entries(call.response.json as object).filter(([name]) => name !== field);
  return { ...call, response: { ...call.response, json: Object.fromEntries(fields) } };
}

interface Answers {
  readonly exchange: (fields: URLSearchParams) => Call;
  readonly user: (authorization: string | undefined) => Call;
  readonly person: (name: string) => Call;
  readonly secret: string;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hub: FakeHub,
  answers: Answers,
): Promise<void> {
  const path = (request.url ?? '').replace('/jhub/hub/api', '');
  hub.asked.push(`${request.method ?? ''} ${path}`);
  const body = await text(request);
  if (hub.isDown) {
    response.writeHead(503).end();
  } else if (path === '/oauth2/token') {
    send(response, answers.exchange(new URLSearchParams(body)));
  } else if (path === '/user') {
    send(response, answers.user(request.headers.authorization));
  } else if (/^\/users\/[^/]+\?include_stopped_servers=1$/.test(path)) {
    send(response, withServers(hub, answers, request.headers.authorization));
  } else if (/^\/users\/[^/]+$/.test(path)) {
    if (request.headers.authorization !== `token ${answers.secret}`) throw new Error('asked with another token');
    send(response, answers.person(decodeURIComponent(path.slice('/users/'.length))));
  } else if (/^\/users\/[^/]+\/servers?(\/[^/]+)?$/.test(path) && request.method === 'POST') {
    if (body !== '') throw new Error('asked for other options than the student chose');
    if (hub.start === 'crowded') {
      // as hubs of all three versions say it; not recorded
      hub.start = 'ready';
      response.writeHead(429, { 'retry-after': '0' }).end();
    } else {
      send(response, started(hub, answers.secret, request.headers.authorization));
    }
  } else if (path.endsWith('/progress')) {
    if (hub.start === 'pending') hub.start = 'running';
    send(response, recordedCall('5.5.1', 'service-rest-api', 'progress event stream'), 'text/event-stream');
  } else {
    response.writeHead(404).end();
  }
}

/** A person's servers that do not run, as hubs tell who has a right to see them; it is recorded of one that runs. */
function withServers(hub: FakeHub, { secret }: Answers, authorization: string | undefined): Call {
  if (authorization !== `token ${secret}`) throw new Error('asked with a token that is not the service’s own');
  if (!hub.ownScopes.some((scope) => /^(read:)?servers$/.test(scope))) {
    return withoutField(recordedCall(hub.version, 'service-rest-api', 'user model before spawn'), 'servers');
  }
  const call = recordedCall(hub.version, 'service-rest-api', 'user model after spawn');
  const { servers } = call.response.json as { servers: Record<string, object> };
  const stopped = { ...servers[''], last_activity: hub.lastActivity, started: null, ready: false, stopped: true };
  return withBody(call, { servers: { '': stopped, gpu: { ...stopped, name: 'gpu' } } });
}

/** What the hub answers when a server is to be started. */
function started({ version, start }: FakeHub, secret: string, authorization: string | undefined): Call {
  if (authorization !== `token ${secret}`) throw new Error('asked with a token that is not the service’s own');
  switch (start) {
    case 'ready':
      return recordedCall('6.0.0b2', 'service-rest-api', 'start server');
    case 'pending':
      return recordedCall(version, 'service-rest-api-spawn-states', 'start bob (slow spawn)');
    case 'running':
      return recordedCall(version, 'service-rest-api-spawn-states', 'start bob again while running');
    case 'failing':
      return recordedCall(version, 'service-rest-api-spawn-states', 'start boss (spawn fails)');
    case 'crowded':
    case 'forbidden':
      return recordedCall(version, 'service-rest-api', 'start server for unknown user');
  }
}

function recordedCall(version: Version, file: string, note: string): Call {
  return callIn(recording(version, file)['calls'] as Call[], note);
}

function callIn(calls: readonly Call[], note: string): Call {
  const call = calls.find((one) => one.note === note);
  if (call === undefined) throw new Error(`not recorded: ${note}`);
  return call;
}

function send(
  response: ServerResponse,
  { response: { status, json, text: plain } }: Call,
  type = json === undefined ? 'text/plain' : 'application/json',
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(json === undefined ? (plain ?? '') : JSON.stringify(json));
}
