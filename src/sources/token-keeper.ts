/** A token that is renewed before or when it ends, as the HTTP client needs it. Who keeps it, and where, is its own affair. */
import type { Secret } from '../core/secret.ts';

export interface TokenKeeper {
  /**
   * The token to send now.
   * @throws {F2gitError} `source-login` when somebody has to sign f2git in (again); what asking the platform throws
   */
  current(signal: AbortSignal): Promise<Secret>;
  /**
   * A newer token than `refused`, which the platform did not accept.
   * @throws {F2gitError} as `current`
   */
  renewed(refused: Secret, signal: AbortSignal): Promise<Secret>;
}
