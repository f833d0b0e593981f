/** Sends one PROPFIND and sorts out everything that is not a listing. */
import { createHash } from 'node:crypto';
import { type ErrorCode, F2gitError } from '../../errors.ts';
import type { Http, HttpAuth, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import { type DavResponse, multistatusParser, parseMultistatus } from './multistatus.ts';

/** Where and how a WebDAV server is asked. */
export interface DavServer {
  readonly http: Http;
  readonly auth: HttpAuth;
  /** Sent with every request, such as `X-Requested-With`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether to ask for the properties of the ownCloud family. Others would look each of them up in vain. */
  readonly isOwnCloud: boolean;
  /** Where this server differs from all others. */
  readonly dialect?: DavDialect;
}

/** What a platform's WebDAV does in a way of its own. */
export interface DavDialect {
  /** What an answer that is no listing says, if the platform has words of its own for it. */
  readonly refusal?: (status: number, beginning: string) => DavRefusal | undefined;
  /** Several children of a folder can share a name, and with it the address. */
  readonly hasTwins?: true;
  /** A file's entity tag can stay as it was while the content becomes another. */
  readonly hasLooseTags?: true;
}

export interface DavRefusal {
  readonly code: ErrorCode;
  /** Empty where the code says it all. */
  readonly detail: string;
}

/** The answer to one PROPFIND. */
export interface DavAnswer {
  /** SHA-256 of the body: equal digests are equal answers. */
  readonly digest: string;
  /** The server's clock when it answered, if it said. */
  readonly date: Date | undefined;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Parses the body. @throws {F2gitError} `source-invalid` */
  responses(): readonly DavResponse[];
}

/** Bytes of unread answers that may be kept at once; what does not fit is parsed on arrival. */
export interface HoldBudget {
  left: number;
}

/** A folder of 100,000 files has about 50 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** More than nearly all folders need. */
const MAX_HELD_BYTES = 256 * 1024;

/**
 * Asks for `url` (a folder, ending with `/`, or a file).
 * @throws {F2gitError} `source-login`, `source-forbidden`, `source-not-found` for 401, 403, 404; `source-invalid` for
 * anything that is not a multistatus; what `Http.send` throws
 */
export async function propfind(
  server: DavServer,
  url: string,
  depth: 0 | 1,
  budget: HoldBudget,
  signal: AbortSignal,
): Promise<DavAnswer> {
  const response = await server.http.send(
    {
      method: 'PROPFIND',
      url,
      headers: {
        ...server.headers,
        depth: String(depth),
        'content-type': 'application/xml; charset=utf-8',
        prefer: 'return=minimal',
      },
      body: server.isOwnCloud ? OWNCLOUD_REQUEST : PLAIN_REQUEST,
      auth: server.auth,
      purpose: 'listing',
      maxBytes: MAX_ANSWER_BYTES,
    },
    signal,
  );
  if (response.status !== 207) throw await refusal(response, url, server);
  const date = Date.parse(response.headers['date'] ?? '');
  const body = await readBody(response.body, budget);
  return { ...body, url: response.url, date: Number.isNaN(date) ? undefined : new Date(date) };
}

const PLAIN_PROPS = '<d:resourcetype/><d:getcontentlength/><d:getlastmodified/><d:getetag/>';
const PLAIN_REQUEST = request('', PLAIN_PROPS);
const OWNCLOUD_REQUEST = request(
  ' xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"',
  `${PLAIN_PROPS}<d:displayname/><oc:fileid/><oc:permissions/><nc:mount-type/>`,
);

function request(namespaces: string, props: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"${namespaces}><d:prop>${props}</d:prop></d:propfind>`;
}

/** Keeps a small body as bytes, to be parsed only if somebody asks; a large one is parsed while it arrives. */
async function readBody(
  body: AsyncIterable<Uint8Array>,
  budget: HoldBudget,
): Promise<Pick<DavAnswer, 'digest' | 'responses'>> {
  const hash = createHash('sha256');
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let parser: ReturnType<typeof multistatusParser> | undefined;
  for await (const chunk of body) {
    hash.update(chunk);
    if (parser === undefined) {
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes <= Math.min(MAX_HELD_BYTES, budget.left)) continue;
      parser = multistatusParser();
      for (const early of held.splice(0)) parser.write(early);
    } else {
      parser.write(chunk);
    }
  }
  const digest = hash.digest('base64url');
  if (parser !== undefined) {
    const responses = parser.end();
    return { digest, responses: () => responses };
  }
  budget.left -= heldBytes;
  return { digest, responses: () => parseHeld(held, heldBytes, budget) };
}

function parseHeld(held: Uint8Array[], heldBytes: number, budget: HoldBudget): readonly DavResponse[] {
  budget.left += heldBytes;
  return parseMultistatus(held.splice(0));
}

async function refusal(response: HttpResponse, url: string, { auth, dialect = {} }: DavServer): Promise<F2gitError> {
  const { status } = response;
  const isTelling = dialect.refusal !== undefined || status === 404 || status === 410 || isHtml(response);
  const text = isTelling ? await beginning(response) : '';
  await response.discard();
  const { code, detail } = dialect.refusal?.(status, text) ?? meaningOf(response, url, text, auth);
  return new F2gitError(code, { params: { address: safeAddress(url), status, ...(detail === '' ? {} : { detail }) } });
}

function meaningOf(response: HttpResponse, url: string, text: string, auth: HttpAuth): DavRefusal {
  const { status } = response;
  if (status === 401) return { code: 'source-login', detail: refusedSignIn(auth) };
  if (status === 403) return { code: 'source-forbidden', detail: '' };
  if (status === 404 || status === 410) {
    const isDav = /xml/.test(response.headers['content-type'] ?? '') && text.includes('DAV:');
    return { code: 'source-not-found', detail: isDav ? 'nothing is there' : NO_DAV_THERE };
  }
  if (isHtml(response)) {
    // A page for people where a listing was asked for: a form to sign in, or a server that is being maintained.
    const isLogin = /type\s*=\s*["']?password/i.test(text) || isElsewhere(response.url, url);
    const detail = 'a web page came back instead of a WebDAV listing';
    return { code: isLogin ? 'source-login' : 'source-unreachable', detail };
  }
  const isMute = status === 405 || status === 501;
  return { code: 'source-invalid', detail: isMute ? NO_DAV_SPOKEN : 'no WebDAV listing came back' };
}

function isHtml({ status, headers }: HttpResponse): boolean {
  return status === 200 && /html/.test(headers['content-type'] ?? '');
}

/** Whether `error` says that no WebDAV server answers at the address, not that a folder or share is missing. */
export function isNoDavThere(error: unknown): boolean {
  if (!(error instanceof F2gitError)) return false;
  return error.params['detail'] === NO_DAV_THERE || error.params['detail'] === NO_DAV_SPOKEN;
}

const NO_DAV_THERE = 'nothing is there, or it speaks no WebDAV';
const NO_DAV_SPOKEN = 'the address does not speak WebDAV';

/** Whether an answer came from another path than the one asked, a final slash apart. */
function isElsewhere(answered: string, asked: string): boolean {
  return new URL(answered).pathname.replace(/\/$/, '') !== new URL(asked).pathname.replace(/\/$/, '');
}

const BEGINNING_BYTES = 64 * 1024;

/** The first bytes of a body as text; the rest is dropped. */
async function beginning(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= BEGINNING_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
