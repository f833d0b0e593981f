/**
 * Starting a student's server through the hub, with f2git's own token (scope `servers`), and following how far it is.
 * Whatever the hub does not do for us is left to its own page, where the student is led in the end anyway.
 */
import { z } from 'zod';
import type { HubConfig, StartServers } from '../config/hub.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { createHttp } from '../sources/create-http.ts';
import type { HttpResponse } from '../sources/http.ts';
import { readJson } from '../sources/json-answer.ts';
import type { Log } from '../web/ports.ts';
import { askWith, signed, unexpected } from './hub-api.ts';

/** Whose server it is, and which of theirs; without a name the one they always have. */
export interface ServerName {
  readonly user: string;
  readonly server?: string;
}

/** How starting it ended: it runs, or the hub's own page does the rest. */
export type StartEnd = 'ready' | 'left';

export interface StudentServers {
  /** Starts the server unless it runs, or has to be chosen first. Never rejects: what went wrong is for the log, and `left`. */
  start(name: ServerName, onProgress: OnProgress, signal: AbortSignal): Promise<StartEnd>;
}

/** Hubs give up on a server after one to five minutes; a student who has their files goes to the hub's page before. */
const PATIENCE_MS = 120_000;

/** One event of the hub's stream; more stands in it than is needed here. */
const startEvent = z.object({
  progress: z.number().min(0).max(100).optional(),
  ready: z.boolean().optional(),
  failed: z.boolean().optional(),
});

export function createStudentServers(hub: HubConfig, which: Exclude<StartServers, 'never'>, log: Log): StudentServers {
  return {
    async start(name, onProgress, signal) {
      onProgress({ step: 'starting', done: 0 });
      const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
      try {
        if (which === 'again' && !(await ranBefore(hub, name, limited))) return 'left';
        const begun = await begin(hub, name, limited);
        const end = begun === 'pending' ? await follow(hub, name, onProgress, limited) : begun;
        // without the right to, each click would say so; `f2git check` does
        if (end !== 'ready' && end !== 'forbidden') log('info', 'server left to the hub', { why: end });
        return end === 'ready' ? 'ready' : 'left';
      } catch (error) {
        if (signal.aborted) return 'left';
        const code = error instanceof F2gitError ? error.code : 'bug';
        log('warn', 'server left to the hub', { why: 'trouble', code });
        return 'left';
      }
    },
  };
}

/** Of a server that was never started the hub has at most the name: whoever opened its page has not chosen yet. */
const serversAnswer = z.object({
  servers: z.record(z.string(), z.object({ last_activity: z.string().nullish() })).default({}),
});

/**
 * Whether the student ever started this server, and so made the choices there are (profile, image). The hub does not say
 * whether there are any; without the right to see servers it names none.
 */
function ranBefore(hub: HubConfig, { user, server = '' }: ServerName, signal: AbortSignal): Promise<boolean> {
  const url = `${hub.apiUrl}/users/${encodeURIComponent(user)}?include_stopped_servers=1`;
  const read = async (response: HttpResponse): Promise<boolean> => {
    // somebody outside of a scope's filter looks unknown
    if (response.status === 403 || response.status === 404) return false;
    if (response.status !== 200) throw unexpected(response.status);
    const { servers } = await readJson(response, serversAnswer);
    return typeof servers[server]?.last_activity === 'string';
  };
  return askWith(newHttp(), { method: 'GET', url, headers: signed(hub.token) }, read, signal);
}

type Begun = 'ready' | 'pending' | 'forbidden' | 'refused' | 'failed';

/**
 * May be sent again: a server that is starting or runs is not started twice. A hub that starts too many at this moment
 * says when to come back (429). It holds its answer back for ten seconds, in which most servers are up
 * (`slow_spawn_timeout`).
 */
function begin(hub: HubConfig, name: ServerName, signal: AbortSignal): Promise<Begun> {
  const request = {
    method: 'POST',
    url: addressOf(hub, name),
    headers: { ...signed(hub.token), 'content-type': 'application/json' },
    // no body at all: what the student chose on the hub's page the last time stays chosen (an empty object would be a choice)
    body: '',
    // a server that cannot start is an answer of the hub, not its failure
    answerSign: /"status": ?500\b/,
  } as const;
  return askWith(newHttp(), request, meaningOf, signal);
}

async function meaningOf(response: HttpResponse): Promise<Begun> {
  switch (response.status) {
    case 201:
      return 'ready';
    case 202:
      return 'pending';
    case 400:
      // the same status for a server that runs and one that is just stopping
      return /already running/.test(await response.text()) ? 'ready' : 'refused';
    case 403:
    case 404:
      // somebody outside of a scope's filter looks unknown
      return 'forbidden';
    default:
      return 'failed';
  }
}

/** The hub's own stream of how far it is (server-sent events), which ends with `ready` or `failed`. */
function follow(hub: HubConfig, name: ServerName, onProgress: OnProgress, signal: AbortSignal): Promise<Begun> {
  const request = {
    method: 'GET',
    url: `${addressOf(hub, name)}/progress`,
    headers: { ...signed(hub.token), accept: 'text/event-stream' },
  };
  const read = async (response: HttpResponse): Promise<Begun> => {
    // it may have come up before anybody asked
    if (response.status === 400) return begin(hub, name, signal);
    if (response.status !== 200) return 'failed';
    for await (const event of eventsIn(response.body)) {
      if (event.failed === true) return 'failed';
      if (event.ready === true) return 'ready';
      onProgress({ step: 'starting', done: Math.round(event.progress ?? 0), total: 100 });
    }
    return 'failed';
  };
  return askWith(newHttp(), request, read, signal);
}

async function* eventsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<z.infer<typeof startEvent>> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = line.startsWith('data:') ? parseEvent(line.slice('data:'.length)) : undefined;
      if (event !== undefined) yield event;
    }
  }
}

/** A hub with spawners of its own may say anything about its progress; what is no such event says nothing. */
function parseEvent(text: string): z.infer<typeof startEvent> | undefined {
  try {
    return startEvent.safeParse(JSON.parse(text)).data;
  } catch {
    // not JSON: nothing that could be shown either
    return undefined;
  }
}

function addressOf(hub: HubConfig, { user, server }: ServerName): string {
  const which = server === undefined ? 'server' : `servers/${encodeURIComponent(server)}`;
  return `${hub.apiUrl}/users/${encodeURIComponent(user)}/${which}`;
}

/** Hubs start a hundred servers at once (`concurrent_spawn_limit`); a class of 500 comes in turns. */
const MOST_TRIES = 12;

/** Silence is what a stream of events mostly is. */
function newHttp() {
  const limits = {
    refreshMs: PATIENCE_MS,
    headersMs: PATIENCE_MS,
    windowMs: PATIENCE_MS,
    windowBytes: 0,
    redirects: 0,
    tries: MOST_TRIES,
  };
  return createHttp({ allowPrivateAddresses: true, limits });
}
