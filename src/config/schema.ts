/**
 * The shape of the configuration file (DESIGN 8), checked in one pass: unknown keys, missing keys, wrong kinds. What
 * the values mean is checked where they are read (`course.ts`, `values.ts`).
 */
import { z } from 'zod';
import { allMistakes } from '../core/mistakes.ts';
import type { F2gitError } from '../errors.ts';
import { accountRules } from '../hub/account.ts';
import { languages } from '../messages/language.ts';
import { invalid, type KeyPath, showPath } from '../core/written-key.ts';
import { isNear, unknownKey } from './meant-key.ts';

const text = z.string().min(1, 'must not be empty');
const texts = z.array(text);
/** `unknown` where another parser reads the value: sources and schedules have parsers of their own. */
const credentials = z.strictObject({
  user: text.optional(),
  password_file: text.optional(),
  password_env: text.optional(),
  token_file: text.optional(),
  token_env: text.optional(),
  oauth: z
    .strictObject({
      client_id: text,
      client_secret_file: text.optional(),
      client_secret_env: text.optional(),
      token_file: text,
      redirect_url: text.optional(),
    })
    .optional(),
});

const course = z.strictObject({
  title: text.optional(),
  source: z.union([text, z.record(z.string(), z.unknown())], 'must be an address or a mapping with "type"'),
  credentials: credentials.optional(),
  workspace: text.optional(),
  open: text.optional(),
  include: texts.optional(),
  exclude: texts.optional(),
  release: z.array(z.unknown()).optional(),
  groups: z.record(z.string(), texts).optional(),
  staff: texts.optional(),
  students: texts.optional(),
  policy: z
    .strictObject({
      deleted_files: z.enum(['restore', 'respect']).optional(),
      course_copies: z.enum(['report', 'beside']).optional(),
      code_cells: z.enum(['lines', 'whole']).optional(),
    })
    .optional(),
  allow_private_addresses: z.boolean().optional(),
  freshness: text.optional(),
  time_zone: text.optional(),
  environment: z.strictObject({ extra: texts.optional(), hook: texts.optional() }).optional(),
});

const hub = z.strictObject({
  url: text.optional(),
  api_url: text.optional(),
  service: text.optional(),
  token_file: text.optional(),
  token_env: text.optional(),
  accounts: z.enum(accountRules).optional(),
  start_servers: z.union([z.boolean(), z.literal('again')]).optional(),
});

const file = z.strictObject({
  listen: text.optional(),
  prefix: text.optional(),
  public_url: text.optional(),
  data: text.optional(),
  homes: text,
  user: text.optional(),
  front_user: text.optional(),
  auth: z.enum(['jupyterhub', 'links', 'none']),
  hub: hub.optional(),
  defaults: z
    .strictObject({
      freshness: text.optional(),
      language: z.enum(languages).optional(),
      time_zone: text.optional(),
    })
    .optional(),
  courses: z.record(z.string(), course),
});

/** The file with the right shape, its values as written. */
export type WrittenConfig = z.infer<typeof file>;
export type WrittenCourse = z.infer<typeof course>;
export type WrittenCredentials = z.infer<typeof credentials>;
export type WrittenHub = z.infer<typeof hub>;

/** @throws {F2gitError} `config-invalid` with every mistake */
export function checkShape(raw: unknown): WrittenConfig {
  const result = file.safeParse(raw ?? {});
  if (result.success) return result.data;
  const { issues } = result.error;
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  // A mistyped key is also a missing one; the slip is the better thing to name.
  const others = issues.filter((issue) => issue.code !== 'unrecognized_keys' && !isSlip(issue, unknown, raw));
  throw allMistakes([...unknown.flatMap(unknownKeys), ...others.map((issue) => wrongValue(issue, raw))]);
}

/** Every key there is, as `courses.*.policy.deleted_files`, for documentation and tests. */
export function configKeys(): readonly string[] {
  return keysBelow(file, '');
}

type Issue = z.core.$ZodIssue;

function isSlip(issue: Issue, unknown: readonly z.core.$ZodIssueUnrecognizedKeys[], raw: unknown): boolean {
  const [above, name] = [pathOf(issue).slice(0, -1), String(pathOf(issue).at(-1))];
  const beside = unknown.find((one) => showPath(pathOf(one)) === showPath(above));
  return beside?.keys.some((key) => isNear(key, name)) === true && isMissing(issue, raw);
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): readonly F2gitError[] {
  const path = pathOf(issue);
  const everywhere = configKeys();
  return issue.keys.map((key) => invalid([...path, key], unknownKey(key, knownKeys(file, path), everywhere)));
}

function wrongValue(issue: Issue, raw: unknown): F2gitError {
  const path = pathOf(issue);
  if (issue.code === 'invalid_value') return invalid(path, `must be one of ${issue.values.map(String).join(', ')}`);
  if (issue.code !== 'invalid_type') return invalid(path, issue.message);
  return invalid(path, isMissing(issue, raw) ? 'missing' : `must be ${kinds[issue.expected] ?? issue.expected}`);
}

function isMissing(issue: Issue, raw: unknown): boolean {
  return valueAt(raw, pathOf(issue)) === undefined;
}

function pathOf({ path }: Issue): KeyPath {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text; put it in quotes',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  boolean: 'true or false',
};

function knownKeys(schema: z.ZodType, path: readonly (string | number)[]): readonly string[] {
  let inner = bare(schema);
  for (const step of path) {
    if (inner instanceof z.ZodObject) inner = bare(inner.shape[step] as z.ZodType);
    else if (inner instanceof z.ZodRecord) inner = bare(inner.valueType as z.ZodType);
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function keysBelow(schema: z.ZodType, prefix: string): readonly string[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodRecord) return keysBelow(inner.valueType as z.ZodType, `${prefix}*.`);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([key, value]) => [
    `${prefix}${key}`,
    ...keysBelow(value as z.ZodType, `${prefix}${key}.`),
  ]);
}

function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

function valueAt(raw: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    raw,
  );
}
