/**
 * What agents read from a server over HTTP (on laptops, in students' own servers): the same `Offer` and contents the
 * agent gets beside the server. Requests and answers say which versions they know (`protocol.ts`).
 *
 * `GET api/courses` answers a `CourseList` (`course-list.ts`): what this person takes.
 * `GET api/courses/<course>/tree` answers `TreeDocument`:
 *   - `open` and `policy` beside the offer: what was chosen for the course (`course-settings.ts`).
 *   - `ETag: "<tag>"`, which changes when anything in the document but `offer.source` does; `If-None-Match` gives 304.
 *   - `?since=<oid>`, the head the caller has: 304 as well, when that is still the head and nothing is frozen.
 *   - `?history=true` adds `history`: every content the course ever published, per file; `historyOf`
 *     of repo/history.ts makes a `History` of it. Ask only when a local file is not the version last delivered.
 *   - `&offer=false` leaves `offer` out, which the asker has; a server that does not know of it sends both.
 *   - `X-F2git-Source: fresh|cached|unreachable` on every answer, 304 included.
 * `GET api/blobs/<oid>?course=<course>` answers the bytes: `Range` for a part, cached for ever, `ETag: "<oid>"`.
 * Without `course` all courses this person takes are searched. 404 `file-unknown` for what this audience may not have.
 * Failures are `{ "f2git": 1, "error": { "code", "message", "retry" } }` with the status of the code (errors.ts).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { entryId, oid, parseCourseId, type CourseId, type EntryId, type Oid } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { PublishedContent } from '../repo/history.ts';
import { settingsFields, settingsOf, type CourseSettings } from './course-settings.ts';
import { listInParts } from './list-in-parts.ts';

/** The state of the source, on every answer of `tree`. */
export const SOURCE_HEADER = 'x-f2git-source';

export interface TreeDocument extends Partial<CourseSettings> {
  readonly f2git: 1;
  /** Absent where only the history was asked for, as the settings are. */
  readonly offer?: Offer;
  readonly history?: readonly PublishedContent[];
}

/** A `TreeDocument` as it is read. */
export interface ReadTree {
  readonly offer: Offer;
  readonly settings: CourseSettings;
  readonly history?: readonly PublishedContent[];
}

/** @throws {F2gitError} `source-invalid` when a server sent anything else; its paths and ids are checked here */
export function parseTreeDocument(json: unknown): ReadTree {
  const { offer, history, ...rest } = checkedBy(treeDocument, json);
  return { offer, settings: settingsOf(rest), ...(history === undefined ? {} : { history }) };
}

/**
 * The history of a `TreeDocument`, whatever else is in it. It is read in parts, and a name is kept once.
 * @throws {F2gitError} as `parseTreeDocument`
 */
export function parseHistory(json: Uint8Array): readonly PublishedContent[] {
  const history: PublishedContent[] = [];
  for (const part of listInParts(json, 'history')) {
    for (const { id, path, oid } of checkedBy(historyList, part)) {
      history.push({ id: id === (path as string) ? (path as string as EntryId) : id, path, oid });
    }
  }
  return history;
}

function checkedBy<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  const detail = 'no f2git server answers there';
  throw new F2gitError('source-invalid', { params: { detail, ...(field === '' ? {} : { field }) } });
}

/**
 * Changes when anything of the offer but its source does, or of the settings that go with it. Head alone names the files;
 * what is frozen, and how deletions count, can change without a commit.
 */
export function tagOf(offer: Offer, settings?: CourseSettings): string {
  const { title, identity, numbering, frozen, deletions, files } = offer;
  const rest = JSON.stringify([title, identity, numbering, frozen, deletions, files.length, settings]);
  return `${offer.head}-${createHash('sha256').update(rest).digest('hex').slice(0, 12)}`;
}

const oidField = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .transform((text): Oid => oid(text));
const idField = z
  .string()
  .min(1)
  .max(4096)
  .transform((text): EntryId => entryId(text));
const pathField = z
  .string()
  .transform((text, context): RelPath => checked(parseRelPath(text), 'not a legal path', context));
const courseField = z
  .string()
  .transform((text, context): CourseId => checked(parseCourseId(text), 'not a course name', context));
const count = z.number().int().nonnegative();
const problem = z.object({ path: z.string(), code: z.string(), message: z.string() });

const source = z
  .object({
    state: z.enum(['fresh', 'cached', 'unreachable']),
    complete: z.boolean(),
    requests: count,
    bytes: count,
    problems: z.array(problem),
    asOf: z.string().optional(),
  })
  .transform(({ asOf, ...rest }) => (asOf === undefined ? rest : { ...rest, asOf }));

const frozen = z
  .object({
    path: pathField,
    why: z.enum(['withheld', 'problem', 'held']),
    code: z.string().optional(),
    message: z.string().optional(),
    name: z.string().optional(),
  })
  .transform(({ code, message, name, ...rest }) => ({
    ...rest,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(name === undefined ? {} : { name }),
  }));

const historyList = z.array(z.object({ id: idField, path: pathField, oid: oidField }));

const treeDocument = z.object({
  f2git: z.literal(1),
  ...settingsFields,
  history: historyList.optional(),
  offer: z
    .object({
      course: courseField,
      title: z.string().max(1000),
      identity: z.string().max(4096),
      numbering: z.string().max(64).optional(),
      head: oidField,
      files: z.array(z.object({ id: idField, path: pathField, oid: oidField, size: count, executable: z.boolean() })),
      frozen: z.array(frozen),
      deletions: z.enum(['certain', 'ambiguous']),
      source,
    })
    .transform(({ numbering, ...rest }) => (numbering === undefined ? rest : { ...rest, numbering })),
});

function checked<Value>(value: Value | undefined, message: string, context: z.core.$RefinementCtx): Value {
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
