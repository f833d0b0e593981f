/**
 * What f2git asks of a JupyterHub (its REST API, seen with 3.0, 5.5 and 6.x): codes for tokens, tokens for people, and
 * servers to be started. The hub is the administrator's own, so it may be at a private address.
 */
import { z } from 'zod';
import type { HubConfig } from '../config/hub.ts';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Http, HttpRequest, HttpResponse } from '../sources/http.ts';
import { readJson } from '../sources/json-answer.ts';
import { createSlots, type Slots } from '../sources/slots.ts';

/** Somebody as the hub knows them: a person, or a program with a token of its own. */
export interface HubUser {
  readonly kind: 'user' | 'service';
  readonly name: string;
  readonly groups: readonly string[];
  readonly isAdmin: boolean;
  readonly scopes: readonly string[];
  /** The login at the hub that the token came from; absent for tokens without one. */
  readonly session?: string;
}

export interface HubApi {
  /**
   * Gives the token for a code, which is used up by it.
   * @throws {F2gitError} `login-failed` when the hub refuses, `hub-unreachable`
   */
  tokenFor(code: string, verifier: string): Promise<Secret>;
  /** Whose `token` is; undefined when it is nobody's any more. @throws {F2gitError} `hub-unreachable` */
  userOf(token: Secret): Promise<HubUser | undefined>;
  /**
   * The groups of whoever has this name; undefined when nobody has. f2git's own role must have `read:users:groups`.
   * @throws {F2gitError} `hub-unreachable`
   */
  groupsOf(name: string): Promise<readonly string[] | undefined>;
}

/** Milliseconds from sending a request to its answer. */
const DEADLINE_MS = 20_000;
/** A hub answers one after the other, a code in about 100 ms: it is asked no faster, or all of a class would be late. */
const AT_ONCE = 8;
/** Whoever waits longer for their turn clicks again. Milliseconds. */
const QUEUE_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

const tokenAnswer = z.object({ access_token: z.string().min(1) });
const userAnswer = z.object({
  kind: z.enum(['user', 'service']),
  name: z.string().min(1),
  // hubs of any version give a person's own token these
  groups: z.array(z.string()).default([]),
  admin: z.boolean().default(false),
  scopes: z.array(z.string()).default([]),
  session_id: z.string().nullish(),
});

const personAnswer = userAnswer.pick({ name: true, groups: true });

export function createHubApi(hub: HubConfig): HubApi {
  const slots = createSlots(AT_ONCE);
  const ask = <T>(request: HubRequest, read: (response: HttpResponse) => Promise<T>): Promise<T> =>
    inTurn(slots, () => askOnce(request, read));
  return {
    async tokenFor(code, verifier) {
      const body = new URLSearchParams({
        client_id: hub.clientId,
        client_secret: hub.token.reveal(),
        grant_type: 'authorization_code',
        code,
        redirect_uri: hub.redirectUri,
        code_verifier: verifier,
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
      return ask(
        { method: 'POST', url: `${hub.apiUrl}/oauth2/token`, headers, body: body.toString(), once: true },
        async (response) => {
          if (response.status === 200) return new Secret((await readJson(response, tokenAnswer)).access_token);
          throw refusal(response.status);
        },
      );
    },
    userOf: (token) =>
      ask({ method: 'GET', url: `${hub.apiUrl}/user`, headers: signed(token) }, async (response) => {
        if ([401, 403, 404].includes(response.status)) return undefined;
        if (response.status !== 200) throw unexpected(response.status);
        return hubUser(await readJson(response, userAnswer));
      }),
    groupsOf: (name) => {
      const url = `${hub.apiUrl}/users/${encodeURIComponent(name)}`;
      return ask({ method: 'GET', url, headers: signed(hub.token) }, async (response) => {
        if (response.status === 404) return undefined;
        if (response.status !== 200) throw unexpected(response.status);
        return (await readJson(response, personAnswer)).groups;
      });
    },
  };
}

/** A header by hand: the way to a hub in the same cluster is neither encrypted nor loopback, and yet its own. */
export function signed(token: Secret): Readonly<Record<string, string>> {
  return { authorization: `token ${token.reveal()}`, accept: 'application/json' };
}

function hubUser({ admin: isAdmin, session_id: session, ...user }: z.infer<typeof userAnswer>): HubUser {
  return { ...user, isAdmin, ...(session ? { session } : {}) };
}

/** RFC 6749, 5.2: 401 is about us, anything else about the code. */
function refusal(status: number): F2gitError {
  const detail = status === 401 ? 'the hub does not accept f2git’s own token' : 'the hub does not accept its code';
  return new F2gitError('login-failed', { params: { detail } });
}

export function unexpected(status: number): F2gitError {
  return new F2gitError('hub-unreachable', { params: { status } });
}

type HubRequest = Omit<HttpRequest, 'purpose' | 'maxBytes'>;

async function inTurn<T>(slots: Slots, work: () => Promise<T>): Promise<T> {
  const free = await slots.take('hub', AbortSignal.timeout(QUEUE_MS)).catch((error: unknown) => {
    throw new F2gitError('server-busy', { cause: error });
  });
  try {
    return await work();
  } finally {
    free();
  }
}

function askOnce<T>(request: HubRequest, read: (response: HttpResponse) => Promise<T>): Promise<T> {
  const http = createHttp({ allowPrivateAddresses: true, limits: { refreshMs: DEADLINE_MS, redirects: 0 } });
  return askWith(http, request, read, AbortSignal.timeout(DEADLINE_MS));
}

/** Sends one request, hands its answer to `read`, and closes `http`. What goes wrong on the way is the hub's trouble. */
export async function askWith<T>(
  http: Http,
  request: HubRequest,
  read: (response: HttpResponse) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    const response = await http.send({ ...request, purpose: 'listing', maxBytes: MAX_ANSWER_BYTES }, signal);
    try {
      return await read(response);
    } finally {
      await response.discard();
    }
  } catch (error) {
    throw asHubTrouble(error);
  } finally {
    await http.close();
  }
}

/** An address of the hub’s API is nothing a student can use. */
function asHubTrouble(error: unknown): unknown {
  if (!(error instanceof F2gitError) || !/^(source|address|credentials)-|^too-large$/.test(error.code)) return error;
  const { detail, status } = error.params;
  const params = { ...(detail !== undefined && { detail }), ...(status !== undefined && { status }) };
  return new F2gitError('hub-unreachable', { params, cause: error });
}
