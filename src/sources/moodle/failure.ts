/**
 * What Moodle's error codes mean. Nearly every error comes with status 200; its text is in the user's language and the
 * name of its class changes between releases, so only the code counts. Codes as of Moodle 3.9 to 5.x.
 */
import { F2gitError, type ErrorCode } from '../../errors.ts';
import { safeEndpoint } from '../redact.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly detail: string;
}

const NO_ACCESS: Meaning = { code: 'source-forbidden', detail: 'the account may not see it' };
const NO_ACCOUNT: Meaning = { code: 'source-login', detail: 'the account is suspended or closed' };
const GONE: Meaning = { code: 'source-gone', detail: 'it is not there any more' };
const MAINTENANCE: Meaning = { code: 'source-unreachable', detail: 'the site is being maintained' };

const meanings: Readonly<Record<string, Meaning>> = {
  // who asks
  invalidtoken: { code: 'source-login', detail: 'the token is unknown, has expired or was withdrawn' },
  missingparam: { code: 'source-login', detail: 'it saw no token' },
  accessexception: { code: 'source-login', detail: 'the token has expired or may not be used from here' },
  invalidlogin: { code: 'source-login', detail: 'user name or password is wrong, or the account signs in elsewhere' },
  wsaccessusersuspended: NO_ACCOUNT,
  wsaccessuserdeleted: NO_ACCOUNT,
  wsaccessuserexpired: NO_ACCOUNT,
  wsaccessusernologin: NO_ACCOUNT,
  wsaccessuserunconfirmed: NO_ACCOUNT,
  forcepasswordchangenotice: { code: 'source-forbidden', detail: 'the account must change its password there first' },
  passwordisexpired: { code: 'source-forbidden', detail: 'the account must change its password there first' },
  usernotfullysetup: { code: 'source-forbidden', detail: 'the account must complete its profile there first' },
  sitepolicynotagreed: { code: 'source-forbidden', detail: 'the account must agree to the terms of use there first' },
  // what they may
  errorcoursecontextnotvalid: { code: 'source-forbidden', detail: 'the account does not take part in the course' },
  requireloginerror: NO_ACCESS,
  nopermissions: NO_ACCESS,
  nopermissiontoviewpage: NO_ACCESS,
  cannotcreatetoken: { code: 'source-forbidden', detail: 'the account may not make a token for this web service' },
  servicenotavailable: { code: 'source-forbidden', detail: 'the web service does not exist or is switched off' },
  enablewsdescription: { code: 'source-forbidden', detail: 'web services are switched off' },
  // what is there
  invalidrecord: GONE,
  invalidrecordunknown: GONE,
  invalidcoursemodule: GONE,
  filenotfound: GONE,
  // how it is
  sitemaintenance: MAINTENANCE,
  upgraderunning: MAINTENANCE,
  ex_unabletolock: { code: 'source-throttled', detail: 'the site is busy' },
};

/** The error in words of ours. `address` is where it came from. */
export function moodleFailure(errorcode: string, address: string): F2gitError {
  const { code, detail } = meanings[errorcode] ?? unknown(errorcode);
  return failure(code, address, detail);
}

/** What a course that is not shown says of why: only its text tells, in which an address or a code is not translated. */
export function courseFailure(errorcode: string, message: string, address: string): F2gitError {
  // The one record a listing looks for is the course, or the activity that stands for it.
  if (meanings[errorcode] === GONE)
    return failure('source-not-found', address, 'there is no course or activity with this number');
  if (errorcode !== 'errorcoursecontextnotvalid') return moodleFailure(errorcode, address);
  if (message.includes('forcepasswordchangenotice')) return moodleFailure('forcepasswordchangenotice', address);
  if (message.includes('/user/policy.php') || message.includes('/tool/policy/')) {
    return moodleFailure('sitepolicynotagreed', address);
  }
  return moodleFailure(errorcode, address);
}

export function failure(code: ErrorCode, address: string, detail: string, status?: number): F2gitError {
  const params = { address: safeEndpoint(address), detail };
  return new F2gitError(code, { params: status === undefined ? params : { ...params, status } });
}

/** The phrases above, for the test that looks for their translations. */
export const failureDetails: readonly string[] = [...new Set(Object.values(meanings).map(({ detail }) => detail))];

function unknown(errorcode: string): Meaning {
  const isBroken = /^(dml|ddl|db)/.test(errorcode);
  const shown = /^[a-z0-9_]{1,60}$/i.test(errorcode) ? errorcode : 'unknown';
  return { code: isBroken ? 'source-unreachable' : 'source-invalid', detail: `the error ${shown}` };
}
