/**
 * A client's request for a pack, protocol version 0, read whole: what it wants, what it has, how deep. One POST is one
 * request; nothing is remembered between two of them.
 * Format: https://git-scm.com/docs/gitprotocol-pack (upload-request, upload-haves)
 */
import { parseOid, type Oid } from '../core/ids.ts';
import { readPackets } from './pkt-line.ts';
import { ProtocolFault } from './protocol-fault.ts';

export interface UploadRequest {
  /** Each once; none when the client only asked whether it may ask. */
  readonly wants: readonly Oid[];
  readonly capabilities: ReadonlySet<string>;
  /** Commits the client has without their parents. */
  readonly shallow: readonly Oid[];
  /** How many commits deep the history is wanted; absent: as the client has it. `all`: no longer shallow. */
  readonly deepen?: { readonly depth: number | 'all'; readonly isRelative: boolean };
  /** Commits the client says it has, in its order. */
  readonly haves: readonly Oid[];
  /** `done`: now the pack. `flush`: more to come in another request. `none`: it only asks what becomes shallow. */
  readonly end: 'done' | 'flush' | 'none';
}

/** The depth by which git means all of the history (git's `INFINITE_DEPTH`). */
const ALL = 0x7fffffff;

/** @throws {ProtocolFault} */
export function parseRequest(body: Buffer): UploadRequest {
  const lines = readPackets(body);
  const asked = readWants(lines);
  if (asked.wants.size === 0) return { ...emptyRequest, capabilities: asked.capabilities };
  const isRelative = asked.capabilities.has('deepen-relative');
  return {
    wants: [...asked.wants],
    capabilities: asked.capabilities,
    shallow: [...asked.shallow],
    ...(asked.depth === undefined ? {} : { deepen: { depth: asked.depth, isRelative } }),
    ...readHaves(lines),
  };
}

const emptyRequest: UploadRequest = { wants: [], capabilities: new Set(), shallow: [], haves: [], end: 'none' };

interface Asked {
  readonly wants: Set<Oid>;
  readonly shallow: Set<Oid>;
  capabilities: ReadonlySet<string>;
  depth: number | 'all' | undefined;
}

function readWants(lines: Generator<string>): Asked {
  const asked: Asked = { wants: new Set(), shallow: new Set(), capabilities: new Set(), depth: undefined };
  for (let next = lines.next(); next.done !== true && next.value !== 'flush'; next = lines.next()) {
    readWant(next.value, asked);
  }
  return asked;
}

function readWant(line: string, asked: Asked): void {
  const [, word = '', rest = ''] = /^(want|shallow|deepen) (.*)$/.exec(line) ?? [];
  if (word === 'want') {
    const isFirst = asked.wants.size === 0;
    asked.wants.add(oidIn(rest.slice(0, 40)));
    const words = rest.slice(40);
    if (isFirst) asked.capabilities = new Set(words.split(' ').filter((name) => name !== ''));
    else if (words !== '') throw unknownLine(line);
  } else if (word === 'shallow') {
    asked.shallow.add(oidIn(rest));
  } else if (word === 'deepen' && /^[1-9]\d{0,9}$/.test(rest)) {
    asked.depth = Number(rest) >= ALL ? 'all' : Number(rest);
  } else {
    throw unknownLine(line);
  }
}

function readHaves(lines: Generator<string>): Pick<UploadRequest, 'haves' | 'end'> {
  const haves: Oid[] = [];
  for (const line of lines) {
    if (line === 'flush' || line === 'done') return { haves, end: line };
    if (!line.startsWith('have ')) throw unknownLine(line);
    haves.push(oidIn(line.slice('have '.length)));
  }
  if (haves.length > 0) throw new ProtocolFault('malformed', 'the request ends early');
  return { haves, end: 'none' };
}

function oidIn(text: string): Oid {
  const id = parseOid(text);
  if (id === undefined) throw new ProtocolFault('malformed', 'not an object id');
  return id;
}

/** `filter`, `deepen-since` and `deepen-not` are not offered, so no client sends them unless it means harm. */
function unknownLine(line: string): ProtocolFault {
  return new ProtocolFault('refused', `upload-pack: "${line.slice(0, 20)}" is not offered here`);
}
