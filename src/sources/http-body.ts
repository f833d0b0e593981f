/**
 * Bodies that tell the truth: every byte counted, never faster over than announced, never slower than a student can
 * wait for. HTTP clients report success for cut gzip streams and expand bombs; this one does not.
 */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { F2gitError } from '../errors.ts';
import type { HttpLimits } from './http-limits.ts';

/** A body as it comes from the wire. */
export interface RawBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends the exchange with this error: the iteration then throws it. */
  readonly abort: (error: F2gitError) => void;
  readonly received: (bytes: number) => void;
}

export interface BodyRules {
  /** `Content-Length`, when the server named it and the body is not compressed; undefined otherwise. */
  readonly announced: number | undefined;
  /** `Content-Encoding` in lower case; undefined when the bytes are to be taken as they are. */
  readonly encoding: string | undefined;
  readonly maxBytes: number;
  /** Safe to show. */
  readonly address: string;
}

/** The bytes of a body, checked while they are read. Throws as `HttpResponse.body` says. */
export async function* checkedBody(
  raw: RawBody,
  rules: BodyRules,
  limits: HttpLimits,
  now: () => Date,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (rules.announced !== undefined && rules.announced > rules.maxBytes) tooLarge(raw, rules);
  let total = 0;
  for await (const chunk of decoded(paced(raw, rules, limits, now), rules)) {
    total += chunk.length;
    if (total > rules.maxBytes) tooLarge(raw, rules);
    yield chunk;
  }
  if (rules.announced !== undefined && total !== rules.announced) {
    throw new F2gitError('source-truncated', {
      params: { address: rules.address, announced: rules.announced, received: total },
    });
  }
}

function tooLarge(raw: RawBody, rules: BodyRules): never {
  const error = new F2gitError('too-large', { params: { address: rules.address, limit: rules.maxBytes } });
  raw.abort(error);
  throw error;
}

/** Counts the bytes, and aborts when too few came during the time spent waiting for them; a slow reader costs nothing. */
async function* paced(raw: RawBody, rules: BodyRules, limits: HttpLimits, now: () => Date) {
  const iterator = raw.chunks[Symbol.asyncIterator]();
  let waited = 0;
  let windowBytes = 0;
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  const judge = () => {
    if (windowBytes < limits.windowBytes) raw.abort(tooSlow(rules));
    waited = 0;
    windowBytes = 0;
    asked = now().getTime();
  };
  // A window that brought enough is followed by another one, in which nothing may come any more.
  const judgeAgain = () => {
    judge();
    timer = setTimeout(judgeAgain, limits.windowMs);
  };
  try {
    for (;;) {
      asked = now().getTime();
      timer = setTimeout(judgeAgain, Math.max(1, limits.windowMs - waited));
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      waited += now().getTime() - asked;
      windowBytes += next.value.length;
      raw.received(next.value.length);
      if (waited >= limits.windowMs) judge();
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

function tooSlow(rules: BodyRules): F2gitError {
  return new F2gitError('source-unreachable', { params: { address: rules.address, detail: 'too slow' } });
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, rules: BodyRules) {
  const decoder = decoderFor(rules);
  if (decoder === undefined) {
    yield* chunks;
    return;
  }
  // An error of either side destroys the decoder, and iterating the decoder throws it.
  pipeline(Readable.from(chunks, { objectMode: false }), decoder, () => undefined);
  yield* decoder as AsyncIterable<Uint8Array>;
}

function decoderFor({ encoding, address }: BodyRules): Transform | undefined {
  switch (encoding) {
    case undefined:
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      throw new F2gitError('source-invalid', { params: { address, detail: `compressed with "${encoding}"` } });
  }
}
