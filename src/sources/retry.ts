/** Which failed requests are worth repeating, and after how long. Pure; `http.ts` does the waiting. */
import { type HttpLimits } from './http-limits.ts';

/** Locked, too early, too many, and the failures of a server or a gateway that may be over in a moment. */
const PASSING = new Set([423, 425, 429, 500, 502, 503, 504]);

/** Error codes of a connection that may stand at the next try. A name that does not exist will not exist then. */
const PASSING_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
]);

/** Whether an answer with this status may be another one soon. 401 and 403 never are: repeating them locks accounts. */
export function isPassingStatus(status: number): boolean {
  return PASSING.has(status);
}

/** Whether a connection that failed with this error code may stand at the next try. */
export function isPassingError(code: string): boolean {
  return PASSING_ERRORS.has(code);
}

/**
 * Milliseconds to wait before the next try, or undefined when the server asks for more patience than there is.
 * `tried` counts the tries so far; `random` is in [0, 1).
 */
export function pauseBefore(
  tried: number,
  retryAfter: string | undefined,
  now: Date,
  random: number,
  limits: HttpLimits,
): number | undefined {
  const asked = parseRetryAfter(retryAfter, now);
  if (asked !== undefined) return asked <= limits.retryAfterMs ? asked : undefined;
  return random * Math.min(limits.backoffCapMs, limits.backoffMs * 2 ** tried);
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3); undefined when it is neither. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse reads far more than HTTP dates; a day name comes first in all three forms of RFC 9110.
  const at = /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
