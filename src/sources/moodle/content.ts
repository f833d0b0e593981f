/** Downloads one file. It is only taken for good when its SHA-1 is the entity tag Moodle promised for it. */
import type { F2gitError } from '../../errors.ts';
import { type ExpectedFile, downloadBody, maxBytesFor } from '../download.ts';
import type { HttpResponse } from '../http.ts';
import { isWebPage } from '../json-answer.ts';
import type { Body } from '../source.ts';
import { failure, moodleFailure } from './failure.ts';
import { refusalSchema } from './schema.ts';
import type { MoodleService } from './service.ts';

/** Why no file at all comes. */
export const NO_DOWNLOADS = 'the web service may not download files';

/** An error of Moodle is a few lines of JSON. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/**
 * Reads a file of a listing.
 * @throws {F2gitError} `source-gone`, `source-forbidden`, `source-login`, `source-changed`, `source-truncated`, …
 */
export async function readFile(
  service: MoodleService,
  file: { readonly url: string; readonly name: string; readonly size: number },
  signal: AbortSignal,
): Promise<Body> {
  const response = await service.file(file.url, Math.max(maxBytesFor(file), MAX_REFUSAL_BYTES), signal);
  const sha1 = promisedDigest(response);
  if (response.status !== 200 || sha1 === undefined) throw await refusalOf(response);
  const expected: ExpectedFile = { name: file.name, size: file.size, sha1 };
  return downloadBody(response, expected);
}

/** What became of an activity that is not listed any more, judged by what it answers to a request for a file. */
export async function isActivityGone(service: MoodleService, url: string, signal: AbortSignal): Promise<boolean> {
  const response = await service.file(url, MAX_REFUSAL_BYTES, signal, 'bytes=0-0');
  if (response.status === 206 || promisedDigest(response) !== undefined) {
    await response.discard();
    return false;
  }
  const { refusal, error } = await readRefusal(response);
  // Its record is gone; every other refusal is of an activity that is there.
  if (refusal === 'invalidrecord' || refusal === 'invalidrecordunknown') return true;
  if (error.code === 'source-forbidden' || error.code === 'source-gone') return false;
  throw error;
}

/** The entity tag of a stored file is the SHA-1 of its content; errors and pages made on the fly have none. */
function promisedDigest({ headers }: HttpResponse): string | undefined {
  return /^(?:W\/)?"?([0-9a-f]{40})(?:-gzip)?"?$/i.exec(headers['etag']?.trim() ?? '')?.[1]?.toLowerCase();
}

async function refusalOf(response: HttpResponse): Promise<F2gitError> {
  return (await readRefusal(response)).error;
}

async function readRefusal(response: HttpResponse): Promise<{ readonly refusal?: string; readonly error: F2gitError }> {
  const { status, url, headers } = response;
  const isText = /^(application\/json|text\/)/i.test(headers['content-type'] ?? '');
  if (!isText) await response.discard();
  const text = isText ? await response.text() : '';
  const refusal = refusalIn(text);
  // The listing was given to the same token.
  if (refusal === 'accessexception') return { refusal, error: failure('source-forbidden', url, NO_DOWNLOADS) };
  if (refusal !== undefined) return { refusal, error: moodleFailure(refusal, url) };
  if (status === 401 || isWebPage(text)) {
    return { error: failure('source-login', url, 'a web page came back instead of the file', status) };
  }
  if (status === 403)
    return { error: failure('source-forbidden', url, 'the web server in front of it refuses', status) };
  if (status === 404 || status === 410)
    return { error: failure('source-gone', url, 'it is not there any more', status) };
  return { error: failure('source-invalid', url, 'the file came without its SHA-1, so nothing proves it', status) };
}

function refusalIn(text: string): string | undefined {
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.errorcode : undefined;
  } catch {
    // What is no JSON is no error of Moodle's; the caller says what it is.
    return undefined;
  }
}
