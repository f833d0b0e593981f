/** Clients and sessions that are wrong on purpose, each in one way: thin wrappers around the real ones. */
import { setTimeout as wait } from 'node:timers/promises';
import { F2gitError } from '../../../src/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../src/sources/http.ts';
import type { ListedEntry, Listing, SourceAdapter, SourceContext, SourceSession } from '../../../src/sources/source.ts';

export interface Mutant {
  readonly http?: (http: Http) => Http;
  readonly session?: (session: SourceSession, context: SourceContext) => SourceSession;
}

/** `adapter` with the sessions that the mutant of the moment makes of its own. */
export function mutated(adapter: SourceAdapter, mutant: () => Mutant): SourceAdapter {
  return {
    ...adapter,
    parseConfig: (raw) => adapter.parseConfig(raw),
    identity: (config) => adapter.identity(config),
    suggestedName: (config) => adapter.suggestedName(config),
    open: async (config, context) => {
      const session = await adapter.open(config, context);
      return mutant().session?.(session, context) ?? session;
    },
  };
}

const over = (session: SourceSession, more: Partial<SourceSession>): SourceSession => ({
  list: (signal) => session.list(signal),
  fetch: (entry, signal) => session.fetch(entry, signal),
  close: () => session.close(),
  ...(session.withheld === undefined ? {} : { withheld: session.withheld.bind(session) }),
  ...(session.prefetch === undefined ? {} : { prefetch: session.prefetch.bind(session) }),
  ...more,
});

const listingAs = (change: (listing: Listing) => Listing): Mutant => ({
  session: (session) =>
    over(session, {
      list: async (signal) => {
        const listing = await session.list(signal);
        return listing.kind === 'listing' ? change(listing) : listing;
      },
    }),
});

/** Far more than the rules allow, and few enough for a test to end. */
const WITHOUT_BOUND = 40;

/** Asks again and again for what fails. */
export const endless = (purpose: HttpRequest['purpose']): Mutant => ({
  http: (http) => ({
    ...http,
    send: async (request, signal) => {
      for (let left = request.purpose === purpose ? WITHOUT_BOUND : 0; left > 0; left -= 1) {
        const response = await http.send(request, signal).catch(() => undefined);
        if (response !== undefined && response.status < 400) return response;
        await response?.discard();
      }
      return http.send(request, signal);
    },
  }),
});

/** Takes whatever comes for the content of a file at `addressOf`, as much of it as comes. */
export const believing = (addressOf: (entry: ListedEntry) => string): Mutant => ({
  session: (session, { http, credentials }) => {
    const { user = '', password } = credentials;
    const auth = password === undefined ? {} : { auth: { kind: 'password', user, password } as const };
    return over(session, {
      list: async (signal) => {
        const listing = await session.list(signal);
        if (listing.kind !== 'listing') return listing;
        return { ...listing, entries: listing.entries.map((entry) => ({ ...entry, size: null })) };
      },
      fetch: async (entry, signal) => {
        const url = addressOf(entry);
        const response = await http.send(
          { method: 'GET', url, purpose: 'content', maxBytes: 1 << 20, ...auth },
          signal,
        );
        return { kind: 'stream', size: null, stream: asFarAsItGoes(response) };
      },
    });
  },
});

async function* asFarAsItGoes({ body }: HttpResponse): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    // That is what is wrong with it: half a content is taken for all of it.
  }
}

/** Takes what it was not shown for deleted. */
export const forgetful = listingAs((listing) => ({ ...listing, problems: [], complete: true }));

/** Takes a list that fails for an empty one. */
export const emptied: Mutant = {
  session: (session) =>
    over(session, {
      list: (signal) =>
        session.list(signal).catch((): Listing => ({ kind: 'listing', entries: [], problems: [], complete: true })),
    }),
};

/** Waits for an answer that never comes, until it is stopped. */
export const patient: Mutant = {
  http: (http) => ({
    ...http,
    send: async (_request, signal) => {
      await wait(60_000, undefined, { signal }).catch(() => undefined);
      throw new F2gitError('cancelled');
    },
  }),
};

/** Waits on when it is stopped, for `milliseconds`. */
export const deaf = (milliseconds: number): Mutant => ({
  http: (http) => ({
    ...http,
    send: async () => {
      await wait(milliseconds);
      throw new F2gitError('source-unreachable');
    },
  }),
});

const tell = (error: unknown, { credentials }: SourceContext): F2gitError => {
  const address = `SIGNED IN AS ${credentials.password?.reveal() ?? ''}`;
  return new F2gitError('source-unreachable', { params: { address }, cause: error });
};

/** Says with which password it failed. */
export const talkative = (about: 'list' | 'fetch'): Mutant => ({
  session: (session, context) =>
    over(session, {
      [about]: (...asked: [ListedEntry & AbortSignal, AbortSignal]) =>
        session[about](...asked).catch((error: unknown) => {
          throw tell(error, context);
        }),
    }),
});

/** Writes down with which password it signs in. */
export const logging: Mutant = {
  session: (session, context) =>
    over(session, {
      list: (signal) => {
        process.stderr.write(`${tell(undefined, context).params['address'] ?? ''}\n`);
        return session.list(signal);
      },
    }),
};

/** Follows wherever it is led, and signs there as well. */
export const trusting: Mutant = {
  http: (http) => ({
    ...http,
    send: async (request, signal) => {
      const { auth } = request;
      if (auth?.kind === 'password') {
        const word = Buffer.from(`${auth.user}:${auth.password.reveal()}`).toString('base64');
        const headers = { authorization: `Basic ${word}` };
        const first = await fetch(request.url, { method: 'GET', headers, redirect: 'manual', signal });
        const location = first.headers.get('location');
        if (location !== null) await fetch(new URL(location, request.url), { headers, redirect: 'manual', signal });
      }
      return http.send(request, signal);
    },
  }),
};
