/**
 * Which addresses a source may have. Literals are judged after the URL standard's normalisation (decimal, octal, hex
 * and mapped forms become one), names by the addresses they resolve to; the connection then goes to exactly those
 * addresses, so that a name that changes its mind meanwhile (DNS rebinding) changes nothing.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { F2gitError } from '../errors.ts';
import { safeAddress } from './redact.ts';

/** One address a name resolves to. */
export interface Resolved {
  readonly address: string;
  readonly family: number;
}

/** Gives all addresses of a host name. @throws an error with a `code` such as `ENOTFOUND` */
export type Lookup = (hostname: string) => Promise<readonly Resolved[]>;

/** What an administrator allowed beyond public addresses. */
export interface AddressPolicy {
  readonly allowPrivateAddresses: boolean;
  /** Exact `host:port` pairs that are allowed although they are private: the configured source itself. */
  readonly allowedHosts: ReadonlySet<string>;
  readonly lookup: Lookup;
}

/** All addresses the operating system knows for a name, in its order. */
export const lookupAll: Lookup = (hostname) => systemLookup(hostname, { all: true, verbatim: true });

/**
 * Refuses what can be refused before any connection: schemes other than http and https, user information, and
 * literals of private addresses.
 * @throws {F2gitError} `address-forbidden`
 */
export function checkUrl(url: URL, policy: AddressPolicy): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(safeAddress(url), 'neither http nor https');
  if (url.username !== '' || url.password !== '') refuse(safeAddress(url), 'credentials in the address');
  if (isAllowed(url, policy)) return;
  if (isForbiddenLiteral(bareHost(url.hostname))) refuse(safeAddress(url), 'a private address');
}

/** The members of `allowedHosts` for an origin or a `host[:port]`; a host alone means the ports of http and https. */
export function hostsAndPorts(origin: string): readonly string[] {
  const schemes = /^https?:\/\//i.test(origin) ? [origin] : [`http://${origin}`, `https://${origin}`];
  return schemes.filter((one) => URL.canParse(one)).map((one) => hostAndPort(new URL(one)));
}

/** Whether an address names this very machine: what is sent there leaves it for nobody to read. */
export function isLoopback(url: URL): boolean {
  const host = bareHost(url.hostname);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * The way a connection to `url` finds its addresses: a name that resolves to one that is not allowed gives none at all.
 * @throws {F2gitError} `address-forbidden` when `url` has the literal of one: those are never looked up
 */
export function guardedLookup(url: URL, policy: AddressPolicy): LookupFunction {
  if (isAllowed(url, policy)) return pinningLookup(policy.lookup, () => true);
  if (isForbiddenLiteral(bareHost(url.hostname))) refuse(safeAddress(url), 'a private address');
  return pinningLookup(policy.lookup, isPublicAddress);
}

/** Whether anyone on the Internet may be behind this address: no loopback, private, link-local, reserved or multicast. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 4) return !closedV4.check(bare, 'ipv4');
  if (family !== 6) return false;
  const embedded = embeddedV4(bare);
  if (embedded !== undefined) return !closedV4.check(embedded, 'ipv4');
  return globalV6.check(bare, 'ipv6') && !closedV6.check(bare, 'ipv6');
}

function isAllowed(url: URL, policy: AddressPolicy): boolean {
  return policy.allowPrivateAddresses || policy.allowedHosts.has(hostAndPort(url));
}

function isForbiddenLiteral(host: string): boolean {
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/** A lookup for `net.connect` that gives it only addresses `isGood` accepts, and fails when any is not accepted. */
function pinningLookup(lookup: Lookup, isGood: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
        // One private address among public ones is the rebinding trick with both answers at once.
        else if (!addresses.every(({ address }) => isGood(address)))
          callback(forbidden(hostname, 'a private address'), '', 0);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

/** The port is always written out. */
function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${bareHost(hostname).toLowerCase()}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function forbidden(address: string, detail: string): F2gitError {
  return new F2gitError('address-forbidden', { params: { address, detail } });
}

function refuse(address: string, detail: string): never {
  throw forbidden(address, detail);
}

/** IANA's registries of special-purpose addresses: whatever is not globally reachable. */
const closedV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

const globalV6 = blockList('ipv6', [['2000::', 3]]);

const closedV6 = blockList('ipv6', [
  // Teredo, benchmarking, ORCHID and what else IETF assigned below 2001::/23.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
]);

/** The first 96 bits of IPv6 forms that end in an IPv4 address: compatible, mapped, translated (RFC 2765), NAT64 (RFC 6052). */
const EMBEDDING = new Set(['0:0:0:0:0:0', '0:0:0:0:0:ffff', '0:0:0:0:ffff:0', '64:ff9b:0:0:0:0']);

const SIX_TO_FOUR = 0x2002;

/** The IPv4 address an IPv6 address stands for, or undefined when it stands for itself. */
function embeddedV4(address: string): string | undefined {
  const words = wordsOf(address);
  const prefix = words.slice(0, 6).map((word) => word.toString(16));
  if (EMBEDDING.has(prefix.join(':'))) return dotted(words.slice(6));
  return words[0] === SIX_TO_FOUR ? dotted(words.slice(1, 3)) : undefined;
}

/** The eight 16-bit words of a valid IPv6 address. */
function wordsOf(address: string): readonly number[] {
  const normal = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = normal.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

function dotted(words: readonly number[]): string {
  return words.flatMap((word) => [word >> 8, word & 255]).join('.');
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of subnets) list.addSubnet(network, bits, family);
  return list;
}
