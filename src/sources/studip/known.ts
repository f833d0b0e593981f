/**
 * What earlier listings and downloads showed: the entity tags of contents that were read, what files of no bytes are,
 * how folders were called. It is kept in the cache folder, and not with committed listings, as every download adds to
 * it; if it is lost, contents are read once more in rotation.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../core/make-folder.ts';
import { systemErrorName } from '../../errors.ts';

export interface KnownFolder {
  readonly parent?: string;
  readonly name: string;
}

export interface KnownFile {
  readonly folder: string;
  /** What the metadata said of the content: file id, date, size. */
  readonly print: string;
  /** The entity tag that is part of the stamp, once one showed a change that the metadata hid. */
  readonly tag?: string;
  /** The entity tag that came with the content, and the stamp under which it was read. */
  readonly read?: { readonly stamp: string; readonly tag: string };
  /** When the entity tag was last asked for, or the content first listed. Seconds since 1970. */
  readonly checked: number;
  /** What a content of no bytes turned out to be. */
  readonly kind?: FileKind;
  /** When Stud.IP first could not give the content, if it could not since (as `checked`). */
  readonly failingSince?: number;
  /** A whole content of another size than listed that came without a tag: what it was, and since when (as `checked`). */
  readonly passedOn?: { readonly digest: string; readonly since: number };
}

/**
 * `link`: it lies elsewhere. `relayed`: it lies elsewhere and Stud.IP passes it on. `empty`: it really has no bytes.
 * `failing`: Stud.IP cannot give it.
 */
export type FileKind = 'link' | 'relayed' | 'empty' | 'failing';

export interface Known {
  /** Whether files that are not listed any more were there when they were last asked for. */
  readonly hasWithheld: boolean;
  /** By id. */
  readonly folders: ReadonlyMap<string, KnownFolder>;
  readonly files: ReadonlyMap<string, KnownFile>;
}

const nothingKnown: Known = { hasWithheld: false, folders: new Map(), files: new Map() };

/** The stamp of a content. */
export function stampOf({ print, tag }: Pick<KnownFile, 'print' | 'tag'>): string {
  return tag === undefined ? print : `${print} ${tag}`;
}

const VERSION = 1;
const FILE = 'known.json';
const KINDS = ['link', 'relayed', 'empty', 'failing'] as const satisfies readonly FileKind[];

const text = z.string();
const textOrNull = text.nullable();

const storedSchema = z.object({
  version: z.literal(VERSION),
  scope: text,
  hasWithheld: z.boolean(),
  folders: z.array(z.tuple([text, textOrNull, text])),
  files: z.array(
    // id, folder, print, checked, kind, tag; of what was read: stamp, tag; and where there is any of it, of what was passed
    // on: digest, since; of what cannot be given: since
    z
      .tuple([text, text, text, z.number(), z.enum(KINDS).nullable(), textOrNull, textOrNull, textOrNull])
      .rest(z.union([text, z.number(), z.null()])),
  ),
});

function encode({ hasWithheld, folders, files }: Known, identity: string): unknown {
  return {
    ...{ version: VERSION, scope: scopeOf(identity), hasWithheld },
    folders: [...folders].map(([id, { parent, name }]) => [id, parent ?? null, name]),
    files: [...files].map(([id, { folder, print, checked, kind, tag, read, passedOn, failingSince }]) => [
      ...[id, folder, print, checked],
      ...[kind ?? null, tag ?? null, read?.stamp ?? null, read?.tag ?? null],
      ...(passedOn === undefined && failingSince === undefined
        ? []
        : [passedOn?.digest ?? null, passedOn?.since ?? null, failingSince ?? null]),
    ]),
  };
}

/** Undefined when it is of another version, another course, or damaged. */
function decode(json: unknown, identity: string): Known | undefined {
  const read = storedSchema.safeParse(json);
  if (!read.success || read.data.scope !== scopeOf(identity)) return undefined;
  const folders = read.data.folders.map(([id, parent, name]) => {
    return [id, { name, ...(parent === null ? {} : { parent }) }] as const;
  });
  const files = read.data.files.map(([id, folder, print, checked, kind, tag, stamp, readTag, ...rest]) => {
    const [digest, since, failingSince] = rest;
    const file: KnownFile = {
      ...{ folder, print, checked },
      ...(kind === null ? {} : { kind }),
      ...(tag === null ? {} : { tag }),
      ...(stamp === null || readTag === null ? {} : { read: { stamp, tag: readTag } }),
      ...(typeof digest === 'string' && typeof since === 'number' ? { passedOn: { digest, since } } : {}),
      ...(typeof failingSince === 'number' ? { failingSince } : {}),
    };
    return [id, file] as const;
  });
  return { hasWithheld: read.data.hasWithheld, folders: new Map(folders), files: new Map(files) };
}

/** What the cache folder holds of the course named `identity`. */
export async function loadKnown(cacheDir: string, identity: string): Promise<Known> {
  try {
    return decode(JSON.parse(await readFile(join(cacheDir, FILE), 'utf8')), identity) ?? nothingKnown;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorName(error) === 'ENOENT') return nothingKnown;
    throw error;
  }
}

/** Puts what is known into the cache folder, whole or not at all. */
export async function saveKnown(cacheDir: string, known: Known, identity: string): Promise<void> {
  makeFolder(cacheDir, 0o700);
  const temporary = join(cacheDir, `.${FILE}.${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(temporary, JSON.stringify(encode(known, identity)), { mode: 0o600 });
    await rename(temporary, join(cacheDir, FILE));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function scopeOf(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url');
}
