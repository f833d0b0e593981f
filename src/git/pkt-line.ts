/**
 * Packets of the git protocol: four hexadecimal digits that count themselves and what follows. Read strictly: what is
 * not exactly a packet is no request. Format: https://git-scm.com/docs/gitprotocol-common
 */
import { ProtocolFault } from './protocol-fault.ts';

/** The packet without content that ends a list. */
export const FLUSH = Buffer.from('0000');
/** Of a whole packet, with its length. */
const MAX_PACKET_BYTES = 65_520;
const LENGTH_BYTES = 4;
/** What a packet can hold. */
export const MAX_CONTENT_BYTES = MAX_PACKET_BYTES - LENGTH_BYTES;

/** A packet that holds `text`. */
export function packet(text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([packetLength(content.length), content]);
}

/** The digits in front of a packet's content of so many bytes. */
export function packetLength(contentBytes: number): Buffer {
  return Buffer.from((contentBytes + LENGTH_BYTES).toString(16).padStart(LENGTH_BYTES, '0'));
}

/** The lines in `bytes`, without their line ends; `flush` for the packet that ends a list. @throws {ProtocolFault} */
export function* readPackets(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length;) {
    const length = lengthAt(bytes, at);
    if (length === 0) yield 'flush';
    else yield lineIn(bytes.subarray(at + LENGTH_BYTES, at + length));
    at += Math.max(length, LENGTH_BYTES);
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const digits = bytes.toString('latin1', at, at + LENGTH_BYTES);
  const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  // 1 to 3 are packets of later versions of the protocol
  const isPacket = length === 0 || (length >= LENGTH_BYTES && length <= MAX_PACKET_BYTES);
  if (!isPacket || at + length > bytes.length) throw new ProtocolFault('malformed', 'not a packet');
  return length;
}

/** Names in a request are ids and words: ASCII, all of them. */
function lineIn(content: Buffer): string {
  const text = content.toString('latin1').replace(/\n$/, '');
  // "flush" is no line of the protocol, so that one is never taken for the packet of that name
  if (!/^[\x20-\x7e]*$/.test(text) || text === 'flush') throw new ProtocolFault('malformed', 'not a line');
  return text;
}
