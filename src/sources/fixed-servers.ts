/**
 * Servers that a program may reach at no other port, and not without encryption. Such a program follows redirects by itself
 * and signs in wherever the host has the same name, or is one below it, whatever the port and the scheme
 * (`shouldCopyHeaderOnRedirect` of Go's net/http): whoever holds another port of the host would get the password.
 */
import { F2gitError } from '../errors.ts';
import { safeAddress } from './redact.ts';

/** Reads origins (`https://host:8443`), and hosts with or without a port, which stand for both schemes. */
export function fixedServers(named: readonly string[]): readonly URL[] {
  const origins = named.flatMap((one) => (/^https?:\/\//i.test(one) ? [one] : [`http://${one}`, `https://${one}`]));
  return origins.filter((one) => URL.canParse(one)).map((one) => new URL(one));
}

/** @throws {F2gitError} `address-forbidden` where `url` is at the host of a fixed server, or below it, and not there */
export function checkServer(url: URL, fixed: readonly URL[]): void {
  const ofTheHost = fixed.filter((server) => isAtOrBelow(hostOf(url), hostOf(server)));
  if (ofTheHost.length === 0 || ofTheHost.some((server) => isThere(url, server))) return;
  const detail = 'another port of the same server, or it without encryption: the password would go there';
  throw new F2gitError('address-forbidden', { params: { address: safeAddress(url), detail } });
}

function isAtOrBelow(host: string, parent: string): boolean {
  return host === parent || host.endsWith(`.${parent}`);
}

/** From http to https of the same server is no loss, at the same port or from the usual one to the usual one. */
function isThere(url: URL, server: URL): boolean {
  const isSamePort = portOf(url) === portOf(server);
  if (server.protocol === 'https:') return url.protocol === 'https:' && isSamePort;
  return isSamePort || (portOf(server) === '80' && url.protocol === 'https:' && portOf(url) === '443');
}

/** A name with a dot at its end is the same name. */
function hostOf({ hostname }: URL): string {
  return hostname.toLowerCase().replace(/\.$/, '');
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}
