/** Downloads one file, and proves that it is the version that was listed. */
import { MAX_FILE_BYTES } from '../../core/offer.ts';
import { F2gitError } from '../../errors.ts';
import type { HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import type { Body } from '../source.ts';
import { type DavServer, propfind } from './propfind.ts';
import { normaliseDate, normaliseEtag, stampOf } from './stamp.ts';

/** A file as it was listed. */
export interface ListedFile {
  readonly url: string;
  readonly name: string;
  readonly stamp: string;
  readonly size: number | null;
}

/** Read at once below this: a server reads so little in one go, so it cannot mix two versions. */
const SMALL_BYTES = 256 * 1024;

/**
 * Reads `file`. What cannot be told apart from another version by the answer's own headers is asked for again with
 * PROPFIND after the last byte, so that a file overwritten during the download never passes.
 * @throws {F2gitError} `source-gone`, `source-changed`, `source-login`, `source-forbidden`, `source-truncated`, …
 */
export async function readFile(server: DavServer, file: ListedFile, signal: AbortSignal): Promise<Body> {
  if ((file.size ?? 0) > MAX_FILE_BYTES) throw failure('too-large', file, 'larger than any course file');
  const response = await server.http.send(
    {
      method: 'GET',
      url: file.url,
      headers: server.headers,
      auth: server.auth,
      purpose: 'content',
      // One byte more than listed proves that it is another version, or no end in sight.
      maxBytes: file.size === null ? MAX_FILE_BYTES : file.size + 1,
    },
    signal,
  );
  const download = new Download(server, file, response, signal);
  return download.body();
}

class Download {
  readonly #server: DavServer;
  readonly #file: ListedFile;
  readonly #response: HttpResponse;
  readonly #signal: AbortSignal;

  constructor(server: DavServer, file: ListedFile, response: HttpResponse, signal: AbortSignal) {
    this.#server = server;
    this.#file = file;
    this.#response = response;
    this.#signal = signal;
  }

  async body(): Promise<Body> {
    const { size } = this.#file;
    const refusal = this.#refusal();
    const other = this.#announcedOtherwise();
    if (refusal !== undefined || other !== undefined) {
      // First the connection: the question what is listed now may need one that downloads like this one hold.
      await this.#response.discard();
      throw refusal ?? (await this.#otherSize(other ?? 0));
    }
    if (size === null || size > SMALL_BYTES) return { kind: 'stream', size, stream: this.#stream() };
    const bytes = await this.#response.bytes().catch((error: unknown) => this.#endless(error));
    await this.#checkEnd(bytes.length, false);
    return { kind: 'bytes', bytes };
  }

  async *#stream(): AsyncGenerator<Uint8Array, void> {
    let received = 0;
    try {
      for await (const chunk of this.#response.body) {
        received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      await this.#endless(error);
    }
    await this.#checkEnd(received, true);
  }

  /** More bytes than listed are another version, or a server that lies. */
  async #endless(error: unknown): Promise<never> {
    const { size } = this.#file;
    if (size === null || !(error instanceof F2gitError) || error.code !== 'too-large') throw error;
    throw this.#isPage() ? this.#pageFailure() : await this.#otherSize(size + 1);
  }

  #refusal(): F2gitError | undefined {
    const { status } = this.#response;
    if (status === 401) return failure('source-login', this.#file, refusedSignIn(this.#server.auth), status);
    if (status === 403) return failure('source-forbidden', this.#file, undefined, status);
    if (status === 404 || status === 410) return failure('source-gone', this.#file, undefined, status);
    if (status === 412) return failure('source-changed', this.#file, undefined, status);
    if (status !== 200) return failure('source-invalid', this.#file, 'no content came back', status);
    const isOtherSize = this.#announcedOtherwise() !== undefined;
    return this.#isPage() && (isOtherSize || this.#file.size === null) ? this.#pageFailure() : undefined;
  }

  /** The announced number of bytes, where it is not the listed one. */
  #announcedOtherwise(): number | undefined {
    const announced = announcedSize(this.#response);
    return this.#file.size === null || announced === this.#file.size ? undefined : announced;
  }

  /** Checks the number of bytes, and, where nothing else proved it, that the file is still the listed one. */
  async #checkEnd(received: number, isLong: boolean): Promise<void> {
    const { size } = this.#file;
    if (size !== null && received !== size)
      throw this.#isPage() ? this.#pageFailure() : await this.#otherSize(received);
    if ((isLong || !this.#isConfirmed()) && !(await this.#isStillListed())) throw failure('source-changed', this.#file);
  }

  /** Whether the answer's entity tag, or failing that its date, is the listed one; where tags are loose, both. */
  #isConfirmed(): boolean {
    const [etag, , modified] = JSON.parse(this.#file.stamp) as readonly unknown[];
    const { headers } = this.#response;
    const isLoose = this.#server.dialect?.hasLooseTags === true;
    const isSameTag = normaliseEtag(headers['etag']) === etag;
    if (etag !== '' && !(isLoose && isSameTag)) return isSameTag;
    return modified !== '' && normaliseDate(headers['last-modified']) === modified;
  }

  /** A web page under a name that is none: a form to sign in, a maintenance notice, a folder's index. */
  #isPage(): boolean {
    const isHtml = /^(text\/html|application\/xhtml)/i.test(this.#response.headers['content-type'] ?? '');
    const isElsewhere = new URL(this.#response.url).pathname !== new URL(this.#file.url).pathname;
    return isHtml && (isElsewhere || !/\.x?html?$/i.test(this.#file.name));
  }

  #pageFailure(): F2gitError {
    return failure('source-login', this.#file, 'a web page came back instead of the file');
  }

  async #otherSize(received: number): Promise<F2gitError> {
    const isStill = await this.#isStillListed();
    const detail = `${String(received)} bytes instead of ${String(this.#file.size)}`;
    return failure(isStill ? 'source-truncated' : 'source-changed', this.#file, detail);
  }

  async #isStillListed(): Promise<boolean> {
    const budget = { left: 0 };
    try {
      const answer = await propfind(this.#server, this.#file.url, 0, budget, this.#signal);
      const props = answer.responses()[0]?.props;
      return props !== undefined && props.isCollection !== true && stampOf(props) === this.#file.stamp;
    } catch (error) {
      if (error instanceof F2gitError && error.code === 'source-not-found') return false;
      throw error;
    }
  }
}

function announcedSize({ headers }: HttpResponse): number | undefined {
  const length = headers['content-length'];
  const isPlain = headers['content-encoding'] === undefined || headers['content-encoding'] === 'identity';
  return isPlain && length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

function failure(code: F2gitError['code'], file: ListedFile, detail?: string, status?: number): F2gitError {
  return new F2gitError(code, {
    params: {
      address: safeAddress(file.url),
      ...(detail === undefined ? {} : { detail }),
      ...(status === undefined ? {} : { status }),
    },
  });
}
