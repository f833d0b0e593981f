/**
 * What the front does with a request: finds out who it is from and hands it on to the keeper, which answers. Cookies and
 * the hub's tokens end here. The login at the hub is the front's own.
 */
import { request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Log } from '../core/log.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import type { Language } from '../messages/language.ts';
import { showsLaptopToken } from '../web/laptop-codes.ts';
import { ownPage } from '../web/own-page.ts';
import type { Identity, Step } from '../web/ports.ts';
import { sendBody, startOf, type BodyStart } from './hand-on-body.ts';
import { SIGN_IN_PATH, VISITOR_HEADER, WORD_HEADER, writeVisitor, type Visitor } from './visitor.ts';

export interface FrontDoorOptions {
  readonly identity: Identity;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly language: Language;
  /** The keeper's socket. */
  readonly keeper: string;
  /** By which the keeper knows this front. */
  readonly word: string;
  readonly log: Log;
}

/** What belongs to one connection (RFC 9110, 7.6.1), to the front alone, or is the front's word. */
const kept: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
  ...['cookie', 'authorization', VISITOR_HEADER, WORD_HEADER],
]);

export function createFrontDoor(options: FrontDoorOptions): RequestListener {
  return (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      refuse(asF2gitError(error), request, response, options);
    });
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: FrontDoorOptions): Promise<void> {
  const { identity, prefix } = options;
  if (hasStrayBody(request)) throw new F2gitError('usage');
  const { path, query } = addressOf(request);
  const step = await stepOfLogin(request, path, query, options);
  if (step !== undefined) {
    lead(response, step);
    return;
  }
  const visitor = await enterOr(request, response, identity, () => visitorOf(request, query, path, options));
  if (visitor === undefined) return;
  const body = await startOf(request);
  if (body === undefined || response.destroyed) return;
  await handOn(request, response, { visitor, body }, options);
  // the keeper has judged the form; here the session lies
  if (path === `${prefix}logout` && request.method === 'POST' && response.headersSent && response.statusCode === 200)
    identity.signOut?.(request);
}

/** Undefined when the address itself said who it is and leads on. Why it does not is the keeper's to say, as a page. */
async function enterOr(
  request: IncomingMessage,
  response: ServerResponse,
  identity: Identity,
  visitorOfRequest: () => Promise<Visitor>,
): Promise<Visitor | undefined> {
  try {
    const step = identity.enter?.(request);
    if (step === undefined) return await visitorOfRequest();
    lead(response, step);
    return undefined;
  } catch (error) {
    const { code, params } = asF2gitError(error);
    return { code, params, mayWatch: false };
  }
}

/** The login at the hub has addresses of its own. */
async function stepOfLogin(
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
  { identity: { signIn }, prefix }: FrontDoorOptions,
): Promise<Step | undefined> {
  if (path === `${prefix}${SIGN_IN_PATH}`)
    return signIn?.begin(request, ownPage(query.get('page') ?? '', prefix) ?? prefix);
  return path === `${prefix}oauth_callback` ? signIn?.finish(request, query) : undefined;
}

/** Node sends the body of other methods on as it is, without its length: what it holds would be the next request. */
function mayHaveBody({ method }: IncomingMessage): boolean {
  return method === 'POST';
}

function hasStrayBody(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  return !mayHaveBody(request) && (length !== '0' || encoding !== undefined);
}

/** A path and a query. @throws {F2gitError} `usage` for any other form of an address: none reaches the keeper */
function addressOf({ url = '' }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  if (!path.startsWith('/')) throw new F2gitError('usage');
  return { path, query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)) };
}

/** Nobody knows who it is: that is the keeper's to answer, which knows who may ask what. */
async function visitorOf(
  request: IncomingMessage,
  query: URLSearchParams,
  path: string,
  { identity, prefix }: FrontDoorOptions,
): Promise<Visitor> {
  // a token of the keeper's own is nobody else's to see
  if (showsLaptopToken(request)) return { code: 'login-needed', params: {}, mayWatch: false };
  const mayWatch = path === `${prefix}metrics` && (await identity.mayWatch(request).catch(() => false));
  try {
    return { person: await identity.identify(request, query), mayWatch };
  } catch (error) {
    const { code, params } = asF2gitError(error);
    return { code, params, mayWatch };
  }
}

function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  { visitor, body }: { readonly visitor: Visitor; readonly body: BodyStart },
  { keeper, word }: FrontDoorOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...handedOn(request), [VISITOR_HEADER]: writeVisitor(visitor), [WORD_HEADER]: word };
    const { method, url: path } = request;
    const inner = httpRequest({ socketPath: keeper, method, path, headers, agent: false, setHost: false });
    inner.on('error', reject);
    inner.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.statusMessage, withoutKept(answered.headers));
      // an answer that breaks off here breaks off there, so that nobody takes it for whole
      pipeline(answered, response, () => resolve());
    });
    response.on('close', () => {
      inner.destroy();
      resolve();
    });
    sendBody(body, request, inner);
  });
}

function handedOn(request: IncomingMessage): NodeJS.Dict<string | string[]> {
  const { headers } = request;
  const own = showsLaptopToken(request) ? { authorization: headers.authorization } : {};
  // whether there were cookies tells a browser from a program; what they hold is nobody's business behind here
  return { ...withoutKept(headers), ...own, ...(headers.cookie === undefined ? {} : { cookie: 'kept=1' }) };
}

function withoutKept(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !kept.has(name)));
}

function lead(response: ServerResponse, { address, cookies }: Step): void {
  response.writeHead(303, { Location: address, 'Set-Cookie': [...cookies], 'Cache-Control': 'no-store' }).end();
}

/** Where no keeper answers, there are no pages either: the sentence alone. */
function refuse(
  error: F2gitError,
  request: IncomingMessage,
  response: ServerResponse,
  { language, log }: FrontDoorOptions,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isDown = error.code === 'bug' || error.code === 'system-refused';
  if (isDown) log('warn', 'keeper does not answer', { detail: String(error.cause) });
  const shown = isDown ? new F2gitError('server-stopping') : error;
  const accepted = /^\s*(de|en)\b/.exec(request.headers['accept-language'] ?? '')?.[1] as Language | undefined;
  const sentence = describeError(shown, accepted ?? language);
  const wantsJson = (request.headers.accept ?? '').includes('application/json');
  const body = wantsJson
    ? JSON.stringify({ f2git: 1, error: { code: shown.code, message: sentence, retry: shown.retry } })
    : `${sentence}\n`;
  const type = wantsJson ? 'application/json' : 'text/plain';
  const headers = {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  response.writeHead(shown.status, isDown ? { ...headers, 'Retry-After': '2' } : headers).end(body);
}
