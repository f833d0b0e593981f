/** What is wrong with credentials that were refused. */
import type { HttpAuth } from './http.ts';

/** What a 401 says to whoever looks after the credentials that `auth` was made of; a phrase for an error's `detail`. */
export function refusedSignIn({ kind }: HttpAuth): string {
  switch (kind) {
    case 'none':
      return 'no credentials are given';
    case 'password':
      return 'user name or password is wrong, or the account signs in elsewhere';
    case 'bearer':
    case 'renewable':
      return 'the token is unknown, has expired or was withdrawn';
  }
}
