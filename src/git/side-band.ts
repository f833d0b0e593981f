/** How a pack travels beside words for people: https://git-scm.com/docs/gitprotocol-pack (Packfile Data). */
import { FLUSH, MAX_CONTENT_BYTES, packetLength } from './pkt-line.ts';

const PACK = 1;
const FAILURE = 3;
/** The first, narrow form of side bands. */
const NARROW_BYTES = 999;

export interface SideBand {
  pack(bytes: Uint8Array): Uint8Array;
  /** Shown to the person, and ends what the client is doing. */
  failure(text: string): Uint8Array;
  /** Part of a pack, without a byte of it. */
  readonly signOfLife: Uint8Array;
  readonly end: Uint8Array;
}

/** The client's side band; undefined when it takes the pack as it is. */
export function sideBandOf(capabilities: ReadonlySet<string>): SideBand | undefined {
  if (capabilities.has('side-band-64k')) return sideBand(MAX_CONTENT_BYTES);
  return capabilities.has('side-band') ? sideBand(NARROW_BYTES) : undefined;
}

function sideBand(room: number): SideBand {
  return {
    pack: (bytes) => framed(PACK, bytes, room),
    failure: (text) => framed(FAILURE, Buffer.from(`${text}\n`), room),
    signOfLife: Buffer.from([...packetLength(1), PACK]),
    end: FLUSH,
  };
}

/** Many small frames in one piece: each piece costs a call of the system. */
function framed(band: number, bytes: Uint8Array, room: number): Uint8Array {
  const perFrame = room - 1;
  const frames = Math.ceil(bytes.length / perFrame);
  const out = Buffer.allocUnsafe(bytes.length + frames * 5);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    const part = bytes.subarray(frame * perFrame, (frame + 1) * perFrame);
    out.set(packetLength(part.length + 1), at);
    out[at + 4] = band;
    out.set(part, at + 5);
    at += part.length + 5;
  }
  return out;
}
