/** Reads the content of one file, and finds out what is behind files that have no bytes. */
import { createHash } from 'node:crypto';
import { MAX_FILE_BYTES } from '../../core/offer.ts';
import { F2gitError } from '../../errors.ts';
import { downloadBody, maxBytesFor } from '../download.ts';
import type { HttpResponse } from '../http.ts';
import type { Body } from '../source.ts';
import { type Api, failure } from './api.ts';
import type { FileKind } from './known.ts';

/** A file as it was listed. */
export interface ListedContent {
  readonly id: string;
  readonly name: string;
  /** Null where only the download tells. */
  readonly size: number | null;
  /** Whether a content of another size may be passed on from elsewhere, and it is time to look what comes. */
  readonly mayBePassedOn?: boolean;
}

/** What a request for content showed beside the bytes. */
export interface Shown {
  /** The entity tag in comparable form; absent for what Stud.IP only passes on. */
  readonly tag?: string;
  readonly kind?: FileKind;
  /** What comes whole and without a tag in place of a content of another size: a digest of it. */
  readonly passedOn?: string;
}

/** What an answer with no content may have at most: nothing of it is used. Bytes. */
const MAX_NOTE_BYTES = 64 * 1024;

/**
 * Downloads a file. `onShown` is told what the answer showed: its tag when the last byte was read, or at once that there
 * is nothing to read.
 * @throws {F2gitError} `source-gone`, `source-forbidden`, `source-login`, `source-changed`, `source-truncated`, …
 */
export async function readContent(
  api: Api,
  file: ListedContent,
  onShown: (shown: Shown) => void,
  signal: AbortSignal,
): Promise<Body> {
  const response = await api.content('GET', file.id, maxBytesFor(file), signal).catch(async (error: unknown) => {
    if (await api.isOneThingsFault(error, signal)) {
      onShown({ kind: 'failing' });
      throw new F2gitError('source-invalid', { params: { detail: CANNOT_GIVE }, cause: error });
    }
    throw error;
  });
  if (response.status !== 200) throw await refused(response, onShown);
  const tag = tagOf(response);
  if (tag === undefined) {
    const refusal = await judgeUntagged(response, file, onShown);
    if (refusal !== undefined) throw refusal;
  }
  const look = async (error: unknown): Promise<never> => {
    if (tag === undefined && file.mayBePassedOn === true) await lookAtPassedOn(api, file, onShown, signal);
    throw error;
  };
  const body = await downloadBody(response, file).catch(look);
  const shown = tag === undefined ? {} : { tag };
  if (body.kind === 'stream') return { ...body, stream: thenShow(body.stream, () => onShown(shown), look) };
  onShown(shown);
  return body;
}

/**
 * The size Stud.IP lists of a link whose content it passes on is that of the day the link was made. Content of another
 * size is no less whole if the answer says its length, or its end; but a notice in front of Stud.IP is just that too. So it
 * is only looked at here: whoever sees the same again a day later may believe it.
 */
async function lookAtPassedOn(
  api: Api,
  { id, name }: ListedContent,
  onShown: (shown: Shown) => void,
  signal: AbortSignal,
): Promise<void> {
  if ((await presentTag(api, id, signal)) !== undefined) return;
  const response = await api.content('GET', id, MAX_FILE_BYTES, signal);
  const isContent = response.status === 200 && tagOf(response) === undefined && !isPage(response, name);
  if (!isContent || !new URL(response.url).pathname.endsWith(`/${id}/content`)) return response.discard();
  const hash = createHash('sha256');
  const body = await downloadBody(response, { name, size: null });
  for await (const chunk of body.kind === 'bytes' ? [body.bytes] : body.stream) hash.update(chunk);
  onShown({ passedOn: hash.digest('base64url') });
}

/**
 * Stud.IP gives its own files a tag. What comes without one is passed on from elsewhere, or is the page of something in
 * front of Stud.IP, for a moment: nothing lasting follows from a page unless it is what was listed.
 */
async function judgeUntagged(
  response: HttpResponse,
  { id, name, size }: ListedContent,
  onShown: (shown: Shown) => void,
): Promise<F2gitError | undefined> {
  const isStrange = isPage(response, name);
  const isListedSize = size !== null && size > 0 && announcedSize(response) === size;
  const isLink = isStrange && (size === null || isListedSize) && !(await isInFront(response, id));
  // What has no listed size is believed as it comes, and only its download can say that it is passed on.
  const isRelayed = !isStrange && size === 0;
  if (!isStrange && !isRelayed) return undefined;
  await response.discard();
  if (!isLink && !isRelayed) return failure('source-login', response, 'a web page came back instead of the file');
  onShown({ kind: isLink ? 'link' : 'relayed' });
  return failure('source-changed', response, 'it is a link by now');
}

/** Whether a page is not even what Stud.IP passes on: it came from another address, or asks for a password. */
async function isInFront(response: HttpResponse, id: string): Promise<boolean> {
  if (!new URL(response.url).pathname.endsWith(`/${id}/content`)) return true;
  let beginning = '';
  for await (const chunk of response.body) {
    beginning += Buffer.from(chunk).toString('latin1');
    if (beginning.length > MAX_NOTE_BYTES) break;
  }
  return /type\s*=\s*["']?password/i.test(beginning);
}

/** Finds out what a file is that is listed with no bytes: nothing in its metadata tells a link from an empty file. */
export async function lookInto(api: Api, id: string, name: string, signal: AbortSignal): Promise<Shown> {
  const answer = await api.content('GET', id, MAX_NOTE_BYTES, signal).catch(async (error: unknown) => {
    if (await api.isOneThingsFault(error, signal)) return undefined;
    throw error;
  });
  if (answer === undefined) return { kind: 'failing' };
  const isStrange = answer.status === 200 && tagOf(answer) === undefined && isPage(answer, name);
  // Something for a moment: it is looked into again next time.
  if (isStrange && (await isInFront(answer, id))) {
    await answer.discard();
    return {};
  }
  await answer.discard();
  if (answer.status === 401) throw failure('source-login', answer);
  if (answer.status === 500) return { kind: 'link' };
  if (answer.status !== 200) return {};
  const tag = tagOf(answer);
  if (tag !== undefined) return { tag, kind: 'empty' };
  return { kind: isStrange ? 'link' : 'relayed' };
}

/** The entity tag a file's content has now; undefined where there is none, or no answer to rely on. */
export async function presentTag(api: Api, id: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await api.content('HEAD', id, MAX_NOTE_BYTES, signal);
  await response.discard();
  if (response.status === 401) throw failure('source-login', response);
  return response.status === 200 ? tagOf(response) : undefined;
}

export const CANNOT_GIVE = 'Stud.IP lists this file and cannot give its content';

async function refused(response: HttpResponse, onShown: (shown: Shown) => void): Promise<F2gitError> {
  await response.discard();
  switch (response.status) {
    case 401:
      return failure('source-login', response);
    case 403:
      return failure('source-forbidden', response);
    case 404:
    case 410:
      return failure('source-gone', response);
    case 500:
      onShown({ kind: 'link' });
      return failure('source-changed', response, 'it is a link by now');
    default:
      return failure('source-invalid', response, 'no content came back');
  }
}

/**
 * The entity tag without `W/`, quotes and the suffix of a compressing front end; it holds spaces, which count. Gives
 * undefined for none.
 */
function tagOf({ headers }: HttpResponse): string | undefined {
  const bare = (headers['etag'] ?? '')
    .trim()
    .replace(/^W\//i, '')
    .replace(/^"(.*)"$/s, '$1')
    .replace(/-gzip$/, '');
  return bare === '' ? undefined : bare;
}

function announcedSize({ headers }: HttpResponse): number | undefined {
  const length = headers['content-length'];
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Stud.IP sends its own HTML files as plain bytes: a page is what lies elsewhere. */
function isPage({ headers }: HttpResponse, name: string): boolean {
  return /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '') && !/\.x?html?$/i.test(name);
}

async function* thenShow(
  stream: AsyncIterable<Uint8Array>,
  show: () => void,
  orElse: (error: unknown) => Promise<never>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* stream;
  } catch (error) {
    await orElse(error);
  }
  show();
}
