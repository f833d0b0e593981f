/** An error that survives being sent to another thread or process. */
import { F2gitError, isErrorCode, type ErrorCode, type ErrorParams } from '../errors.ts';

export interface SentError {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly stack: string;
}

export function packError(error: F2gitError): SentError {
  const origin = error.cause instanceof Error ? error.cause : error;
  return { code: error.code, params: error.params, stack: (origin.stack ?? origin.message).slice(0, MOST_STACK) };
}

export function unpackError({ code, params, stack }: SentError): F2gitError {
  const cause = new Error(`in the agent: ${code}`);
  cause.stack = stack;
  return new F2gitError(code, { params, cause });
}

/** Reads what claims to be a `SentError`; anything else is a failure of whoever sent it. */
export function parseError(value: unknown): F2gitError {
  return isSentError(value)
    ? unpackError(value)
    : new F2gitError('part-failed', { cause: new Error('an error that is none') });
}

/** Enough to find the place. */
const MOST_STACK = 4000;
const MOST_PARAMS = 20;
const MOST_TEXT = 2000;

/** By hand: what a student's process reads must be loaded at every click. */
function isSentError(value: unknown): value is SentError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, params, stack } = value as Readonly<Record<string, unknown>>;
  const isCode = typeof code === 'string' && isErrorCode(code);
  return isCode && isParams(params) && typeof stack === 'string' && stack.length <= MOST_STACK;
}

function isParams(value: unknown): value is ErrorParams {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const isShort = ([name, text]: [string, unknown]): boolean =>
    name.length <= 40 && (typeof text === 'number' || (typeof text === 'string' && text.length <= MOST_TEXT));
  return entries.length <= MOST_PARAMS && entries.every(isShort);
}
