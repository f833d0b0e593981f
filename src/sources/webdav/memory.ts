/** What the adapter remembers of its last committed listing: proofs, never secrets. */
import { createHash } from 'node:crypto';
import type { RememberedFile, RememberedFolder, WalkMemory } from '../dav/known.ts';
import type { Json } from '../source.ts';
import type { KnownWay } from './share.ts';

export interface WebdavMemory extends WalkMemory {
  /** The way that led to the share. */
  readonly way?: KnownWay;
}

const VERSION = 1;

/** Gives the memory as JSON, bound to `address`: another address must not believe it. */
export function writeMemory(memory: WebdavMemory, address: string): Json {
  const folders: Record<string, Json> = {};
  for (const [path, { answer, tree }] of memory.folders) {
    folders[path] = {
      ...(answer === undefined ? {} : { answer }),
      ...(tree === undefined ? {} : { etag: tree.etag, files: tree.files }),
    };
  }
  return {
    version: VERSION,
    address: fingerprint(address),
    walked: memory.walked.toISOString(),
    ...(memory.way === undefined ? {} : { way: memory.way.index, ajax: memory.way.isAjax }),
    folders,
  };
}

/** Reads what `writeMemory` wrote; undefined when it is of another version, another address, or damaged. */
export function readMemory(json: Json | undefined, address: string): WebdavMemory | undefined {
  if (!isRecord(json) || json['version'] !== VERSION || json['address'] !== fingerprint(address)) return undefined;
  const { walked, way, ajax, folders } = json;
  if (typeof walked !== 'string' || Number.isNaN(Date.parse(walked)) || !isRecord(folders)) return undefined;
  const read = Object.entries(folders).map(([path, folder]) => [path, readFolder(folder)] as const);
  return {
    walked: new Date(walked),
    folders: new Map(read),
    ...(typeof way === 'number' ? { way: { index: way, isAjax: ajax === true } } : {}),
  };
}

function readFolder(json: Json): RememberedFolder {
  if (!isRecord(json)) return {};
  const { answer, etag, files } = json;
  const readFiles = Array.isArray(files) ? (files as readonly Json[]).map(readFile) : undefined;
  const isWhole = readFiles?.every((file) => file !== undefined) === true;
  return {
    ...(typeof answer === 'string' ? { answer } : {}),
    ...(typeof etag === 'string' && isWhole ? { tree: { etag, files: readFiles } } : {}),
  };
}

function readFile(json: Json): RememberedFile | undefined {
  if (!Array.isArray(json)) return undefined;
  const [encoded, stamp, size] = json as readonly Json[];
  const isFile =
    typeof encoded === 'string' && typeof stamp === 'string' && (size === null || typeof size === 'number');
  return isFile ? [encoded, stamp, size] : undefined;
}

function isRecord(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function fingerprint(address: string): string {
  return createHash('sha256').update(address).digest('base64url');
}
