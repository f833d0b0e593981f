/** From what somebody configured to what a request is signed with. */
import { F2gitError } from '../errors.ts';
import type { HttpAuth } from './auth.ts';
import type { Credentials } from './source.ts';

/**
 * How to sign requests with what somebody configured: an OAuth token, a token, or a name with its password.
 * @throws {F2gitError} `credentials-invalid` for a user name without a password
 */
export function authOf({ user, password, token, oauth }: Credentials): HttpAuth {
  if (oauth !== undefined) return { kind: 'renewable', tokens: oauth };
  if (token !== undefined) return { kind: 'bearer', token };
  if (user === undefined) return { kind: 'none' };
  if (password === undefined) throw new F2gitError('credentials-invalid', { params: { part: 'password' } });
  return { kind: 'password', user, password };
}
