/** What f2git reads of Canvas's answers. Unknown fields are ignored; an item that is not as expected is told apart. */
import { z } from 'zod';
import { nameText } from '../bounded-name.ts';

/** Asked for as texts (`application/json+canvas-string-ids`): numbers of shared installations exceed what JSON can hold. */
export const idField = z
  .union([z.string().regex(/^\d{1,30}(~\d{1,30})?$/), z.number().int().positive().max(Number.MAX_SAFE_INTEGER)])
  .transform(String);

const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'not a time')
  .nullish();

export const fileSchema = z.object({
  id: idField,
  folder_id: idField.nullish(),
  display_name: z.string().min(1).pipe(nameText),
  size: z.number().int().nonnegative().nullish(),
  modified_at: instant,
  locked: z.boolean(),
  hidden: z.boolean(),
  unlock_at: instant,
  lock_at: instant,
  locked_for_user: z.boolean().optional(),
  lock_info: z
    .object({ unlock_at: instant, context_module: z.object({ unlock_at: instant }).nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
  /** Empty where the asker may not read the content. */
  url: z.string().optional(),
  /** Releases since 2022: `success`, `pending`, `failed`, `errored`. */
  upload_status: z.string().nullish(),
});

export type CanvasFile = z.infer<typeof fileSchema>;

export const folderSchema = z.object({
  id: idField,
  name: nameText,
  parent_folder_id: idField.nullish(),
  locked: z.boolean(),
  hidden: z.boolean(),
  unlock_at: instant,
  lock_at: instant,
  /** What students handed in. */
  for_submissions: z.boolean().nullish(),
});

export type CanvasFolder = z.infer<typeof folderSchema>;

export const moduleItemSchema = z.object({
  type: z.string(),
  title: nameText.nullish(),
  content_id: idField.nullish(),
  /** Only for those who may change the course. */
  published: z.boolean().nullish(),
  completion_requirement: z.unknown().optional(),
  content_details: z
    .object({
      locked: z.boolean().optional(),
      hidden: z.boolean().optional(),
      unlock_at: instant,
      lock_at: instant,
      locked_for_user: z.boolean().optional(),
      lock_info: fileSchema.shape.lock_info,
    })
    .nullish(),
});

export type CanvasModuleItem = z.infer<typeof moduleItemSchema>;

export const moduleSchema = z.object({
  id: idField,
  name: nameText,
  unlock_at: instant,
  require_sequential_progress: z.boolean().nullish(),
  prerequisite_module_ids: z.array(z.unknown()).nullish(),
  /** Only for those who may change the course. */
  published: z.boolean().nullish(),
  /** Left out where there are many, and for keys that may not include anything. */
  items: z.array(z.unknown()).nullish(),
});

export type CanvasModule = z.infer<typeof moduleSchema>;

export const courseSchema = z.object({
  id: idField,
  name: z.string().nullish(),
  workflow_state: z.string(),
  enrollments: z.array(z.object({ type: z.string() })).nullish(),
});

export const tabSchema = z.object({ id: z.string(), hidden: z.boolean().nullish() });

/** Booleans, in some releases as texts. */
export const permissionsSchema = z.record(z.string(), z.unknown());

/** What can still be said of a file or folder that is not as expected. */
export const remainsSchema = z.object({
  id: idField.optional().catch(undefined),
  name: z.string().min(1).pipe(nameText).optional().catch(undefined),
  display_name: z.string().min(1).pipe(nameText).optional().catch(undefined),
  folder_id: idField.optional().catch(undefined),
  parent_folder_id: idField.optional().catch(undefined),
  locked: z.boolean().optional().catch(undefined),
  hidden: z.boolean().optional().catch(undefined),
  unlock_at: z.unknown().optional(),
  lock_at: z.unknown().optional(),
});

export type Remains = z.infer<typeof remainsSchema>;

/** The items of a list, and what is left of those that could not be read. */
export interface Sorted<T> {
  readonly items: readonly T[];
  readonly broken: readonly Remains[];
}

export function sortOut<T>(schema: z.ZodType<T>, raw: readonly unknown[]): Sorted<T> {
  const items: T[] = [];
  const broken: Remains[] = [];
  for (const one of raw) {
    const read = schema.safeParse(one);
    if (read.success) items.push(read.data);
    else broken.push(remainsSchema.safeParse(one).data ?? NOTHING);
  }
  return { items, broken };
}

const NOTHING: Remains = {};

/** Whether what is left of an item says that every student may see it. */
export function isPlainlyVisible({ locked, hidden, unlock_at, lock_at }: Remains): boolean {
  const hasDates = [unlock_at, lock_at].some((date) => date !== null && date !== undefined);
  return locked === false && hidden === false && !hasDates;
}
