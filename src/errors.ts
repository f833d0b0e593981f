/**
 * The one error class and the one table of error codes. Codes are part of the outside contract (`--json`, HTTP); what
 * people read is in `messages/error-sentences.ts`, in both languages.
 */
import { constants } from 'node:os';

/** When trying again can help. */
export type Retry = 'now' | 'later' | 'login' | 'never';

interface CodeFacts {
  readonly retry: Retry;
  /** Exit code of the command line (DESIGN 8). */
  readonly exit: 1 | 2 | 3 | 4 | 130;
  /** HTTP status when a request ends with it. */
  readonly status: number;
}

const codes = {
  // what the person at the keyboard or the administrator wrote
  usage: { retry: 'never', exit: 2, status: 400 },
  'config-invalid': { retry: 'never', exit: 2, status: 500 },
  'schedule-invalid': { retry: 'never', exit: 2, status: 500 },
  'schedule-gone': { retry: 'never', exit: 2, status: 500 },
  'config-unreadable': { retry: 'never', exit: 2, status: 500 },
  'address-not-understood': { retry: 'never', exit: 2, status: 400 },
  'address-needs-login': { retry: 'login', exit: 2, status: 400 },
  'address-forbidden': { retry: 'never', exit: 2, status: 400 },
  'source-unsupported': { retry: 'never', exit: 2, status: 400 },
  'credentials-invalid': { retry: 'never', exit: 2, status: 400 },
  'course-unknown': { retry: 'never', exit: 2, status: 404 },
  'file-unknown': { retry: 'never', exit: 2, status: 404 },
  'file-elsewhere': { retry: 'never', exit: 2, status: 409 },
  'cell-unknown': { retry: 'never', exit: 2, status: 404 },
  'course-elsewhere': { retry: 'never', exit: 2, status: 404 },
  'confirm-elsewhere': { retry: 'never', exit: 2, status: 409 },
  'address-not-kept': { retry: 'never', exit: 2, status: 409 },
  'run-unknown': { retry: 'never', exit: 2, status: 404 },
  'folder-removed': { retry: 'never', exit: 2, status: 409 },
  'port-in-use': { retry: 'later', exit: 2, status: 500 },
  'data-in-use': { retry: 'later', exit: 2, status: 500 },
  'data-refused': { retry: 'never', exit: 2, status: 500 },
  // the workspace
  'workspace-missing': { retry: 'never', exit: 2, status: 404 },
  'workspace-not-a-folder': { retry: 'never', exit: 2, status: 409 },
  'workspace-state-refused': { retry: 'never', exit: 2, status: 409 },
  'workspace-state-lost': { retry: 'never', exit: 2, status: 409 },
  'workspace-other-course': { retry: 'never', exit: 2, status: 409 },
  'workspace-is-source': { retry: 'never', exit: 2, status: 409 },
  'target-refused': { retry: 'never', exit: 2, status: 400 },
  'file-present': { retry: 'never', exit: 2, status: 409 },
  'workspace-busy': { retry: 'now', exit: 4, status: 409 },
  'workspace-unreadable': { retry: 'later', exit: 4, status: 409 },
  'workspace-unwritable': { retry: 'later', exit: 4, status: 507 },
  'disk-full': { retry: 'later', exit: 4, status: 507 },
  'file-changed-meanwhile': { retry: 'now', exit: 4, status: 409 },
  'file-unreadable': { retry: 'later', exit: 4, status: 409 },
  'place-unreadable': { retry: 'later', exit: 4, status: 409 },
  // the source
  'source-unreachable': { retry: 'later', exit: 3, status: 502 },
  'source-host-unknown': { retry: 'later', exit: 3, status: 502 },
  'source-program-missing': { retry: 'later', exit: 3, status: 502 },
  'source-not-configured': { retry: 'later', exit: 3, status: 502 },
  'source-login': { retry: 'login', exit: 3, status: 502 },
  'source-forbidden': { retry: 'never', exit: 3, status: 502 },
  'source-not-found': { retry: 'never', exit: 3, status: 502 },
  'source-throttled': { retry: 'later', exit: 3, status: 502 },
  'source-invalid': { retry: 'later', exit: 3, status: 502 },
  'source-truncated': { retry: 'now', exit: 3, status: 502 },
  'source-changed': { retry: 'now', exit: 3, status: 502 },
  'source-gone': { retry: 'later', exit: 3, status: 502 },
  'source-incomplete': { retry: 'later', exit: 3, status: 502 },
  'source-empty': { retry: 'never', exit: 3, status: 502 },
  'too-large': { retry: 'never', exit: 3, status: 502 },
  'name-refused': { retry: 'never', exit: 3, status: 502 },
  'place-occupied': { retry: 'later', exit: 3, status: 502 },
  'kind-refused': { retry: 'never', exit: 3, status: 502 },
  'lfs-pointer': { retry: 'never', exit: 3, status: 502 },
  // the hidden repository
  'object-missing': { retry: 'now', exit: 3, status: 502 },
  'repository-newer': { retry: 'never', exit: 2, status: 500 },
  'repository-busy': { retry: 'now', exit: 3, status: 503 },
  'repository-unwritable': { retry: 'later', exit: 4, status: 507 },
  'ref-changed': { retry: 'now', exit: 3, status: 503 },
  // the server
  'login-needed': { retry: 'login', exit: 2, status: 401 },
  'login-failed': { retry: 'login', exit: 2, status: 403 },
  'link-refused': { retry: 'never', exit: 2, status: 403 },
  'link-of-other': { retry: 'never', exit: 2, status: 403 },
  'code-needed': { retry: 'login', exit: 3, status: 401 },
  'link-unencrypted': { retry: 'never', exit: 2, status: 400 },
  'code-refused': { retry: 'login', exit: 3, status: 403 },
  'platform-login-needed': { retry: 'login', exit: 2, status: 403 },
  'platform-login-failed': { retry: 'login', exit: 2, status: 403 },
  'hub-unreachable': { retry: 'later', exit: 3, status: 502 },
  'account-refused': { retry: 'never', exit: 4, status: 403 },
  'home-missing': { retry: 'later', exit: 4, status: 409 },
  'request-refused': { retry: 'never', exit: 2, status: 403 },
  'page-unknown': { retry: 'never', exit: 2, status: 404 },
  'method-refused': { retry: 'never', exit: 2, status: 405 },
  'request-too-large': { retry: 'never', exit: 2, status: 413 },
  'repository-not-offered': { retry: 'never', exit: 2, status: 404 },
  'environment-refused': { retry: 'never', exit: 2, status: 409 },
  'environment-missing': { retry: 'never', exit: 2, status: 404 },
  'course-not-ready': { retry: 'later', exit: 3, status: 503 },
  'server-busy': { retry: 'now', exit: 3, status: 503 },
  'server-stopping': { retry: 'now', exit: 3, status: 503 },
  'part-failed': { retry: 'now', exit: 1, status: 503 },
  'report-too-large': { retry: 'now', exit: 4, status: 507 },
  'agent-outdated': { retry: 'never', exit: 2, status: 426 },
  'server-outdated': { retry: 'never', exit: 2, status: 501 },
  'workspace-hung': { retry: 'later', exit: 4, status: 504 },
  // the machine, where nobody expected it
  'output-unwritable': { retry: 'later', exit: 4, status: 500 },
  'system-refused': { retry: 'later', exit: 4, status: 500 },
  // ours
  cancelled: { retry: 'now', exit: 130, status: 499 },
  bug: { retry: 'never', exit: 1, status: 500 },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof codes;

/** Every code with its facts, for docs and tests. */
export const errorCodes: Readonly<Record<ErrorCode, CodeFacts>> = codes;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(codes, text);
}

/** Values a message shows. Paths, addresses without credentials, counts; never a secret, never file content. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** The only error f2git throws on purpose. The student's work is as it was before whenever one is thrown. */
export class F2gitError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  /** Where several things of the same kind are wrong: each of them; else none. */
  readonly parts: readonly F2gitError[];

  constructor(code: ErrorCode, options: { params?: ErrorParams; parts?: readonly F2gitError[]; cause?: unknown } = {}) {
    const shown = Object.entries(options.params ?? {}).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    super([code, ...shown].join(', '), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'F2gitError';
    this.code = code;
    this.params = options.params ?? {};
    this.parts = options.parts ?? [];
  }

  get retry(): Retry {
    return codes[this.code].retry;
  }

  get exit(): number {
    return codes[this.code].exit;
  }

  get status(): number {
    return codes[this.code].status;
  }
}

/** Errors that tell of the machine and not of a mistake of ours: a failing disk, missing rights, too many open files. */
const machineTrouble: ReadonlySet<string> = new Set(
  'EACCES EPERM EROFS EIO ESTALE ENODEV ENXIO EMFILE ENFILE ENOMEM'.split(' '),
);

/**
 * Gives `error` itself if it is ours, else wraps it: a cancelled operation as `cancelled`, what the machine refused as
 * `disk-full` or `system-refused`, anything else as `bug`.
 */
export function asF2gitError(error: unknown): F2gitError {
  if (error instanceof F2gitError) return error;
  if (error instanceof Error && error.name === 'AbortError') return new F2gitError('cancelled', { cause: error });
  const name = systemErrorName(error);
  if (name === 'ENOSPC' || name === 'EDQUOT') return new F2gitError('disk-full', { cause: error });
  if (name !== undefined && machineTrouble.has(name))
    return new F2gitError('system-refused', { params: { errno: name }, cause: error });
  return new F2gitError('bug', {
    params: { detail: error instanceof Error ? error.message : String(error) },
    cause: error,
  });
}

/** Numbers of errors Node gives no name: a full quota (`EDQUOT`) and a lost network folder (`ESTALE`) are among them. */
const systemErrors: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** The name of an error of the system (`ENOENT`), or undefined when `error` is none of the system's. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (/^E[A-Z0-9]+$/.test(error.code)) return error.code;
  // other errors of Node's own have a code and a number too: zlib's
  const isUnnamed = error.code === 'UNKNOWN' || error.code.startsWith('Unknown system error');
  return isUnnamed && 'errno' in error && typeof error.errno === 'number' ? systemErrors.get(-error.errno) : undefined;
}
