/** The clock and the randomness of this computer, for the agent. */
import { randomBytes } from 'node:crypto';

export function hostWorld(): { readonly now: () => Date; readonly random: () => string } {
  return { now: () => new Date(), random: () => randomBytes(4).toString('hex') };
}
