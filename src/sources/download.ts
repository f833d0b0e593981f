/** The content of one file out of an answer with status 200: whole, of the announced size, and no sign-in page. */
import { createHash } from 'node:crypto';
import { MAX_FILE_BYTES } from '../core/offer.ts';
import { F2gitError, type ErrorCode } from '../errors.ts';
import type { HttpResponse } from './http.ts';
import { safeAddress } from './redact.ts';
import type { Body } from './source.ts';

/** What is known of a file before it is read. */
export interface ExpectedFile {
  /** As the platform names it: a page of HTML is only content where its name says so. */
  readonly name: string;
  /** The exact number of bytes; null when the platform does not say, or not exactly. */
  readonly size: number | null;
  /** SHA-1 of the content in lower-case hexadecimal, where the platform promises one. */
  readonly sha1?: string;
}

/** What `HttpRequest.maxBytes` should be for a file: one byte more than listed proves that it is another version. */
export function maxBytesFor({ size }: ExpectedFile): number {
  return size === null ? MAX_FILE_BYTES : Math.min(size, MAX_FILE_BYTES) + 1;
}

/** Read at once below this; larger content is streamed. Bytes. */
const SMALL_BYTES = 256 * 1024;

/**
 * Gives the body of `response`, whose status the caller has judged to be good. Small content is checked at once, larger
 * while it is read.
 * @throws {F2gitError} `source-login` for a web page under a name that is none, `source-changed` for another size or
 * digest, `source-truncated`; a stream throws them when it is read
 */
export async function downloadBody(response: HttpResponse, expected: ExpectedFile): Promise<Body> {
  const refusal = refusalOf(response, expected);
  if (refusal !== undefined) {
    await response.discard();
    throw refusal;
  }
  const { size } = expected;
  if (size === null || size > SMALL_BYTES) return { kind: 'stream', size, stream: checked(response, expected) };
  const bytes = await response.bytes().catch((error: unknown) => rethrow(response, expected, error));
  checkEnd(response, expected, bytes.length, digestOf(bytes));
  return { kind: 'bytes', bytes };
}

function refusalOf(response: HttpResponse, expected: ExpectedFile): F2gitError | undefined {
  const announced = announcedSize(response);
  const isOtherSize = announced !== undefined && expected.size !== null && announced !== expected.size;
  if (isStrangePage(response, expected) && (isOtherSize || expected.size === null)) return pageFailure(response);
  return isOtherSize ? otherSize(response, expected, announced) : undefined;
}

async function* checked(response: HttpResponse, expected: ExpectedFile): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha1');
  let received = 0;
  try {
    for await (const chunk of response.body) {
      received += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    rethrow(response, expected, error);
  }
  checkEnd(response, expected, received, () => hash.digest('hex'));
}

function checkEnd(response: HttpResponse, expected: ExpectedFile, received: number, sha1: () => string): void {
  if (expected.size !== null && received !== expected.size) {
    throw isStrangePage(response, expected) ? pageFailure(response) : otherSize(response, expected, received);
  }
  if (expected.sha1 !== undefined && sha1() !== expected.sha1) {
    throw failure('source-changed', response, 'not the content that was announced');
  }
}

/** More bytes than listed are another version. */
function rethrow(response: HttpResponse, expected: ExpectedFile, error: unknown): never {
  const isLonger = error instanceof F2gitError && error.code === 'too-large' && expected.size !== null;
  if (!isLonger) throw error;
  throw isStrangePage(response, expected)
    ? pageFailure(response)
    : failure('source-changed', response, `more than ${String(expected.size)} bytes`);
}

/** A web page under a name that is none: a form to sign in, a maintenance notice. */
function isStrangePage({ headers }: HttpResponse, { name }: ExpectedFile): boolean {
  return /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '') && !/\.x?html?$/i.test(name);
}

function pageFailure(response: HttpResponse): F2gitError {
  return failure('source-login', response, 'a web page came back instead of the file');
}

function otherSize(response: HttpResponse, expected: ExpectedFile, received: number): F2gitError {
  return failure('source-changed', response, `${String(received)} bytes instead of ${String(expected.size)}`);
}

function failure(code: ErrorCode, { url }: HttpResponse, detail: string): F2gitError {
  return new F2gitError(code, { params: { address: safeAddress(url), detail } });
}

function announcedSize({ headers }: HttpResponse): number | undefined {
  const length = headers['content-length'];
  const isPlain = headers['content-encoding'] === undefined || headers['content-encoding'] === 'identity';
  return isPlain && length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

function digestOf(bytes: Uint8Array): () => string {
  return () => createHash('sha1').update(bytes).digest('hex');
}
