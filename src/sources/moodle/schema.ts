/** What f2git reads of Moodle's answers. Unknown fields are ignored; each item of a course is checked by itself. */
import { z } from 'zod';
import { nameText } from '../bounded-name.ts';

/** Any error, of web services (`exception`) as of files and tokens (`error`). */
export const refusalSchema = z.object({ errorcode: z.string(), message: z.string().optional() });

export const tokenSchema = z.object({ token: z.string().regex(/^[0-9a-f]{32}$/i) });

export const activitySchema = z.object({ cm: z.object({ course: z.number().int() }) });

export const siteSchema = z.object({
  username: z.string(),
  release: z.string().optional(),
  userissiteadmin: z.boolean().optional(),
  downloadfiles: z.number().optional(),
  functions: z.array(z.object({ name: z.string() })).optional(),
});

export type Site = z.infer<typeof siteSchema>;

const id = z.number().int();
/** 0 and 1, true and false: releases differ. */
const flag = z.union([z.boolean(), z.number().transform((value) => value !== 0)]);
const text = z.string();

export const sectionSchema = z.object({
  id,
  name: nameText,
  section: z.number().int().nullish(),
  visible: flag.nullish(),
  uservisible: flag.nullish(),
  hiddenbynumsections: flag.nullish(),
  /** Why it is restricted, as HTML; also for those whom the restriction does not stop. */
  availabilityinfo: text.nullish(),
  component: text.nullish(),
  itemid: id.nullish(),
  modules: z.array(z.unknown()),
});

export const moduleSchema = z.object({
  id,
  name: nameText,
  modname: text,
  instance: id.nullish(),
  contextid: id.nullish(),
  url: text.nullish(),
  visible: flag.nullish(),
  uservisible: flag.nullish(),
  visibleoncoursepage: flag.nullish(),
  /** Why it is restricted, as HTML. */
  availabilityinfo: text.nullish(),
  /** The restrictions themselves, as JSON; only those who may edit the course get them. */
  availability: text.nullish(),
  /** Absent where the account may not look inside, and where there is nothing that could be listed. */
  contents: z.array(z.unknown()).optional(),
});

/** What of an activity says who sees it. */
export const marksSchema = moduleSchema.pick({
  visible: true,
  uservisible: true,
  visibleoncoursepage: true,
  availability: true,
});

export const contentSchema = z.object({
  type: z.enum(['file', 'url', 'content']),
  // A file without a name is one of which nothing is known.
  filename: text.min(1).pipe(nameText),
  filepath: text.nullish(),
  filesize: z.number().int().nonnegative(),
  fileurl: text.nullish(),
  timemodified: z.number().nullish(),
  isexternalfile: flag.nullish(),
});

export type Section = z.infer<typeof sectionSchema>;
export type Module = z.infer<typeof moduleSchema>;
export type Content = z.infer<typeof contentSchema>;
