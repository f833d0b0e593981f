/** Single values of the configuration: where to listen, how long, which addresses, whose homes. */
import { isIP } from 'node:net';
import { isAbsolute, resolve, sep } from 'node:path';
import { invalid, type KeyPath } from '../core/written-key.ts';

export type Listen =
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const LONGEST = 24 * UNITS.h;

/** `15s`, `5m`, `500ms`, `1h` as milliseconds; at most a day. */
export function parseDuration(text: string, path: KeyPath): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const milliseconds = match === null ? NaN : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  if (!(milliseconds <= LONGEST)) throw invalid(path, `"${text}" is no duration; write 15s, 5m or 1h, at most 24h`);
  return milliseconds;
}

/** `127.0.0.1:8484`, `[::1]:8484`, `localhost:0` (any free port) or `unix:/run/f2git.sock`. */
export function parseListen(text: string, folder: string, path: KeyPath): Listen {
  if (text.startsWith('unix:') && text.length > 'unix:'.length) {
    return { kind: 'socket', path: resolve(folder, text.slice('unix:'.length)) };
  }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? NaN);
  const isHost = match?.[1] === undefined ? /^[A-Za-z0-9.-]+$/.test(host) : isIP(host) === 6;
  if (!isHost || !(port <= 65_535)) {
    throw invalid(path, `"${text}" is no place to listen; write 127.0.0.1:8484 or unix:/run/f2git.sock`);
  }
  return { kind: 'port', host, port };
}

/** Whether only programs of this machine can connect. */
export function isLoopback(listen: Listen): boolean {
  if (listen.kind === 'socket') return false;
  return (
    listen.host === 'localhost' || listen.host === '::1' || (isIP(listen.host) === 4 && listen.host.startsWith('127.'))
  );
}

/** A path that begins and ends with `/`. */
export function parsePrefix(text: string, path: KeyPath): string {
  const trimmed = text.replace(/^\/+|\/+$/g, '');
  const isLegal = trimmed.split('/').every((part) => /^[A-Za-z0-9._~@-]*$/.test(part) && !/^\.+$/.test(part));
  if (!isLegal || /\/\//.test(trimmed)) throw invalid(path, `"${text}" is no path of a web address`);
  return trimmed === '' ? '/' : `/${trimmed}/`;
}

/** An http(s) address without a final `/`, credentials, query or fragment. */
export function parsePublicUrl(text: string, path: KeyPath): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw invalid(path, 'must be an http or https address without credentials, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}

/** `/home/{user}`, absolute; `{user}` is one whole name in it. */
export function parseHomes(text: string, folder: string, path: KeyPath): string {
  const pattern = isAbsolute(text) ? text : resolve(folder, text);
  const segments = pattern.split(sep);
  if (segments.filter((segment) => segment === '{user}').length !== 1 || pattern.split('{user}').length !== 2) {
    throw invalid(path, 'must hold {user} once, as a whole name: /home/{user}');
  }
  if (segments.indexOf('{user}') < 2) throw invalid(path, 'homes right below / would make every folder there a home');
  return pattern;
}

/** Whether `place` is in what the pattern makes some student's home. */
export function isInSomeHome(place: string, homes: string): boolean {
  const above = homes.slice(0, homes.indexOf('{user}'));
  return place.startsWith(above) && /^[A-Za-z0-9]/.test(place.slice(above.length));
}
