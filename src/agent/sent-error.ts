/** An error that survives being sent to another thread or process. */
import { z } from 'zod';
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
  const { data } = sentError.safeParse(value);
  if (data === undefined) return new F2gitError('part-failed', { cause: new Error('an error that is none') });
  return unpackError(data);
}

/** Enough to find the place. */
const MOST_STACK = 4000;
const MOST_PARAMS = 20;

const sentError = z.object({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && isErrorCode(value)),
  params: z
    .record(z.string().max(40), z.union([z.string().max(2000), z.number()]))
    .refine((params) => Object.keys(params).length <= MOST_PARAMS),
  stack: z.string().max(MOST_STACK),
});
