/** What the adapter remembers of its last committed listing: validators and decisions, never secrets. */
import { createHash } from 'node:crypto';
import type { Json } from '../source.ts';
import type { TopFolder } from './contents.ts';

/** What a server says to recognise a version of the archive by. */
export interface Validators {
  readonly etag?: string;
  /** `Last-Modified` as the server wrote it. */
  readonly modified?: string;
}

export interface ZipMemory {
  readonly validators: Validators;
  /** Digest of names, checksums and sizes; absent when the listing was not whole. */
  readonly manifest?: string;
  readonly top?: TopFolder;
  /** When the archive itself was last read. */
  readonly read: Date;
}

const VERSION = 1;

/** Gives the memory as JSON, bound to `scope`: another address or option must not believe it. */
export function writeMemory({ validators, manifest, top, read }: ZipMemory, scope: string): Json {
  return {
    version: VERSION,
    scope: fingerprint(scope),
    read: read.toISOString(),
    ...validators,
    ...(manifest === undefined ? {} : { manifest }),
    ...(top === undefined ? {} : { top: top.kind === 'strip' ? top.name : false }),
  };
}

/** Reads what `writeMemory` wrote; undefined when it is of another version, another scope, or damaged. */
export function readMemory(json: Json | undefined, scope: string): ZipMemory | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { version, scope: bound, read, etag, modified, manifest, top } = json as Readonly<Record<string, Json>>;
  if (version !== VERSION || bound !== fingerprint(scope)) return undefined;
  if (typeof read !== 'string' || Number.isNaN(Date.parse(read))) return undefined;
  return {
    validators: {
      ...(typeof etag === 'string' ? { etag } : {}),
      ...(typeof modified === 'string' ? { modified } : {}),
    },
    read: new Date(read),
    ...(typeof manifest === 'string' ? { manifest } : {}),
    ...(typeof top === 'string' ? { top: { kind: 'strip' as const, name: top } } : {}),
    ...(top === false ? { top: { kind: 'none' as const } } : {}),
  };
}

function fingerprint(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url');
}
