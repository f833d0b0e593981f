/**
 * Keeping rclone from addresses inside, and its passwords where they belong. It connects by itself and follows redirects by
 * itself, so it is given a proxy of ours, which judges every connection. What the configuration names is the administrator's
 * word; all else must be public, and no other port of a host that is named.
 */
import { F2gitError } from '../../errors.ts';
import type { Http } from '../http.ts';
import type { RcloneConfig } from './address.ts';
import type { Rclone } from './child.ts';
import { placeOf } from './commands.ts';
import { readDefinitions } from './definitions.ts';
import { hasOwnProxy } from './environment.ts';

/** Kinds of remotes whose server names further hosts to connect to, past any proxy: for data, for blocks. */
const LED_ELSEWHERE: readonly string[] = ['ftp', 'hdfs', 'storj'];

/**
 * Sends all that `rclone` does from now on through a guarding proxy: unless the administrator has a proxy of their own
 * (`HTTPS_PROXY`), which decides then.
 * @throws {F2gitError} `address-forbidden` for a remote that cannot be kept from them; what the configuration stands for
 * that cannot be read
 */
export async function guard(rclone: Rclone, config: RcloneConfig, http: Http, signal: AbortSignal): Promise<void> {
  if (hasOwnProxy(rclone.environment)) return;
  const { types, hosts, fixedHosts } = await readDefinitions(rclone, config, signal);
  if (!http.allowsPrivateAddresses && LED_ELSEWHERE.some((type) => types.has(type))) {
    const detail = 'the server of such a remote leads rclone to further addresses, which nobody can judge';
    throw new F2gitError('address-forbidden', { params: { address: `rclone:${placeOf(config)}`, detail } });
  }
  rclone.goThrough(await http.openProxy(hosts, fixedHosts));
}
