/** Which addresses a login may come back to: pages of this server, below its own path, and nothing else. */

/** A page's address is no longer than browsers and proxies let it be. */
const LONGEST = 2000;

/**
 * `address` as a path with its query if it is one of ours below `prefix`; undefined for everything else: other hosts in
 * any spelling (`//host`, `/\host`, `https:host`), other paths, control characters.
 */
export function ownPage(address: string, prefix: string): string | undefined {
  if (address.length > LONGEST || !address.startsWith('/') || /[\\\u0000-\u0020\u007f]/.test(address)) return undefined;
  const base = 'http://self.invalid';
  if (!URL.canParse(address, base)) return undefined;
  const url = new URL(address, base);
  const isOurs = url.origin === base && url.pathname.startsWith(prefix) && !url.pathname.startsWith('//');
  return isOurs ? `${url.pathname}${url.search}` : undefined;
}
