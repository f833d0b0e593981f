/** What students are told of a course that cannot be read: which course, and never where its files are. */
import { type ErrorCode, type ErrorParams, F2gitError, isErrorCode } from '../errors.ts';
import { describeError } from './errors.ts';
import type { Language } from './language.ts';

/** Leaves out what names the source, or a folder of the server. */
export function withoutPlaces(params: ErrorParams): ErrorParams {
  const isPlace = ([name, value]: readonly [string, string | number]): boolean =>
    ['url', 'address', 'host', 'origin'].includes(name) || (name === 'path' && String(value).startsWith('/'));
  return Object.fromEntries(Object.entries(params).filter((param) => !isPlace(param)));
}

/**
 * The same error for those who take the course called `title`. Of trouble with its source they get a reason without
 * particulars: what a server says of itself may name hosts, folders, accounts.
 */
export function forStudents(error: F2gitError, title: string): F2gitError {
  const reason = reasons[error.code];
  const params = reason === undefined ? withoutPlaces(error.params) : { title, reason };
  return new F2gitError(error.code, { params, cause: error });
}

/** The sentence of `forStudents` on trouble with a source of which only the code is known; undefined where that says too little. */
export function sayForStudents(code: string, title: string, language: Language): string | undefined {
  if (!isErrorCode(code) || reasons[code] === undefined) return undefined;
  return describeError(forStudents(new F2gitError(code), title), language);
}

const silent = 'the place where its files are is not answering';
const closed = 'the place where its files are does not let f2git in';
const unclear = 'what came from the place where its files are cannot be used';

/** Each phrase has its German in `detail-sentences.ts`. Codes that name a file of the course keep their own sentence. */
const reasons: Readonly<Partial<Record<ErrorCode, string>>> = {
  'source-unreachable': silent,
  'source-host-unknown': silent,
  'source-throttled': silent,
  'source-program-missing': closed,
  'source-not-configured': closed,
  'source-login': closed,
  'source-forbidden': closed,
  'address-needs-login': closed,
  'address-forbidden': closed,
  'credentials-invalid': closed,
  'source-not-found': 'its files are not where they should be',
  'source-gone': 'its files are not where they should be',
  'source-empty': 'it holds no files yet',
  'source-invalid': unclear,
  'source-truncated': unclear,
  'source-changed': unclear,
  'source-incomplete': unclear,
};
