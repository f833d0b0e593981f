/** Downloads one file: the token goes to Canvas alone, and what comes back is the file or a refusal. */
import { z } from 'zod';
import { F2gitError, type ErrorCode } from '../../errors.ts';
import { downloadBody, maxBytesFor } from '../download.ts';
import type { HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import type { Body } from '../source.ts';
import { ask, type CanvasServer, given, isOwn, requestOf } from './api.ts';
import { fileSchema } from './items.ts';

/** A file as it was listed. */
export interface ListedFile {
  readonly id: string;
  readonly name: string;
  readonly size: number | null;
  readonly stamp: string;
  /** Where its content is, as the list named it; absent where it has to be asked for. */
  readonly url?: string;
}

/** How this installation gives files out, learned from the first one. */
export interface Way {
  /** Whether its pages refuse tokens, so that only a signed address of the store will do. */
  needsPublicUrl: boolean;
}

export interface Download {
  readonly server: CanvasServer;
  readonly course: string;
  readonly way: Way;
  /** The stamp of the file as Canvas describes it now. */
  readonly stampOf: (file: z.infer<typeof fileSchema>) => string;
}

/**
 * Reads `file`.
 * @throws {F2gitError} `source-gone`, `source-changed`, `source-forbidden`, `source-login`, `source-truncated`, …
 */
export async function readFile(download: Download, file: ListedFile, signal: AbortSignal): Promise<Body> {
  const { server, way } = download;
  const url = absolute(server, file.url ?? (await askUrl(download, file, signal)));
  if (!way.needsPublicUrl) {
    const response = await get(server, url, file, signal);
    if (!isSignIn(response, url, file)) return bodyOf(server, response, file);
    await response.discard();
  }
  // Whoever gets the page for people to sign in may still ask the API for an address that needs no signing in.
  const response = await get(server, absolute(server, await askPublicUrl(server, file, signal)), file, signal);
  way.needsPublicUrl = true;
  return bodyOf(server, response, file);
}

/** Asks where the content is; the answer also shows whether it is still the listed version. */
async function askUrl({ server, course, stampOf }: Download, file: ListedFile, signal: AbortSignal): Promise<string> {
  const answer = await ask(server, `/courses/${course}/files/${file.id}`, fileSchema, signal);
  if (answer.kind === 'missing') throw failure('source-gone', answer.error.params);
  const { url, ...facts } = given(answer);
  if (url === undefined || url === '') throw failure('source-forbidden', {});
  if (stampOf(facts) !== file.stamp) throw failure('source-changed', {});
  return url;
}

async function askPublicUrl(server: CanvasServer, { id }: ListedFile, signal: AbortSignal): Promise<string> {
  const answer = await ask(server, `/files/${id}/public_url`, z.object({ public_url: z.string() }), signal);
  if (answer.kind === 'given') return answer.value.public_url;
  throw failure('source-login', { ...answer.error.params, detail: 'its files cannot be read with this token' });
}

/**
 * The token goes along only to Canvas's own addresses; the HTTP client drops it where they lead elsewhere: to another
 * domain for files, to inst-fs, to S3.
 */
function get(server: CanvasServer, url: URL, file: ListedFile, signal: AbortSignal): Promise<HttpResponse> {
  const { auth, ...request } = requestOf(server, url.href);
  const signed = auth !== undefined && isOwn(server.base, url) ? { auth } : {};
  return server.http.send({ ...request, ...signed, purpose: 'content', maxBytes: maxBytesFor(file) }, signal);
}

function absolute({ base }: CanvasServer, url: string): URL {
  if (URL.canParse(url, base)) return new URL(url, base);
  throw failure('source-invalid', { detail: 'its address is none' });
}

function bodyOf(server: CanvasServer, response: HttpResponse, file: ListedFile): Promise<Body> {
  const { status, url } = response;
  if (status === 200) return downloadBody(response, file);
  return response.discard().then(() => {
    throw failure(codeOf(status, isOwn(server.base, new URL(url))), { address: safeAddress(url), status });
  });
}

/** What the store refuses is no matter of rights: its addresses are signed and run out. */
function codeOf(status: number, isCanvas: boolean): ErrorCode {
  if (status === 404 || status === 410) return 'source-gone';
  if (status === 401 || status === 403) return isCanvas ? 'source-forbidden' : 'source-unreachable';
  return 'source-invalid';
}

/**
 * Canvas sends whoever it does not know to its page for signing in (`redirect_to_login`), and that one often goes on to
 * the institution's. A file may be a web page itself, under any name.
 */
function isSignIn({ status, url, headers }: HttpResponse, asked: URL, { name, size }: ListedFile): boolean {
  if (status === 401) return true;
  if (status !== 200 || !/^text\/html/i.test(headers['content-type'] ?? '')) return false;
  const came = new URL(url);
  if (/\/login(\/|$)/.test(came.pathname)) return true;
  const isMoved = came.origin !== asked.origin || came.pathname !== asked.pathname;
  return isMoved && !/\.x?html?$/i.test(name) && headers['content-length'] !== String(size);
}

function failure(code: ErrorCode, params: F2gitError['params']): F2gitError {
  return new F2gitError(code, { params });
}
