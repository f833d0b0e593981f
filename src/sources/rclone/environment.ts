/** What of this process's environment rclone gets: what it needs to run, to reach servers and to know its remotes. */
import type { Secret } from '../../core/secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

const NEEDED: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'XDG_CONFIG_HOME', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...PROXIES,
  ...['NO_PROXY', 'no_proxy'],
]);

/** `RCLONE_CONFIG`, its password, and remotes that are defined by variables (`RCLONE_CONFIG_<NAME>_…`). */
const ITS_CONFIGURATION = /^RCLONE_CONFIG(_|$)/;

/**
 * Picks by an allow-list: tokens and passwords of other sources stay here, and `RCLONE_VERBOSE` and the like change
 * nothing. `password` is the one of an encrypted configuration.
 */
export function environmentFor(own: Environment, password: Secret | undefined): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (NEEDED.has(name) || ITS_CONFIGURATION.test(name))) picked[name] = value;
  }
  if (password !== undefined) picked['RCLONE_CONFIG_PASS'] = password.reveal();
  return picked;
}

/** Whether the administrator said which proxy leads outside. */
export function hasOwnProxy(environment: Environment): boolean {
  return PROXIES.some((name) => environment[name] !== undefined && environment[name] !== '');
}

/**
 * What sends rclone through a proxy. Go asks no proxy for loopback addresses; rclone's own option, since 1.71, is for all
 * addresses.
 */
export function throughProxy(address: Secret): Readonly<Record<string, string>> {
  const names = [...PROXIES, 'RCLONE_HTTP_PROXY'];
  return { ...Object.fromEntries(names.map((name) => [name, address.reveal()])), NO_PROXY: '', no_proxy: '' };
}
