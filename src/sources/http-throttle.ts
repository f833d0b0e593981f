/** Platforms that say "too fast" with a 403 instead of a 429: only the words of the answer tell it from a refusal. */
import type { HttpLimits } from './http-limits.ts';
import { checkedBody } from './http-body.ts';
import type { Incoming } from './http-wire.ts';
import { safeAddress } from './redact.ts';

/** No throttle's message is longer. Bytes. */
const MAX_MESSAGE_BYTES = 4 * 1024;

/**
 * Looks for `sign` in a 403. Gives the answer with its body still to be read, and whether it meant "too fast".
 * @throws what the connection failed with
 */
export async function readRefusal(
  incoming: Incoming,
  sign: RegExp,
  limits: HttpLimits,
  now: () => Date,
): Promise<{ readonly isThrottled: boolean; readonly incoming: Incoming }> {
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
  return { isThrottled: sign.test(message.toString('utf8')), incoming: withBody(incoming, message) };
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
