/** What went wrong on the wire, in our codes and in words an administrator can act on. */
import { F2gitError } from '../errors.ts';
import { isPassingError } from './retry.ts';
import { redact } from './redact.ts';

/** A failed request: what to throw, and whether another try may succeed. */
export interface Failure {
  readonly error: F2gitError;
  readonly isPassing: boolean;
}

/** Error codes of Node and OpenSSL, and what they mean for whoever reads the message. */
const DETAILS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an unknown authority',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks no TLS version that is still safe',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks no TLS version that is still safe',
};

/** Puts what a request ended with into our codes. `address` must be safe to show. */
export function requestFailure(error: unknown, address: string): Failure {
  const ours = findOurs(error);
  if (ours !== undefined) return { error: ours, isPassing: false };
  const code = codeOf(error);
  if (code === 'ENOTFOUND') return { error: unknownHost(address, error), isPassing: false };
  const detail = DETAILS[code] ?? detailOf(code, error);
  return {
    error: new F2gitError('source-unreachable', { params: { address, detail }, cause: withoutBytes(error) }),
    isPassing: isPassingError(code),
  };
}

function unknownHost(address: string, cause: unknown): F2gitError {
  const host = URL.canParse(address) ? { host: new URL(address).hostname } : {};
  return new F2gitError('source-host-unknown', { params: { address, ...host }, cause });
}

/** Puts what reading a body ended with into our codes: whatever breaks off is `source-truncated`. */
export function bodyFailure(error: unknown, address: string): F2gitError {
  const ours = findOurs(error);
  if (ours !== undefined) return ours;
  const code = codeOf(error);
  if (code === 'Z_DATA_ERROR') {
    return new F2gitError('source-invalid', { params: { address, detail: 'damaged compression' }, cause: error });
  }
  return new F2gitError('source-truncated', { params: { address, detail: 'broke off' }, cause: withoutBytes(error) });
}

/** Errors of ours travel through streams and zlib as causes of theirs. */
function findOurs(error: unknown): F2gitError | undefined {
  return chainOf(error).find((one) => one instanceof F2gitError);
}

function codeOf(error: unknown): string {
  const codes = chainOf(error).map((one) => (one as NodeJS.ErrnoException).code);
  return codes.find((code) => typeof code === 'string') ?? '';
}

/** The error, its causes, and, where several addresses were tried, why each failed. */
function chainOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...parts].flatMap(chainOf)];
}

function detailOf(code: string, error: unknown): string {
  if (isParserError(error)) return 'its answer is not HTTP';
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return 'no secure connection can be made';
  return redact(error instanceof Error ? error.message : String(error));
}

/** Errors of Node's parser carry the bytes they stumbled over, and with them whatever a server put there. */
function withoutBytes(error: unknown): unknown {
  return isParserError(error) ? new Error('the answer could not be parsed') : error;
}

function isParserError(error: unknown): boolean {
  return codeOf(error).startsWith('HPE_');
}
