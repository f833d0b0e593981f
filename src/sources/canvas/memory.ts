/** What the adapter remembers of its last committed listing: digests, dates and names; no address of a file, no secret. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../source.ts';
import { idField } from './items.ts';
import type { RememberedFile } from './modules-view.ts';

export interface CanvasMemory {
  /** Of the whole listing. */
  readonly digest: string;
  /** What was read of files one by one. */
  readonly files: ReadonlyMap<string, RememberedFile>;
}

const VERSION = 1;

const memorySchema = z.object({
  version: z.literal(VERSION),
  address: z.string(),
  digest: z.string(),
  files: z.record(
    idField,
    z.tuple([z.number().int(), z.string(), z.number().int().nonnegative().nullable(), z.string().nullable()]),
  ),
});

/** Gives the memory as JSON, bound to `address`: another course must not believe it. */
export function writeMemory({ digest, files }: CanvasMemory, address: string): Json {
  return {
    version: VERSION,
    address: digestOf(address),
    digest,
    files: Object.fromEntries(
      [...files].map(([id, { at, facts }]) => [
        id,
        [at, facts.display_name, facts.size ?? null, facts.modified_at ?? null],
      ]),
    ),
  };
}

/** Reads what `writeMemory` wrote; undefined when it is of another version, another course, or damaged. */
export function readMemory(json: Json | undefined, address: string): CanvasMemory | undefined {
  const { data } = memorySchema.safeParse(json);
  if (data === undefined || data.address !== digestOf(address)) return undefined;
  return {
    digest: data.digest,
    files: new Map(
      Object.entries(data.files).map(([id, [at, display_name, size, modified_at]]) => [
        id,
        { at, facts: { id, display_name, size, modified_at } },
      ]),
    ),
  };
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
