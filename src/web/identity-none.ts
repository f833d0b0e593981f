/**
 * `auth: none`: whoever reaches the loopback address is believed. `?user=NAME` names the student, so that many can be
 * tried out; without it everybody is the default student. The `Host` header must be a loopback name too, or a page of
 * another site could reach us through a name of its own that resolves to 127.0.0.1 (DNS rebinding).
 */
import { checkSegment } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Identity } from './ports.ts';

export const DEFAULT_STUDENT = 'student';

export function identityNone(): Identity {
  return {
    kind: 'none',
    // eslint-disable-next-line @typescript-eslint/require-await -- other identities have somebody to ask
    async identify(request, query) {
      if (!isLoopbackName(request.headers.host)) throw new F2gitError('request-refused', { params: { why: 'host' } });
      return { name: parseStudentName(query.get('user') ?? DEFAULT_STUDENT), groups: [] };
    },
    mayTake: () => true,
    mayTeach: () => true,
    mayWatch: () => Promise.resolve(true),
    addressOf: (person) => (person.name === DEFAULT_STUDENT ? {} : { user: person.name }),
  };
}

/**
 * A name that is safe as a folder: letters, digits, `.`, `_`, `@`, `+`, `-`; at most 64, beginning with a letter or digit.
 * @throws {F2gitError} `usage`
 */
export function parseStudentName(text: string): string {
  const isName = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/.test(text) && !text.includes('..');
  if (!isName || checkSegment(text) !== undefined)
    throw new F2gitError('usage', { params: { user: text.slice(0, 64) } });
  return text;
}

/** Whether a `Host` header names this machine itself. */
export function isLoopbackName(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name);
}
