/** What f2git is at a platform that signs programs in: as the platform's administrator registered it. */
import type { Secret } from '../core/secret.ts';

export interface OAuthClient {
  readonly id: string;
  /** Absent for public clients; PKCE (RFC 7636) protects both. */
  readonly secret?: Secret;
  /** Where the tokens are kept: a file of f2git's own, mode 0600, absent until somebody signed f2git in. */
  readonly tokenFile: string;
  /** Where the platform sends the browser back to; registered there letter by letter. */
  readonly redirectUrl: string;
}
