/** An answer as adapters get it: its body checked while it is read, and read on or again where it broke off. */
import { F2gitError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { checkedBody } from './http-body.ts';
import { bodyFailure } from './http-failure.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Incoming } from './http-wire.ts';
import { safeAddress } from './redact.ts';
import { judgeRest, rangeFrom, resumableFrom, type Resumable } from './resume.ts';

export interface Exchanged {
  readonly request: HttpRequest;
  readonly incoming: Incoming;
  readonly limits: HttpLimits;
  readonly now: () => Date;
  /** The number of the try that brought the answer. */
  readonly tried: number;
  /** Sends a request like this one again, counting tries from `firstTry`. */
  readonly again: (request: HttpRequest, firstTry: number) => Promise<HttpResponse>;
}

/** How often a body was asked for: asking for its rest counts. */
interface Tries {
  count: number;
}

export function responseOf(exchanged: Exchanged): HttpResponse {
  const { incoming } = exchanged;
  const tries: Tries = { count: exchanged.tried };
  const body = bodyOf(exchanged, tries);
  const announced = announcedBy(exchanged.request, incoming);
  const bytes = () => collect(body, announced).catch((error: unknown) => repeatBody(exchanged, tries, error));
  return {
    status: incoming.status,
    headers: incoming.headers,
    url: incoming.url.href,
    body,
    bytes,
    text: async () => new TextDecoder().decode(await bytes()),
    discard: incoming.discard,
  };
}

/** A part that brings less is hardly worth the request: as many of them are borne as there are tries. Bytes. */
const MEAGRE = 8 * 1024;

/** The bytes, and after a break the rest of them where the server gives it. A part that brought nothing is the last. */
async function* bodyOf(exchanged: Exchanged, tries: Tries): AsyncGenerator<Uint8Array, void> {
  const { request, incoming } = exchanged;
  const announced = announcedBy(request, incoming);
  const resumable = resumableFrom({ ...request, ...incoming, announced });
  let part: AsyncIterable<Uint8Array> | undefined = partOf(exchanged, announced);
  let received = 0;
  let meagre = 0;
  while (part !== undefined) {
    const start = received;
    try {
      for await (const chunk of part) {
        received += chunk.length;
        yield chunk;
      }
      part = undefined;
    } catch (error) {
      if (!isCut(error)) throw error;
      if (received - start < MEAGRE) meagre += 1;
      const isSpent = received === start || meagre >= exchanged.limits.tries;
      if (resumable === undefined || isSpent || received > resumable.size) throw givenUp(exchanged, tries, error);
      tries.count += 1;
      part = await restOf(exchanged, resumable, received, givenUp(exchanged, tries, error));
    }
  }
}

/** @throws {F2gitError} `source-changed` when it is another version by now; `cut` when the server gives no parts */
async function restOf(
  { request, again }: Exchanged,
  resumable: Resumable,
  received: number,
  cut: F2gitError,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = { ...request.headers, ...rangeFrom(resumable, received) };
  const rest = await again({ ...request, headers, maxBytes: request.maxBytes - received }, 1);
  const verdict = judgeRest(rest, resumable, received);
  if (verdict === 'rest') return rest.body;
  await rest.discard();
  if (verdict === 'whole') throw cut;
  throw new F2gitError('source-changed', { params: { address: safeAddress(rest.url) }, cause: cut });
}

/** A body that always breaks off says so, so that nobody asks for it once more at once. */
function givenUp({ limits }: Exchanged, tries: Tries, cut: F2gitError): F2gitError {
  if (tries.count < limits.tries) return cut;
  return new F2gitError(cut.code, { params: { ...cut.params, tries: tries.count }, cause: cut });
}

function isCut(error: unknown): error is F2gitError {
  return error instanceof F2gitError && error.code === 'source-truncated';
}

async function* partOf(
  { request, incoming, limits, now }: Exchanged,
  announced: number | undefined,
): AsyncGenerator<Uint8Array, void> {
  const address = safeAddress(incoming.url);
  const rules = { announced, encoding: encodingOf(incoming), maxBytes: request.maxBytes, address };
  try {
    yield* checkedBody(incoming.raw, rules, limits, now);
  } catch (error) {
    const failure = bodyFailure(error, address);
    // Nobody reads on: the connection, and the place it takes, are given back.
    incoming.raw.abort(failure);
    throw failure;
  }
}

/** `Content-Length`, where it says how many bytes the body has. */
function announcedBy(request: HttpRequest, incoming: Incoming): number | undefined {
  const length = incoming.headers['content-length'];
  const isWhole = encodingOf(incoming) === undefined && request.method !== 'HEAD' && incoming.status !== 304;
  return isWhole && length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** A server that marks `slides.tar.gz` as compressed means the file itself: its bytes are taken as they are. */
function encodingOf(incoming: Incoming): string | undefined {
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase();
  return encoding === 'identity' || /\.(t?gz|z|svgz)$/i.test(incoming.url.pathname) ? undefined : encoding;
}

/** Room for as much is made at once, so that a large answer is not held twice. Bytes. */
const MOST_ROOM = 64 * 1024 * 1024;

async function collect(body: AsyncIterable<Uint8Array>, announced = 0): Promise<Uint8Array> {
  let room: Buffer | undefined;
  let received = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    if (chunk.length < announced && announced <= MOST_ROOM) room ??= Buffer.allocUnsafe(announced);
    const isRoom = room !== undefined && chunks.length === 0 && received + chunk.length <= room.length;
    if (isRoom) room?.set(chunk, received);
    else chunks.push(chunk);
    received += isRoom ? chunk.length : 0;
  }
  if (room !== undefined) chunks.unshift(room.subarray(0, received));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** A whole body that broke off is asked for again from its start; the new answer must be of the same version. */
async function repeatBody({ request, incoming, limits, again }: Exchanged, tries: Tries, failure: unknown) {
  if (!isCut(failure) || tries.count >= limits.tries || request.once === true) throw failure;
  const second = await again(request, tries.count + 1);
  const isSame = second.status === incoming.status && second.headers['etag'] === incoming.headers['etag'];
  if (isSame) return second.bytes();
  await second.discard();
  throw new F2gitError('source-changed', { params: { address: safeAddress(incoming.url) }, cause: failure });
}
