/** JSON from a platform, parsed and checked: what has not the shape that was asked for is never half believed. */
import type { z } from 'zod';
import { F2gitError } from '../errors.ts';
import type { HttpResponse } from './http.ts';
import { jsonAllowance, type JsonAllowance, spend } from './json-allowance.ts';
import { safeAddress } from './redact.ts';

/**
 * Reads the whole body and gives what `schema` makes of it. The status is the caller's business. Answers that are kept
 * together share their `allowance`.
 * @throws {F2gitError} `source-login` for a web page, `source-truncated` for JSON that ends early, `too-large` for more
 * than is allowed, `source-invalid` for anything else that is not the shape; and what reading the body throws
 */
export async function readJson<T>(
  response: HttpResponse,
  schema: z.ZodType<T>,
  allowance: JsonAllowance = jsonAllowance(),
): Promise<T> {
  const address = safeAddress(response.url);
  const text = textOf(await response.bytes(), allowance, address);
  const result = schema.safeParse(parse(text, address));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'its root' : issue.path.map(String).join('.');
  throw new F2gitError('source-invalid', { params: { address, detail: `unexpected answer at ${place}` } });
}

function textOf(bytes: Uint8Array, allowance: JsonAllowance, address: string): string {
  spend(allowance, bytes, address);
  return new TextDecoder().decode(bytes);
}

function parse(text: string, address: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (isWebPage(text)) {
      throw new F2gitError('source-login', { params: { address, detail: 'a web page came back' }, cause: error });
    }
    const detail = text.trim() === '' ? 'an empty answer' : 'its answer is not JSON';
    if (!isCut(text)) throw new F2gitError('source-invalid', { params: { address, detail } });
    throw new F2gitError('source-truncated', { params: { address, detail: 'broke off' } });
  }
}

/** Whether a text is HTML rather than data: sign-in forms and maintenance notices come with status 200. */
export function isWebPage(text: string): boolean {
  return /^\s*(<!--[\s\S]{0,2000}?-->\s*)*<(!doctype\s+html|html|head|body)\b/i.test(text.slice(0, 4096));
}

/** JSON that opens and never closes was cut on its way; the message of a parser would quote what it holds. */
function isCut(text: string): boolean {
  const bare = text.trim();
  return (bare.startsWith('{') && !bare.endsWith('}')) || (bare.startsWith('[') && !bare.endsWith(']'));
}
