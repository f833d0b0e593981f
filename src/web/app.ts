/** The express application: limits and headers around the table of routes, and one place where failures are answered. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { asF2gitError, F2gitError } from '../errors.ts';
import { refuseScripts, TOKEN_FIELD, TOKEN_HEADER } from './forgery.ts';
import { ownPage } from './own-page.ts';
import { errorPage, type ErrorContext } from './pages/error-page.ts';
import { protectAnswer } from './protection.ts';
import { readFields, sendJson, sendPage, takeStep } from './exchange.ts';
import { methodOf, routes, type Route } from './routes.ts';
import type { Site } from './site.ts';
import { errorDocument } from './run-document.ts';
import { identifyVisit, readVisit, type Visit } from './visit.ts';

/** Bytes of a request's body. Ours are a few hundred. */
const MAX_BODY = '64kb';

export function createApp(site: Site): Express {
  const app = express();
  // the one value with which express leaves the log to us
  app.set('env', 'test');
  app.disable('x-powered-by').disable('etag').disable('trust proxy');
  app.set('query parser', false).set('strict routing', true).set('case sensitive routing', true);
  app.use(protectAnswer);
  if (site.prefix !== '/')
    app.get(site.prefix.slice(0, -1), (request, response) => leadToRoot(request, response, site));
  for (const route of routes) mount(app, route, site);
  app.use((request: Request) => {
    throw new F2gitError('page-unknown', { params: { page: withoutToken(request.path).slice(0, 200) } });
  });
  // express knows this one by its four parameters
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    const known = fromExpress(error) ?? asF2gitError(error);
    noteFailure(known, request, response, site);
    // an answer that fails half-way: express breaks the connection off, so that nobody takes it for whole
    if (response.headersSent) next(known);
    else answerFailure(known, request, response, site);
  });
  return app;
}

function mount(app: Express, route: Route, site: Site): void {
  const path = `${site.prefix}${route.path}`;
  const answer = async (request: Request, response: Response): Promise<void> => {
    response.on('finish', () => noteAnswer(route, response, site));
    await carryOut(route, visitOf(request, response, site), site);
  };
  if (methodOf(route) === 'POST') {
    app.post(
      path,
      express.json({ limit: MAX_BODY, strict: true }),
      express.urlencoded({ limit: MAX_BODY, extended: false }),
      answer,
    );
  } else {
    app.get(path, answer);
  }
  app.all(path, (_request, response) => {
    response.setHeader('Allow', methodOf(route) === 'POST' ? 'POST' : 'GET, HEAD');
    throw new F2gitError('method-refused');
  });
}

async function carryOut(route: Route, visit: Visit, site: Site): Promise<void> {
  if (route.access === 'open' || route.access === 'token') return route.answer(visit, site);
  const entered = site.identity.enter?.(visit.request);
  if (entered !== undefined) return takeStep(visit, entered);
  if (route.access === 'read' && isOfBrowsers(route, visit)) refuseScripts(visit.request);
  const personal = await identifyVisit(visit, site.identity).catch((error: unknown) =>
    toSignIn(error, route, visit, site),
  );
  if (personal === undefined) return;
  const mayReadOnly = personal.person.readsOnly !== undefined;
  if (mayReadOnly && !('isForPrograms' in route)) throw new F2gitError('login-needed');
  if (route.access === 'change') {
    const token = visit.request.get(TOKEN_HEADER) ?? readFields(visit)[TOKEN_FIELD];
    site.forgery.check(visit.request, personal.person, token);
  }
  return route.answer(personal, site);
}

/** A program that signs in by a token may say whatever it likes of itself; who shows a cookie is a browser. */
function isOfBrowsers({ isPage, isForPrograms }: Extract<Route, { access: 'read' }>, { request }: Visit): boolean {
  return isPage === true || (isForPrograms === true && request.headers.cookie !== undefined);
}

/** A page leads to the login and comes back; programs, and forms that are lost by then, get an answer in words. */
async function toSignIn(error: unknown, route: Route, visit: Visit, site: Site): Promise<undefined> {
  const { signIn } = site.identity;
  const isUnknown = error instanceof F2gitError && error.code === 'login-needed';
  if (!isUnknown || signIn === undefined || visit.wants === 'json' || methodOf(route) !== 'GET') throw error;
  await takeStep(visit, signIn.begin(visit.request, visit.request.originalUrl));
}

/** What a person can mend themselves is no matter for the operator's log. */
function noteFailure(error: F2gitError, request: Request, response: Response, site: Site): void {
  if (error.code !== 'bug' && !response.headersSent) return;
  const origin = error.cause instanceof Error ? error.cause : error;
  site.log('error', 'request failed', { path: withoutToken(request.path), code: error.code, stack: origin.stack });
}

/** Never tells a browser more than the page of the code. */
function answerFailure(known: F2gitError, request: Request, response: Response, site: Site): void {
  const visit = visitOf(request, response, site);
  response.status(known.status);
  if (known.retry === 'now') response.setHeader('Retry-After', '2');
  if (visit.wants === 'json') void sendJson(visit, errorDocument(known, visit.language));
  else
    void sendPage(
      visit,
      errorPage(known, visit, site, { ...selfOf(visit, site), ...formContext(known, request, site) }),
    );
}

/** What an address of a page says that may be said again: no code or pass of a sign-in. */
const REPEATED = ['user', 'open', 'file', 'dir', 'app', 'run', 'at', 'for'] as const;

/** For the same in the other language: a form cannot be sent again, and an address that holds a permission is not shown. */
function selfOf({ request, query }: Visit, { prefix }: Site): Pick<ErrorContext, 'self'> {
  const { method, path: whole } = request;
  const path = decoded(whole.slice(prefix.length));
  const isOurs = method === 'GET' && whole.startsWith(prefix) && withoutToken(whole) === whole;
  if (!isOurs || path === undefined) return {};
  return { self: { path, params: Object.fromEntries(REPEATED.map((name) => [name, query.get(name) ?? undefined])) } };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // the address itself is what is wrong
  }
}

/** Whoever sent a form after their session ended goes back to its page, which leads to the login. */
function formContext({ retry }: F2gitError, request: Request, { prefix }: Site): ErrorContext {
  const from = request.get('referer') ?? '';
  if (retry !== 'login' || request.method !== 'POST' || !URL.canParse(from)) return {};
  const { pathname, search } = new URL(from);
  const again = ownPage(`${pathname}${search}`, prefix);
  return again === undefined ? {} : { again };
}

/** An address below `git/` holds a permission: it is shown nowhere. */
function withoutToken(path: string): string {
  return path.replace(/\/git\/.*$/s, '/git/…');
}

function visitOf(request: Request, response: Response, site: Site): Visit {
  return readVisit(request, response, request.path.slice(site.prefix.length), site.language);
}

/** What express throws of a request: an address that cannot be decoded, or a body with a type (body-parser's README). */
function fromExpress(error: unknown): F2gitError | undefined {
  if (error instanceof URIError) return new F2gitError('usage', { cause: error });
  if (!(error instanceof Error) || !('type' in error) || typeof error.type !== 'string') return undefined;
  if (error.type === 'entity.too.large') return new F2gitError('request-too-large', { cause: error });
  if (error.type === 'request.aborted') return new F2gitError('cancelled', { cause: error });
  return /^(entity|encoding|charset|parameters|request|stream)\./.test(error.type)
    ? new F2gitError('usage', { params: { body: error.type }, cause: error })
    : undefined;
}

function leadToRoot(_request: Request, response: Response, site: Site): void {
  const name = site.prefix.split('/').at(-2) ?? '';
  response.redirect(307, `${name}/`);
}

function noteAnswer(route: Route, response: Response, site: Site): void {
  const status = `${Math.floor(response.statusCode / 100)}xx`;
  site.metrics.count('f2git_requests_total', { route: route.name, status });
}
