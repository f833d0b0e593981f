/** What rclone's complaints and exit codes mean. Its own words are matched and never passed on: they may hold secrets. */
import { type ErrorCode, type ErrorParams, F2gitError } from '../../errors.ts';
import type { Ending } from './child.ts';
import type { Complaint } from './log.ts';

/** What a failed command was about: the whole course, or one of its files. */
export interface About {
  /** As rclone names it, without secrets. */
  readonly remote: string;
  /** Path of the file; absent for the course. */
  readonly path?: string;
}

interface Meaning {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly detail?: string;
}

/**
 * In this order: a configuration that cannot be used is no refusal of the server, and a refused sign-in is no missing
 * folder. Statuses stand for themselves (WebDAV, HTTP) or in brackets (S3, Google); the rest are words of backends.
 */
const meanings: readonly Meaning[] = [
  {
    says: /unknown (shorthand )?(flag|command)/i,
    code: 'source-not-configured',
    detail: 'this rclone is too old: 1.60 or later is needed',
  },
  { says: /no space left on device|disk quota exceeded/i, code: 'disk-full' },
  {
    says: /didn't find section in config file|didn't find backend called/i,
    code: 'source-not-configured',
    detail: 'the configuration of rclone has no remote of this name',
  },
  {
    says: /unable to decrypt configuration|couldn't decrypt configuration|not allowed to ask for password/i,
    code: 'source-not-configured',
    detail: 'the password of its configuration is missing or wrong',
  },
  {
    says: /failed to load config|ssh-agent|failed to (configure|create file system for).*(invalid|unknown|not set|couldn't parse)/i,
    code: 'source-not-configured',
    detail: 'the configuration of rclone cannot be used',
  },
  {
    says: /\b401\b|unauthori[sz]ed|unable to authenticate|invalid_grant|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|expired_access_token|invalid_access_token|couldn't fetch token|empty token found|login incorrect|\b530\b/i,
    code: 'source-login',
    detail: 'the server refused the sign-in of this remote',
  },
  {
    says: /\b429\b|too many requests|rate ?limit|userRateLimitExceeded|SlowDown|too_many_requests|quotaExceeded/i,
    code: 'source-throttled',
  },
  {
    says: /\b403\b|forbidden|permission denied|access ?denied|insufficientPermissions/i,
    code: 'source-forbidden',
  },
  { says: /no such host/i, code: 'source-host-unknown' },
  {
    says: /directory not found|object not found|file not found|\b404\b|no such file|NoSuchBucket|NoSuchKey|\b410\b/i,
    code: 'source-not-found',
  },
  {
    says: /unexpected EOF|max transfer limit|context cancell?ed|corrupted on transfer|sizes differ|can't copy - source file is being updated/i,
    code: 'source-truncated',
  },
  {
    says: /dial tcp|connection (refused|reset)|i\/o timeout|timed? ?out|deadline exceeded|network is unreachable|no route to host|couldn't connect|\b5\d\d\b|broken pipe|tls:|x509:|ssh:|EOF/i,
    code: 'source-unreachable',
  },
  {
    says: /XML syntax|invalid character|cannot unmarshal|expected element/i,
    code: 'source-invalid',
    detail: 'the server answered rclone with something else than a listing',
  },
];

/** rclone's exit codes, where its words said nothing (rclone.org/docs, "Exit code"). */
const exits: Readonly<Record<number, ErrorCode>> = {
  2: 'source-invalid',
  3: 'source-not-found',
  4: 'source-not-found',
  5: 'source-unreachable',
};

/** The error that a run of rclone which did not end with 0 stands for. */
export function troubleOf(ending: Ending, about: About): F2gitError {
  return troubleIn(ending, ending.log.complaints, about);
}

/** The error that some of its complaints stand for. */
export function troubleIn({ code }: Ending, complaints: readonly Complaint[], about: About): F2gitError {
  const known = complaints.map(meaningOf).find((meaning) => meaning !== undefined);
  return errorOf(known ?? { code: exits[code ?? -1] ?? 'source-unreachable' }, about);
}

/** The code and the words for a folder that could not be listed. */
export function problemIn(complaint: Complaint): { readonly code: ErrorCode; readonly params?: ErrorParams } {
  const { code, detail } = meaningOf(complaint) ?? { code: 'source-unreachable' as const, detail: undefined };
  return {
    code: code === 'source-not-found' ? 'source-changed' : code,
    ...(detail === undefined ? {} : { params: { detail } }),
  };
}

/** What a complaint stands for; undefined when its words are not known. */
export function codeOf(complaint: Complaint): ErrorCode | undefined {
  return meaningOf(complaint)?.code;
}

function meaningOf({ text }: Complaint): Meaning | undefined {
  // Paths and addresses in quotes and ids of requests may look like anything, and a port is no status.
  const words = text.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/(\S):\d+|\b(request|host) id: \S+/gi, '$1');
  return meanings.find(({ says }) => says.test(words));
}

function errorOf({ code, detail }: Pick<Meaning, 'code' | 'detail'>, { remote, path }: About): F2gitError {
  const known = detail === undefined ? {} : { detail };
  if (path === undefined) return new F2gitError(code, { params: { address: `rclone:${remote}`, ...known } });
  return new F2gitError(code === 'source-not-found' ? 'source-gone' : code, { params: { path, ...known } });
}
