/**
 * What a git server says it has: the answer to `GET info/refs` in protocol version 0.
 * Format: https://git-scm.com/docs/http-protocol#_smart_clients and https://git-scm.com/docs/gitprotocol-pack
 */
import type { Oid } from '../../core/ids.ts';
import type { Refs } from './refs.ts';

export interface Advertisement {
  readonly refs: Refs;
  readonly capabilities: ReadonlySet<string>;
  /** The ids of all branches and tags, for a server that does not give a single commit. */
  readonly tips: readonly Oid[];
}

/** Parses the answer. @throws {RangeError} when it is none, or names objects in another way than SHA-1 */
export function parseAdvertisement(bytes: Uint8Array): Advertisement {
  const lines = packetLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (lines[0] !== '# service=git-upload-pack') throw new RangeError('not the answer of a git server');
  const [first = '', ...others] = lines.slice(1);
  const [firstRef = '', capabilityText = ''] = first.split('\0');
  const capabilities = new Set(capabilityText.split(' ').filter((name) => name !== ''));
  const format = [...capabilities].find((name) => name.startsWith('object-format='));
  if (format !== undefined && format !== 'object-format=sha1') throw new RangeError(`git repository with ${format}`);
  const byName = new Map([firstRef, ...others].flatMap(parseRef));
  const headTarget = [...capabilities].find((name) => name.startsWith('symref=HEAD:'))?.slice('symref=HEAD:'.length);
  const branches = [...byName.keys()].filter((name) => name.startsWith('refs/heads/')).sort();
  const refs: Refs = {
    headTarget,
    head: byName.get('HEAD'),
    find: (name) => byName.get(name),
    branches: () => branches,
  };
  const tips = [...byName].filter(([name]) => /^refs\/(heads|tags)\//.test(name) && !name.endsWith('^{}'));
  return { refs, capabilities, tips: [...new Set(tips.map(([, oid]) => oid))] };
}

/** One packet of the protocol: its length in four hexadecimal digits, then the text. */
export function packetLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

function packetLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  let isEnded = false;
  for (let at = 0; at < bytes.length;) {
    const digits = bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new RangeError('not the answer of a git server');
    const length = Number.parseInt(digits, 16);
    if (length > 4) {
      if (at + length > bytes.length) throw new RangeError('answer of the git server ends early');
      lines.push(bytes.toString('utf8', at + 4, at + length).replace(/\n$/, ''));
    }
    isEnded = length === 0;
    at += Math.max(4, length);
  }
  // A list cut short between two packets would hide branches.
  if (!isEnded) throw new RangeError('answer of the git server ends early');
  return lines;
}

function parseRef(line: string): [string, Oid][] {
  if (line === '') return [];
  const match = /^([0-9a-f]{40}) (\S+)$/.exec(line);
  if (match === null) throw new RangeError('git server names a ref in an unknown way');
  const [, id = '', name = ''] = match;
  return name === 'capabilities^{}' ? [] : [[name, id as Oid]];
}
