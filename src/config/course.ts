/** One course of the configuration, with everything resolved. */
import { isAbsolute, resolve } from 'node:path';
import { type CourseId, parseCourseId } from '../core/ids.ts';
import { allMistakes, together } from '../core/mistakes.ts';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { OAuthClient } from '../oauth/client.ts';
import { parsePattern } from '../release/pattern.ts';
import type { CoursePattern } from '../release/unmatched.ts';
import { emptySchedule, parseSchedule, type Schedule } from '../release/schedule.ts';
import { type RecognisedSource, sourceFromMapping, sourceFromText } from '../sources/registry.ts';
import type { Credentials } from '../sources/source.ts';
import type { Policy } from '../sync/plan.ts';
import { invalid, type KeyPath, showPath } from '../core/written-key.ts';
import type { WrittenCourse, WrittenCredentials } from './schema.ts';
import { type Environment, readOAuthClient, readSecrets } from './secrets.ts';
import { parseDuration } from './values.ts';

export interface CourseConfig {
  readonly id: CourseId;
  readonly title: string;
  readonly source: RecognisedSource;
  /** As an administrator wrote it, for people: an address or the type of a mapping. */
  readonly address: string;
  readonly credentials: Omit<Credentials, 'oauth'>;
  /** How f2git signs in where the platform gives it tokens of its own. */
  readonly oauth?: OAuthClient;
  /** Each student reads the course with a sign-in of their own; what they see is nobody else's. */
  readonly isPerStudent: boolean;
  readonly allowPrivateAddresses: boolean;
  /** The folder in a home: one name. */
  readonly workspace: RelPath;
  /** The file opened when a link names none. */
  readonly open?: RelPath;
  /** Whether a path belongs to the course at all (`include`, `exclude`), by its own name or what people see at the source. */
  readonly isWanted: (path: RelPath, sourcePath?: string) => boolean;
  /** Every pattern of `include`, `exclude` and `release`, as written. */
  readonly patterns: readonly CoursePattern[];
  readonly schedule: Schedule;
  /** Members by group. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Names of people, and `group:name` for all of a group. */
  readonly staff: readonly string[];
  /** Who may take the course, written as `staff` is; absent: everybody the identity knows. */
  readonly students?: readonly string[];
  readonly policy: Policy & { readonly codeCells: 'lines' | 'whole' };
  /** How old, in milliseconds, the last look at the source may be. */
  readonly freshness: number;
  /** IANA name. */
  readonly timeZone: string;
  readonly environment: {
    /** Paths the environment repository holds besides what repo2docker reads. */
    readonly extra: readonly RelPath[];
    /** The program, by its absolute path or a name without folders, and its words, that a new version is told to. */
    readonly hook?: readonly string[];
  };
}

/** What a course takes from the rest of the file and from the world. */
export interface CourseSurroundings {
  /** Relative paths start here. */
  readonly folder: string;
  readonly environment: Environment;
  /** Milliseconds. */
  readonly freshness: number;
  readonly timeZone: string;
}

/** @throws {F2gitError} `config-invalid`, or what the source's adapter says of its part, with the key */
export function resolveCourse(name: string, written: WrittenCourse, around: CourseSurroundings): CourseConfig {
  const path: KeyPath = ['courses', name];
  const id = parseCourseId(name);
  if (id === undefined) throw invalid(path, 'a course is named by letters, digits, ".", "_" and "-", at most 80');
  const timeZone = written.time_zone ?? around.timeZone;
  const isPerStudent = isEachStudent(written.source);
  const [open, include, exclude, schedule, workspace, freshness, source, environment] = together(
    () => (written.open === undefined ? undefined : pathOf(written.open, [...path, 'open'])),
    () => patternsOf('include', written, path),
    () => patternsOf('exclude', written, path),
    () => (written.release === undefined ? emptySchedule : scheduleOf(written.release, timeZone, path)),
    () => workspaceOf(written.workspace ?? name, [...path, 'workspace']),
    () => freshnessOf(written, around, path),
    () => below([...path, 'source'], () => sourceOf(written.source, around.folder)),
    () => environmentOf(written.environment, around.folder, [...path, 'environment']),
  );
  const signIn = signInOf(written.credentials, source, around, [...path, 'credentials']);
  if (isPerStudent) checkPerStudent(id, source, signIn.oauth, path);
  return {
    id,
    title: written.title ?? name,
    source,
    address: addressOf(written.source),
    ...signIn,
    isPerStudent,
    allowPrivateAddresses: written.allow_private_addresses ?? false,
    workspace,
    ...(open === undefined ? {} : { open }),
    isWanted: wantedBy(written.include === undefined ? undefined : include, exclude),
    patterns: [...include, ...exclude, ...schedule.rules.map((rule) => ({ key: 'release' as const, ...rule }))],
    schedule,
    ...membersOf(written),
    policy: policyOf(written.policy),
    freshness,
    timeZone,
    environment,
  };
}

function freshnessOf({ freshness }: WrittenCourse, around: CourseSurroundings, path: KeyPath): number {
  return freshness === undefined ? around.freshness : parseDuration(freshness, [...path, 'freshness']);
}

function signInOf(
  written: WrittenCredentials = {},
  { adapter, config }: RecognisedSource,
  around: CourseSurroundings,
  path: KeyPath,
): Pick<CourseConfig, 'credentials' | 'oauth'> {
  const credentials = readSecrets(written, around, path);
  if (credentials.password !== undefined && credentials.user === undefined && !adapter.takesPasswordAlone?.(config))
    throw invalid([...path, 'user'], 'missing beside a password');
  const oauth = readOAuthClient(written, around, path);
  if (oauth === undefined) return { credentials };
  if (adapter.oauth !== undefined) return { credentials, oauth };
  throw invalid([...path, 'oauth'], `sources of type "${adapter.type}" sign no programs in`);
}

function membersOf({ groups = {}, staff = [], students }: WrittenCourse) {
  return { groups: new Map(Object.entries(groups)), staff, ...(students === undefined ? {} : { students }) };
}

function isEachStudent(written: WrittenCourse['source']): boolean {
  return typeof written !== 'string' && written['as'] === 'each-student';
}

function checkPerStudent(
  id: CourseId,
  { adapter }: RecognisedSource,
  client: OAuthClient | undefined,
  path: KeyPath,
): void {
  if (adapter.oauth === undefined) throw invalid([...path, 'source', 'as'], 'the platform signs nobody in for f2git');
  if (client === undefined) throw invalid([...path, 'source', 'as'], 'each-student needs "oauth" under "credentials"');
  if (new URL(client.redirectUrl).pathname.endsWith(`/connected/${id}`)) return;
  throw invalid(
    [...path, 'credentials', 'oauth', 'redirect_url'],
    'for each-student: the address of this server, then /connected/ and the course’s name',
  );
}

function environmentOf(
  { extra = [], hook }: NonNullable<WrittenCourse['environment']> = {},
  folder: string,
  path: KeyPath,
): CourseConfig['environment'] {
  const [paths, program] = together(
    () => together<RelPath[]>(...extra.map((one, index) => () => pathOf(one, [...path, 'extra', index]))),
    () => hookOf(hook, folder, [...path, 'hook']),
  );
  return { extra: paths, ...program };
}

function hookOf(
  written: readonly string[] | undefined,
  folder: string,
  path: KeyPath,
): Pick<CourseConfig['environment'], 'hook'> {
  if (written === undefined) return {};
  const [program = '', ...words] = written;
  if (program === '') throw invalid(path, 'must begin with a program');
  return { hook: [program.includes('/') ? resolve(folder, program) : program, ...words] };
}

function policyOf(written: WrittenCourse['policy'] = {}): CourseConfig['policy'] {
  return {
    deletedFiles: written.deleted_files ?? 'restore',
    courseCopies: written.course_copies ?? 'report',
    codeCells: written.code_cells ?? 'lines',
  };
}

function sourceOf(written: WrittenCourse['source'], folder: string): RecognisedSource {
  if (typeof written !== 'string') {
    const { as, ...rest } = anchored(written, folder);
    // whose view it is, is the course's affair: an adapter reads what its credentials may see
    return sourceFromMapping(as === undefined || as === 'each-student' ? rest : { ...rest, as });
  }
  const path = /^git:(?!\/)(.+)$/.exec(written)?.[1];
  return sourceFromText(path === undefined ? written : `git:${resolve(folder, path)}`, folder);
}

/** A relative path in a mapping starts at the configuration's folder, not at the one the server was started in. */
function anchored(mapping: Exclude<WrittenCourse['source'], string>, folder: string): typeof mapping {
  const isRelative = (value: unknown): value is string =>
    typeof value === 'string' && !isAbsolute(value) && !/^[a-z][a-z0-9+.-]*:|@/i.test(value);
  // The path of a remote is none of this machine; that of its configuration is.
  const keys = mapping['type'] === 'rclone' ? ['config'] : ['path', 'url'];
  const paths = keys.flatMap((key) => {
    const value = mapping[key];
    return isRelative(value) ? [[key, resolve(folder, value)] as const] : [];
  });
  return { ...mapping, ...Object.fromEntries(paths) };
}

function addressOf(written: WrittenCourse['source']): string {
  if (typeof written === 'string') return written;
  const address = written['url'] ?? written['path'] ?? written['type'];
  return typeof address === 'string' ? address : '';
}

function scheduleOf(written: readonly unknown[], timeZone: string, path: KeyPath): Schedule {
  return below(path, () => parseSchedule(written, timeZone));
}

/** `include` and `exclude` are compiled once. */
function patternsOf(key: 'include' | 'exclude', written: WrittenCourse, path: KeyPath): readonly CoursePattern[] {
  const steps = (written[key] ?? []).map((pattern, index) => (): CoursePattern => {
    const parsed = parsePattern(pattern);
    if (parsed.kind === 'none') throw invalid([...path, key, index], parsed.why);
    return { key, pattern, matches: parsed.matches };
  });
  return together<CoursePattern[]>(...steps);
}

/**
 * A file must be meant by `include`, if there is one, and not by `exclude`. What people see at the source counts as well,
 * but a title with a `/` in it lets nothing in: it may only look like a path.
 */
function wantedBy(
  include: readonly CoursePattern[] | undefined,
  exclude: readonly CoursePattern[],
): CourseConfig['isWanted'] {
  const isMeant = (patterns: readonly CoursePattern[], names: readonly string[]): boolean =>
    patterns.some(({ matches }) => names.some(matches));
  return (path, sourcePath) => {
    const names = sourcePath === undefined ? [path] : [path, sourcePath];
    const plain = names.filter((name) => name.split('/').length === path.split('/').length);
    return (include === undefined || isMeant(include, plain)) && !isMeant(exclude, names);
  };
}

function workspaceOf(text: string, path: KeyPath): RelPath {
  const folder = text.includes('/') ? undefined : parseRelPath(text);
  if (folder === undefined) throw invalid(path, `"${text}" is no name of a folder in a home`);
  return folder;
}

function pathOf(text: string, path: KeyPath): RelPath {
  const parsed = parseRelPath(text);
  if (parsed === undefined) throw invalid(path, `"${text}" is no path below the course's root`);
  return parsed;
}

/** Says where in the file it is what another parser found wrong in its part. */
function below<T>(path: KeyPath, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    throw error.parts.length > 0 ? allMistakes(error.parts.map((part) => placed(part, path))) : placed(error, path);
  }
}

function placed(error: F2gitError, path: KeyPath): F2gitError {
  const inner = error.params['key'];
  const key = [showPath(path), ...(inner === undefined ? [] : [String(inner)])].join('.');
  return new F2gitError(error.code, { params: { ...error.params, key }, cause: error });
}
