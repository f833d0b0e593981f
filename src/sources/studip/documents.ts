/** What Stud.IP's JSON:API says, checked item by item: a bad item is told apart, it never spoils the others. */
import { z } from 'zod';
import { nameText } from '../bounded-name.ts';

/** Ids of Stud.IP become parts of addresses: nothing else may pass as one. */
export const studipId = z.string().regex(/^[0-9a-f]{32}$/);

/** A folder of a course. */
export interface Folder {
  readonly id: string;
  /** Absent for the root of the course. */
  readonly parent?: string;
  /** `StandardFolder`, `TimedFolder`, …; plugins bring their own. */
  readonly type: string;
  readonly name: string;
  readonly isReadable: boolean;
  /** Whether this account may change the folder: for the root, that tells staff from students. Staff where it is not said. */
  readonly isEditable: boolean;
  /** Files in it that this account can see; undefined in releases that do not say (before 5.5). */
  readonly count: number | undefined;
  readonly rights: FolderRights;
  /** The course, institute or person it belongs to. */
  readonly range?: Range;
}

/** What makes some types of folder special. */
export interface FolderRights {
  /** Bits: 1 see, 2 write, 4 read. */
  readonly permission?: number;
  /** Seconds since 1970. */
  readonly start?: number;
  readonly end?: number;
}

/** A file in a folder, with the data behind it. */
export interface FileRef {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  /** Bytes; 0 also for links. */
  readonly size: number;
  readonly isDownloadable: boolean;
  /** The data: several files may share one. */
  readonly file: string;
  /** When the data was replaced, where its size or type is another since then. Milliseconds since 1970. */
  readonly changed: number;
  /** The target of a link; only whoever may edit it is told. */
  readonly url?: string;
  /** Names its terms of use. */
  readonly licence?: string;
  /** The course, institute or person it belongs to. */
  readonly range?: Range;
}

export interface Range {
  /** `courses`, `institutes`, `users`. */
  readonly type: string;
  readonly id: string;
}

/** An item that could not be understood: its name and id where it has them. */
export interface BadItem {
  readonly kind: 'bad';
  readonly id?: string;
  readonly name?: string;
  readonly parent?: string;
}

export type Item<Good> = { readonly kind: 'good'; readonly item: Good } | BadItem;

/** The answer to a list; its items are read one by one. */
export const listSchema = z.object({
  meta: z.object({ page: z.object({ total: z.int().min(0) }) }),
  data: z.array(z.unknown()),
  included: z.array(z.unknown()).optional(),
});

/** The answer to a request for one thing. */
export const singleSchema = z.object({ data: z.unknown(), included: z.array(z.unknown()).optional() });

const rangeSchema = z.object({ data: z.object({ type: z.string(), id: studipId }) }).optional();

const reference = (type: string) => z.object({ data: z.object({ type: z.literal(type), id: studipId }) });

/** Numbers that PHP sometimes stores as text. */
const looseNumber = z
  .union([z.number(), z.string().regex(/^\d{1,15}$/), z.literal('')])
  .transform((value) => Number(value));

const contentSchema = z.object({
  permission: looseNumber.optional(),
  start_time: looseNumber.optional(),
  end_time: looseNumber.optional(),
});

const folderSchema = z.object({
  type: z.literal('folders'),
  id: studipId,
  attributes: z.object({
    'folder-type': z.string().min(1),
    name: nameText,
    'is-readable': z.boolean(),
    'is-editable': z.boolean().optional(),
    // an empty PHP array is a list, one with keys an object
    'data-content': z.union([z.array(z.unknown()).transform(() => ({})), contentSchema, z.null()]).optional(),
  }),
  relationships: z.object({
    // the root's is missing, or nothing
    parent: z.union([reference('folders'), z.object({ data: z.null() })]).optional(),
    'file-refs': z.object({ meta: z.object({ count: z.int().min(0) }).optional() }).optional(),
    range: rangeSchema,
  }),
});

const dateSchema = z.iso.datetime({ offset: true, local: true }).transform((text) => Date.parse(text));

const fileSchema = z.object({
  type: z.literal('files'),
  id: studipId,
  attributes: z.object({ chdate: dateSchema, url: z.string().nullish() }),
});

const fileRefSchema = z.object({
  type: z.literal('file-refs'),
  id: studipId,
  attributes: z.object({
    name: nameText,
    filesize: z.int().min(0).nullable(),
    'is-downloadable': z.boolean(),
  }),
  relationships: z.object({
    file: reference('files'),
    parent: reference('folders'),
    range: rangeSchema,
    'terms-of-use': z.object({ data: z.object({ id: z.string() }).nullish() }).optional(),
  }),
});

/** The beginnings of an item: enough to say where something is wrong. */
const tracesSchema = z.object({
  id: z.string().optional().catch(undefined),
  attributes: z
    .object({ name: nameText.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  relationships: z
    .object({ parent: reference('folders').optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/** Reads an item of a list of folders. */
export function readFolder(data: unknown): Item<Folder> {
  const read = folderSchema.safeParse(data);
  if (!read.success) return badItem(data);
  const { id, attributes, relationships } = read.data;
  const content = attributes['data-content'] ?? {};
  const parent = relationships.parent?.data;
  return {
    kind: 'good',
    item: {
      id,
      ...(parent === undefined || parent === null ? {} : { parent: parent.id }),
      type: attributes['folder-type'],
      name: attributes.name,
      isReadable: attributes['is-readable'],
      isEditable: attributes['is-editable'] ?? true,
      count: relationships['file-refs']?.meta?.count,
      rights: rightsOf(content),
      ...rangeOf(relationships.range),
    },
  };
}

/** Reads an item of a list of files; `included` is what came with the list. */
export function readFileRef(data: unknown, included: readonly unknown[]): Item<FileRef> {
  return readFileRefs([data], included)[0] ?? { kind: 'bad' };
}

/** Reads all items of a list of files. */
export function readFileRefs(data: readonly unknown[], included: readonly unknown[]): readonly Item<FileRef>[] {
  const files = new Map(
    included.flatMap((one) => {
      const read = fileSchema.safeParse(one);
      return read.success ? [[read.data.id, read.data.attributes] as const] : [];
    }),
  );
  return data.map((one): Item<FileRef> => {
    const read = fileRefSchema.safeParse(one);
    const file = read.success ? files.get(read.data.relationships.file.data.id) : undefined;
    if (!read.success || file === undefined) return badItem(one);
    const { id, attributes, relationships } = read.data;
    const licence = relationships['terms-of-use']?.data?.id;
    return {
      kind: 'good',
      item: {
        id,
        folder: relationships.parent.data.id,
        name: attributes.name,
        size: attributes.filesize ?? 0,
        isDownloadable: attributes['is-downloadable'],
        file: relationships.file.data.id,
        changed: file.chdate,
        ...(file.url === undefined || file.url === null || file.url === '' ? {} : { url: file.url }),
        ...(licence === undefined ? {} : { licence }),
        ...rangeOf(relationships.range),
      },
    };
  });
}

/** Terms of use: whether anybody in the course may download what is under them (0), or who may (1, 2). */
export const termsSchema = z.object({
  type: z.literal('terms-of-use'),
  id: z.string(),
  attributes: z.object({ name: z.string(), 'download-condition': z.int() }),
});

function rangeOf(range: z.infer<typeof rangeSchema>): { readonly range?: Range } {
  return range === undefined ? {} : { range: range.data };
}

function rightsOf(content: {
  permission?: number | undefined;
  start_time?: number | undefined;
  end_time?: number | undefined;
}) {
  const { permission, start_time: start, end_time: end } = content;
  return {
    ...(permission === undefined ? {} : { permission }),
    ...(isMoment(start) ? { start } : {}),
    ...(isMoment(end) ? { end } : {}),
  };
}

/** 0 and the far future stand for "no limit"; a date must be able to hold the rest. */
function isMoment(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds > 0 && seconds < 8_000_000_000;
}

function badItem(data: unknown): BadItem {
  const read = tracesSchema.safeParse(data);
  if (!read.success) return { kind: 'bad' };
  const { id, attributes, relationships } = read.data;
  const parent = relationships?.parent?.data.id;
  return {
    kind: 'bad',
    ...(id === undefined ? {} : { id }),
    ...(attributes?.name === undefined ? {} : { name: attributes.name }),
    ...(parent === undefined ? {} : { parent }),
  };
}
