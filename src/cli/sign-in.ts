/** What somebody gave to sign in with, and what they are told where a source does not take it. */
import { F2gitError, type ErrorParams } from '../errors.ts';
import type { RecognisedSource } from '../sources/registry.ts';
import type { Credentials } from '../sources/source.ts';
import type { Invocation } from './arguments.ts';
import { readCredentials } from './credentials.ts';
import type { Shell } from './shell.ts';

/** `hint`: parameters of `source-login` that say how to give credentials, or what is missing of them. */
export interface SignIn {
  readonly credentials: Credentials;
  readonly hint: ErrorParams;
}

/** Reads the file of `--credentials`, else the environment. @throws {F2gitError} `credentials-invalid` */
export function signInOf({ adapter, config }: RecognisedSource, invocation: Invocation, shell: Shell): SignIn {
  const file = invocation.values['credentials'];
  const credentials = readCredentials(file, shell.cwd, shell.environment);
  const takesPasswordAlone = adapter.takesPasswordAlone?.(config) === true;
  const lacking = lackingPart(credentials, takesPasswordAlone);
  if (lacking !== undefined)
    return { credentials, hint: { lacking: file === undefined ? `F2GIT_${lacking.toUpperCase()}` : lacking } };
  const wereGiven = Object.keys(credentials).length > 0;
  return { credentials, hint: wereGiven ? {} : { variables: 'F2GIT_USER, F2GIT_PASSWORD, F2GIT_TOKEN' } };
}

/** What a name or a password alone lacks. */
function lackingPart({ user, password, token }: Credentials, takesPasswordAlone: boolean): string | undefined {
  if (token !== undefined || (user === undefined) === (password === undefined)) return undefined;
  if (password === undefined) return 'password';
  return takesPasswordAlone ? undefined : 'user';
}

/** The same error, with the hint where it is about signing in. */
export function withHint(error: F2gitError, { hint }: SignIn): F2gitError {
  if (error.code !== 'source-login') return error;
  return new F2gitError(error.code, { params: { ...error.params, ...hint }, cause: error });
}
