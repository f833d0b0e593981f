/**
 * A fetch in the git protocol, version 0 over http: what is asked for, and the pack in the answer.
 * Format: https://git-scm.com/docs/gitprotocol-pack and https://git-scm.com/docs/gitprotocol-http
 */
import type { Oid } from '../../core/ids.ts';
import { type Advertisement, packetLine } from './advertisement.ts';

export interface Wanted {
  readonly advertisement: Advertisement;
  /** What to fetch: one tip without its history, or, of a server that does not give it alone, all there is. */
  readonly tips: readonly Oid[];
  readonly depth: 1 | 'all';
}

/** What is here already, so that the server sends only what is new. */
export interface Present {
  /** An object of which everything is here, but for the history of what is `shallow`. */
  readonly have: Oid | undefined;
  /** Commits that are here without those before them. */
  readonly shallow: readonly Oid[];
}

/** The server refused, in its own words. */
export class ServerRefused extends Error {}

/** The abilities that are made use of where the server has them. The first of the two side bands is the wider one. */
const ABILITIES = ['ofs-delta', 'no-progress', 'thin-pack'] as const;
const SIDE_BANDS = ['side-band-64k', 'side-band'] as const;

/**
 * The body of the request. Without `thin-pack` a server answers a fetch of one commit with all its files again, whatever
 * is here already.
 */
export function requestFor({ advertisement, tips, depth }: Wanted, { have, shallow }: Present): string {
  const can = (name: string): boolean => advertisement.capabilities.has(name);
  const isShallow = can('shallow');
  const abilities = [...ABILITIES.filter(can), ...SIDE_BANDS.filter(can).slice(0, 1)];
  const lines = [
    ...tips.map((tip, index) => (index === 0 ? [`want ${tip}`, ...abilities].join(' ') : `want ${tip}`)),
    ...(isShallow ? shallow.map((commit) => `shallow ${commit}`) : []),
    ...(isShallow && depth === 1 ? ['deepen 1'] : []),
  ];
  const haves = have === undefined ? [] : [`have ${have}`];
  const packets = (all: readonly string[]): string => all.map((line) => packetLine(`${line}\n`)).join('');
  return `${packets(lines)}0000${packets([...haves, 'done'])}`;
}

/** What a server says before it sends a pack. */
export interface Told {
  /** Commits that come without those before them. */
  readonly shallow: Set<Oid>;
}

/**
 * The bytes of the pack in `answer`, as they come; what is said before goes into `told`.
 * @throws {ServerRefused} @throws {RangeError} when it is no answer of a git server or ends early
 */
export async function* packIn(answer: AsyncIterable<Uint8Array>, told: Told): AsyncGenerator<Buffer> {
  const bytes = new Taker(answer);
  try {
    for (let hasBegun = false; ;) {
      const head = await bytes.take(4);
      if (head.equals(PACK)) {
        yield* rawPack(head, bytes);
        return;
      }
      const length = lengthOf(head);
      if (length === 0 && hasBegun) return;
      if (length <= 4) continue;
      const packet = await bytes.take(length - 4);
      const band = packet[0] ?? 0;
      if (band === BAND_PACK) {
        hasBegun = true;
        yield packet.subarray(1);
      } else if (band === BAND_FAILURE) throw new ServerRefused(textOf(packet.subarray(1)));
      else if (band !== BAND_PROGRESS) hear(textOf(packet), told);
    }
  } finally {
    await bytes.close();
  }
}

const BAND_PACK = 1;
const BAND_PROGRESS = 2;
const BAND_FAILURE = 3;
const PACK = Buffer.from('PACK');

/** From a server without side bands: all that is left. */
async function* rawPack(head: Buffer, bytes: Taker): AsyncGenerator<Buffer> {
  yield head;
  yield* bytes.rest();
}

function lengthOf(head: Buffer): number {
  const digits = head.toString('latin1');
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw new RangeError('not the answer of a git server');
  return Number.parseInt(digits, 16);
}

function hear(line: string, told: Told): void {
  if (line.startsWith('ERR ')) throw new ServerRefused(line.slice('ERR '.length));
  const [, word, id = ''] = /^(shallow|unshallow) ([0-9a-f]{40})$/.exec(line) ?? [];
  if (word === 'shallow') told.shallow.add(id as Oid);
  else if (word === 'unshallow') told.shallow.delete(id as Oid);
  else if (!/^(ACK|NAK)\b/.test(line)) throw new RangeError('not the answer of a git server');
}

function textOf(packet: Buffer): string {
  return packet.toString('utf8', 0, 1024).trim();
}

/** Takes bytes off a stream in the pieces one asks for. */
class Taker {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** @throws {RangeError} when there are fewer */
  async take(length: number): Promise<Buffer> {
    const parts = [this.#left];
    let have = this.#left.length;
    while (have < length) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new RangeError('answer of the git server ends early');
      parts.push(asBuffer(next.value));
      have += next.value.length;
    }
    const joined = parts.length === 1 ? this.#left : Buffer.concat(parts, have);
    this.#left = joined.subarray(length);
    return joined.subarray(0, length);
  }

  async *rest(): AsyncGenerator<Buffer> {
    if (this.#left.length > 0) yield this.#left;
    this.#left = Buffer.alloc(0);
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next())
      yield asBuffer(next.value);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
