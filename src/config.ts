/**
 * The configuration: one YAML file, checked whole before anything starts. Every mistake names its key and line; secrets
 * come from files or the environment only; relative paths start at the file's own folder.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type CourseConfig, resolveCourse } from './config/course.ts';
import {
  type HubConfig,
  type StartServers,
  type HubSurroundings,
  listenOfHub,
  readHub,
  serviceFacts,
} from './config/hub.ts';
import { filesNamedIn, refuseOwnPlaces } from './config/own-places.ts';
import { checkShape, type WrittenConfig } from './config/schema.ts';
import type { Environment } from './config/secrets.ts';
import {
  isInSomeHome,
  isLoopback,
  type Listen,
  parseDuration,
  parseHomes,
  parseListen,
  parsePrefix,
  parsePublicUrl,
} from './config/values.ts';
import type { CourseId } from './core/ids.ts';
import { together } from './core/mistakes.ts';
import { foldSegment } from './core/paths.ts';
import { invalid, type KeyPath } from './core/written-key.ts';
import { readYaml } from './core/yaml-text.ts';
import { F2gitError } from './errors.ts';
import type { AccountRule } from './hub/account.ts';
import type { Language } from './messages/language.ts';
import { isTimeZone } from './release/local-time.ts';

export type { CourseConfig } from './config/course.ts';
export type { Listen } from './config/values.ts';

export interface Config {
  /** Absolute; absent when nothing was read from a file. */
  readonly file?: string;
  readonly listen: Listen;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  /** Where people reach the server: no final `/`. */
  readonly publicUrl?: string;
  /** Absolute. */
  readonly data: string;
  /** An absolute path in which `{user}` stands for a student's name. */
  readonly homes: string;
  readonly auth: 'jupyterhub' | 'links' | 'none';
  /** Of `auth: jupyterhub`: the hub; absent while f2git has no token of it. */
  readonly hub?: HubConfig;
  /** The name f2git has at the hub, and which servers a click starts there; known without a hub that answers. */
  readonly service: string;
  readonly startServers: StartServers;
  /** From the hub's name of a person to that of their account. */
  readonly accounts: AccountRule;
  /** Accounts to run under when started as root. */
  readonly user?: string;
  readonly frontUser?: string;
  readonly language: Language;
  /** In the order of the file. */
  readonly courses: ReadonlyMap<CourseId, CourseConfig>;
}

const DEFAULTS = {
  listen: '127.0.0.1:8484',
  prefix: '/',
  data: './data',
  freshness: '15s',
  language: 'en',
  timeZone: 'Europe/Berlin',
} as const;

/** A file above this many bytes is not a configuration. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads and checks the file.
 * @throws {F2gitError} `config-unreadable`; `config-invalid` with `key`, `line` and `detail`; what the adapter of a
 * source says of its address
 */
export function loadConfig(file: string, environment: Environment): Config {
  const path = resolve(file);
  return parseConfig(readConfig(path), { file: path, folder: dirname(path), environment });
}

/** As `loadConfig`, for the text of a file. Relative paths start at `folder`. */
export function parseConfig(
  text: string,
  { file, folder, environment }: { readonly file?: string; readonly folder: string; readonly environment: Environment },
): Config {
  return readYaml(text, (values) => {
    const written = checkShape(values);
    const config = resolveConfig(written, folder, environment);
    const files = [...filesNamedIn(written, folder), ...(file === undefined ? [] : [file])];
    refuseOwnPlaces(config.courses.values(), { ...config, files });
    return { ...config, ...(file === undefined ? {} : { file }) };
  });
}

/**
 * What `npm start` serves on a fresh clone: the example course in `<root>/examples/course`, homes in `<folder>/demo`.
 */
export function embeddedConfig(root: string, folder: string, environment: Environment): Config {
  const written: WrittenConfig = {
    listen: DEFAULTS.listen,
    data: './demo/.data',
    homes: './demo/{user}',
    auth: 'none',
    courses: {
      example: {
        title: 'Example course',
        source: join(root, 'examples', 'course'),
        open: 'README.md',
        freshness: '1s',
      },
    },
  };
  return resolveConfig(written, resolve(folder), environment);
}

function readConfig(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_BYTES) throw new RangeError('too large');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR';
    const detail = code.startsWith('ERR') ? 'not a text file' : code;
    throw new F2gitError('config-unreadable', { params: { path, detail }, cause: error });
  }
}

function resolveConfig(written: WrittenConfig, folder: string, environment: Environment): Config {
  const { auth } = written;
  const hubPrefix = environment['JUPYTERHUB_SERVICE_PREFIX'];
  const [listen, homes, prefix, publicUrl, courses] = together(
    () => listenOf(written, folder, environment),
    () => parseHomes(written.homes, folder, ['homes']),
    () => parsePrefix(hubPrefix ?? written.prefix ?? DEFAULTS.prefix, ['prefix']),
    () => publicUrlOf(written, environment),
    () => coursesOf(written, folder, environment),
  );
  const data = resolve(folder, written.data ?? DEFAULTS.data);
  if (auth === 'none' && !isLoopback(listen)) {
    throw invalid(['auth'], 'none lets everybody be anybody, so it needs a loopback address to listen on: 127.0.0.1');
  }
  if (isInSomeHome(data, homes)) {
    throw invalid(['data'], `"${data}" lies in a home: what is not released yet would be readable there`);
  }
  return {
    listen,
    prefix,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    data,
    homes,
    auth,
    ...hubOf(written, { folder, environment, prefix, publicUrl }),
    ...serviceFacts(written.hub, environment),
    ...accountsOf(written),
    language: written.defaults?.language ?? DEFAULTS.language,
    courses,
  };
}

/** A hub that starts f2git says where it looks for it. */
function listenOf({ auth, listen }: WrittenConfig, folder: string, environment: Environment): Listen {
  const ofHub = auth === 'jupyterhub' ? listenOfHub(environment) : undefined;
  return ofHub ?? parseListen(listen ?? DEFAULTS.listen, folder, ['listen']);
}

/** Whose rights the parts of a server have that root starts. */
function accountsOf({ user, front_user: frontUser }: WrittenConfig): Pick<Config, 'user' | 'frontUser'> {
  return { ...(user === undefined ? {} : { user }), ...(frontUser === undefined ? {} : { frontUser }) };
}

/** The file's, else what a hub with a public address of its own says (JupyterHub 5). */
function publicUrlOf({ public_url: written, auth }: WrittenConfig, environment: Environment): string | undefined {
  const text = written ?? (auth === 'jupyterhub' ? environment['JUPYTERHUB_PUBLIC_URL'] || undefined : undefined);
  return text === undefined ? undefined : parsePublicUrl(text, ['public_url']);
}

function hubOf({ auth, hub: written }: WrittenConfig, around: HubSurroundings): Pick<Config, 'hub'> {
  const hub = auth === 'jupyterhub' ? readHub(written, around) : undefined;
  return hub === undefined ? {} : { hub };
}

function coursesOf(
  written: WrittenConfig,
  folder: string,
  environment: Environment,
): ReadonlyMap<CourseId, CourseConfig> {
  const timeZone = written.defaults?.time_zone ?? DEFAULTS.timeZone;
  if (!isTimeZone(timeZone)) throw invalid(['defaults', 'time_zone'], `this machine knows no time zone "${timeZone}"`);
  const freshness = parseDuration(written.defaults?.freshness ?? DEFAULTS.freshness, ['defaults', 'freshness']);
  const around = { folder, environment, freshness, timeZone };
  const steps = Object.entries(written.courses).map(
    ([name, course]) =>
      () =>
        resolveCourse(name, course, around),
  );
  const courses = together<CourseConfig[]>(...steps);
  if (courses.length === 0) throw invalid(['courses'], 'no course is configured');
  refuseSharedNames(courses);
  return new Map(courses.map((course) => [course.id, course]));
}

/** Two courses in one folder, or two names that some file systems take for one, would overwrite each other. */
function refuseSharedNames(courses: readonly CourseConfig[]): void {
  const workspaces = new Map<string, CourseConfig>();
  const ids = new Map<string, CourseConfig>();
  for (const course of courses) {
    const path: KeyPath = ['courses', course.id];
    const other = workspaces.get(foldSegment(course.workspace));
    if (other !== undefined) throw invalid([...path, 'workspace'], `course "${other.id}" has this folder already`);
    const twin = ids.get(foldSegment(course.id));
    if (twin !== undefined) throw invalid(path, `too like the name of course "${twin.id}"`);
    workspaces.set(foldSegment(course.workspace), course);
    ids.set(foldSegment(course.id), course);
  }
}
