/**
 * Public links of Nextcloud, ownCloud and sciebo. Which address answers depends on product and release, so they are
 * tried in a fixed order; only "no WebDAV here" leads to the next one. A refused password or an unknown link ends it at
 * once: every further try feeds the server's brute-force protection.
 */
import { F2gitError } from '../../errors.ts';
import type { HttpAuth } from '../http.ts';
import { Secret } from '../../core/secret.ts';
import type { Credentials } from '../source.ts';
import { folderUrl, type WebdavConfig } from './address.ts';
import { type DavDialect, isNoDavThere } from '../dav/propfind.ts';

export type ShareConfig = Extract<WebdavConfig, { kind: 'share' }>;

/** How one share is asked: an address with its way to sign in. */
export interface ShareWay {
  readonly url: string;
  readonly auth: HttpAuth;
  readonly headers: Readonly<Record<string, string>>;
}

/** A way that worked, to begin with next time. */
export interface KnownWay {
  readonly index: number;
  readonly isAjax: boolean;
}

/**
 * Uses the share by the first way that answers. `use` must fail with what `propfind` throws.
 * @throws {F2gitError} what `use` threw for a way that exists; `source-not-found` when none does
 */
export async function byShareWay<T>(
  config: ShareConfig,
  credentials: Credentials,
  known: KnownWay | undefined,
  use: (way: ShareWay) => Promise<T>,
): Promise<{ readonly way: ShareWay; readonly known: KnownWay; readonly result: T }> {
  const ways = waysOf(config, credentials);
  const order = [...ways.keys()].sort((a, b) => Number(b === known?.index) - Number(a === known?.index) || a - b);
  let failure: unknown = new F2gitError('source-not-found');
  for (const index of order) {
    const way = ways[index];
    if (way === undefined) continue;
    try {
      const isAjax = index === known?.index && known.isAjax;
      return { ...(await asAjaxIfAsked(way, isAjax, index, use)) };
    } catch (error) {
      if (!isNoDavThere(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/**
 * Where sharing between servers is off, Nextcloud and ownCloud answer 401 to everything but GET unless the request
 * claims to come from a page. The claim is not made at first: with it, a wrong password looks different.
 */
async function asAjaxIfAsked<T>(
  way: ShareWay,
  isAjax: boolean,
  index: number,
  use: (way: ShareWay) => Promise<T>,
): Promise<{ readonly way: ShareWay; readonly known: KnownWay; readonly result: T }> {
  const ajax: ShareWay = { ...way, headers: { 'x-requested-with': 'XMLHttpRequest' } };
  if (!isAjax) {
    try {
      return { way, known: { index, isAjax }, result: await use(way) };
    } catch (error) {
      if (!(error instanceof F2gitError) || error.code !== 'source-login') throw error;
    }
  }
  return { way: ajax, known: { index, isAjax: true }, result: await use(ajax) };
}

/** A public link is opened by a password alone: there is no user whose name could be wrong. */
export function dialectOfShare({ password }: Credentials): DavDialect {
  const detail = password === undefined ? 'the link wants a password' : 'the password of the link is wrong';
  return { refusal: (status) => (status === 401 ? { code: 'source-login', detail } : undefined) };
}

/** Nextcloud from 29 on · Nextcloud before 29, ownCloud 10, sciebo · ownCloud Infinite Scale. */
function waysOf({ cloud, token, folder }: ShareConfig, { password }: Credentials): readonly ShareWay[] {
  const none: HttpAuth = { kind: 'none' };
  const signed = (user: string): HttpAuth =>
    password === undefined ? none : { kind: 'password', user, password, scope: token };
  const tokenAuth: HttpAuth = { kind: 'password', user: token, password: password ?? new Secret('') };
  const way = (path: string, auth: HttpAuth): ShareWay => ({ url: folderUrl(cloud + path, folder), auth, headers: {} });
  return [
    way(`public.php/dav/files/${token}/`, signed('anonymous')),
    way('public.php/webdav/', tokenAuth),
    way(`remote.php/dav/public-files/${token}/`, signed('public')),
  ];
}
