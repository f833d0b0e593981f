/** Answers whose status says too little: a 403 may mean "too fast", a 500 may last. Their first words tell. */
import type { HttpLimits } from './http-limits.ts';
import { checkedBody } from './http-body.ts';
import type { Incoming } from './http-wire.ts';
import { safeAddress } from './redact.ts';

/** No throttle's message is longer. Bytes. */
const MAX_MESSAGE_BYTES = 4 * 1024;

/**
 * Looks for `sign` in the beginning of a body. Gives the answer with its body still to be read, and whether it is there.
 * @throws what the connection failed with
 */
export async function findSign(
  incoming: Incoming,
  sign: RegExp,
  limits: HttpLimits,
  now: () => Date,
): Promise<{ readonly isFound: boolean; readonly incoming: Incoming }> {
  const chunks: Uint8Array[] = [];
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase();
  const rules = { announced: undefined, encoding, maxBytes: Infinity, address: safeAddress(incoming.url) };
  let length = 0;
  for await (const chunk of checkedBody(incoming.raw, rules, limits, now)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_MESSAGE_BYTES) break;
  }
  const message = Buffer.concat(chunks).subarray(0, MAX_MESSAGE_BYTES);
  return { isFound: sign.test(message.toString('utf8')), incoming: withBody(incoming, message) };
}

/** What is left of a longer refusal is a page nobody reads. */
function withBody(incoming: Incoming, body: Uint8Array): Incoming {
  const dropped = new Set(['content-encoding', 'content-length', 'transfer-encoding']);
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !dropped.has(name)));
  return {
    ...incoming,
    headers,
    raw: { ...incoming.raw, chunks: once(body) },
    discard: () => Promise.resolve(),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous iterable of what is there already
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
