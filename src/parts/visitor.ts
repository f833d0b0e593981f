/**
 * How the front tells the keeper who a request is from. The keeper listens to the front alone, which takes away what
 * browsers send under these names.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { F2gitError, type ErrorCode, type ErrorParams } from '../errors.ts';
import type { Identity, Person } from '../web/ports.ts';
import { isWatchword } from './watchword.ts';

export const VISITOR_HEADER = 'x-f2git-visitor';
/** By which the keeper knows the front. */
export const WORD_HEADER = 'x-f2git-front';
/** Where a page that needs a login leads: the front begins the login there, and comes back to `?page=`. */
export const SIGN_IN_PATH = 'sign-in';

/** Who it is, or why nobody is known. */
export type Visitor =
  | { readonly person: Person; readonly mayWatch: boolean }
  | { readonly code: ErrorCode; readonly params: ErrorParams; readonly mayWatch: boolean };

export function writeVisitor(visitor: Visitor): string {
  return Buffer.from(JSON.stringify(visitor)).toString('base64url');
}

/** Answers what comes from the front; nobody else has anything to ask here, whatever the page. */
export function onlyFromFront(answer: RequestListener, word: string): RequestListener {
  return (request, response) => {
    if (isWatchword(request.headers[WORD_HEADER], word)) answer(request, response);
    else response.writeHead(403, { Connection: 'close', 'Content-Length': 0 }).end();
  };
}

/** An identity that believes the front. What it does not ask of a request, `own` still answers. */
export function identityOfFront(own: Identity, prefix: string): Identity {
  const { signIn } = own;
  return {
    ...own,
    // the front's own
    enter: () => undefined,
    identify: async (request) => {
      const person = personOf(readVisitor(request));
      // what a personal link is worth now the front does not know
      return own.kind === 'links' && own.renew !== undefined ? own.renew(person) : person;
    },
    mayWatch: (request) => Promise.resolve().then(() => mayWatch(readVisitor(request), own)),
    ...(signIn !== undefined && {
      signIn: {
        ...signIn,
        begin: (_request, page) => {
          const query = new URLSearchParams({ page });
          return { address: `${prefix}${SIGN_IN_PATH}?${query.toString()}`, cookies: [] };
        },
      },
    }),
  };
}

function mayWatch(visitor: Visitor, own: Identity): boolean {
  return visitor.mayWatch || ('person' in visitor && own.watches?.(visitor.person) === true);
}

function personOf(visitor: Visitor): Person {
  if ('person' in visitor) return visitor.person;
  throw new F2gitError(visitor.code, { params: visitor.params });
}

function readVisitor({ headers }: IncomingMessage): Visitor {
  const header = headers[VISITOR_HEADER];
  if (typeof header !== 'string') throw new F2gitError('request-refused', { params: { why: 'front' } });
  // the front wrote it
  return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Visitor;
}
