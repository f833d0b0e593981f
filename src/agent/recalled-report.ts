/**
 * Reads a report that stood in a student's home as what it is: a stranger's file. Pages and programs get only what has
 * the shape our own reports have; where it ran and for which course is our word, not the file's.
 */
import { z } from 'zod';
import { parseOid, parseRunId } from '../core/ids.ts';
import { parseRelPath } from '../core/paths.ts';
import type { FileAction, Notice, RuleId } from '../sync/plan-types.ts';
import type { RunReport } from '../sync/report.ts';
import type { Declined } from '../sync/tree.ts';
import type { RecallJob } from './agent.ts';

/** The report of `job`, or undefined when `value` is none. */
export function parseRecalledReport(value: unknown, job: Omit<RecallJob, 'person'>): RunReport | undefined {
  const { data } = report.safeParse(value);
  if (data?.run !== job.run || data.course !== job.course) return undefined;
  const { refused, empty, open, missing, undoes, ...rest } = data;
  return {
    ...rest,
    workspace: job.workspace,
    ...(refused === undefined ? {} : { refused }),
    ...(empty === undefined ? {} : { empty }),
    ...(open === undefined ? {} : { open }),
    ...(missing === undefined ? {} : { missing }),
    ...(undoes === undefined ? {} : { undoes }),
  };
}

/** Our own reports quote at most 2,000 characters of a place; messages and names are shorter. */
const text = z.string().max(10_000);
const count = z.number().int().nonnegative();
const date = z.iso.datetime();
const oid = z.string().transform((value, context) => parseOid(value) ?? refused(context));
const run = z.string().transform((value, context) => parseRunId(value) ?? refused(context));
const path = z.string().transform((value, context) => parseRelPath(value) ?? refused(context));

/** As `z.array`, which would note every bad item of a million. */
function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.array(z.unknown()).transform((items, context): z.output<Schema>[] => {
    const parsed: z.output<Schema>[] = [];
    for (const item of items) {
      const { data, success } = schema.safeParse(item);
      if (!success) return refused(context);
      parsed.push(data);
    }
    return parsed;
  });
}

/** As a record, so that a new action or row cannot be forgotten here. */
const actions: Readonly<Record<FileAction, true>> = {
  added: true,
  updated: true,
  merged: true,
  kept: true,
  restored: true,
  removed: true,
  renamed: true,
  copied: true,
  skipped: true,
  held: true,
};
const rows = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15'] as const;
const rules: Readonly<Record<RuleId, true>> = {
  ...(Object.fromEntries(rows.map((row) => [row, true])) as Record<(typeof rows)[number], true>),
  rename: true,
  pin: true,
};

const declined = z
  .object({
    cell: text.optional(),
    lines: z.tuple([count, count]).optional(),
    course: text,
    yours: text,
  })
  .transform(withoutAbsent<Declined>);

const cellNote = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reset'), cell: text, yours: text }),
  z.object({ kind: z.literal('returned'), cell: text }),
  z.object({ kind: z.literal('order') }),
]);

const notice = z
  .object({
    path,
    action: z.enum(Object.keys(actions) as FileAction[]),
    rule: z.enum(Object.keys(rules) as RuleId[]),
    barred: path.optional(),
    copy: path.optional(),
    from: path.optional(),
    declined: listOf(declined).optional(),
    cells: listOf(cellNote).optional(),
    revived: z.literal(true).optional(),
    notNotebook: z.enum(['too-large', 'damaged', 'other-version', 'unsure']).optional(),
    code: text.optional(),
    name: text.optional(),
    detail: text.optional(),
  })
  .transform(withoutAbsent<Notice>);

const source = z
  .object({
    state: z.enum(['fresh', 'cached', 'unreachable']),
    complete: z.boolean(),
    requests: count,
    bytes: count,
    problems: listOf(z.object({ path: text, code: text, message: text })),
    asOf: date.optional(),
  })
  .transform(withoutAbsent<RunReport['source']>);

const report = z.object({
  f2git: z.literal(1),
  kind: z.enum(['sync', 'undo', 'take']),
  run,
  course: z.string(),
  base: oid.nullable(),
  head: oid,
  outcome: z.enum(['updated', 'unchanged', 'partial', 'stale']),
  source,
  notices: listOf(notice),
  refused: count.optional(),
  empty: z.literal(true).optional(),
  open: path.optional(),
  missing: path.optional(),
  started: date,
  finished: date,
  undoes: run.optional(),
});

/** What the schema gives as `undefined` is absent in our own types. */
function withoutAbsent<Whole>(value: { readonly [Key in keyof Whole]: Whole[Key] | undefined }): Whole {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Whole;
}

function refused(context: z.core.$RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'refused' });
  return z.NEVER;
}
