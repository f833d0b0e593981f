/**
 * The configuration: one YAML file, checked whole before anything starts. Every mistake names its key and line; secrets
 * come from files or the environment only; relative paths start at the file's own folder.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument, type ParsedNode } from 'yaml';
import { type CourseConfig, resolveCourse } from './config/course.ts';
import { type HubConfig, type HubSurroundings, listenOfHub, readHub, serviceFacts } from './config/hub.ts';
import { invalid, type KeyPath, readPath } from './config/invalid.ts';
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
import { yamlMistake } from './config/yaml-mistake.ts';
import type { CourseId } from './core/ids.ts';
import { foldSegment } from './core/paths.ts';
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
  /** The name f2git has at the hub, and whether a click starts servers there; known without a hub that answers. */
  readonly service: string;
  readonly startServers: boolean;
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw withLine(invalid([], yamlMistake(syntax.code)), lines.linePos(syntax.pos[0]).line);
  }
  try {
    return {
      ...resolveConfig(checkShape(valuesOf(document)), folder, environment),
      ...(file === undefined ? {} : { file }),
    };
  } catch (error) {
    const key = error instanceof F2gitError ? error.params['key'] : undefined;
    if (!(error instanceof F2gitError) || typeof key !== 'string') throw error;
    throw withLine(error, lineOf(document.contents, readPath(key), lines));
  }
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

/** The parser finds out only here that a `*name` has no `&name` before it, or that they multiply without end. */
function valuesOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw invalid([], yamlMistake(undefined));
  }
}

function resolveConfig(written: WrittenConfig, folder: string, environment: Environment): Config {
  const { auth } = written;
  const listen = listenOf(written, folder, environment);
  const homes = parseHomes(written.homes, folder, ['homes']);
  const data = resolve(folder, written.data ?? DEFAULTS.data);
  if (auth === 'none' && !isLoopback(listen)) {
    throw invalid(['auth'], 'none lets everybody be anybody, so it needs a loopback address to listen on: 127.0.0.1');
  }
  if (auth !== 'none' && isInSomeHome(data, homes)) {
    throw invalid(['data'], `"${data}" lies in a home: what is not released yet would be readable there`);
  }
  const hubPrefix = environment['JUPYTERHUB_SERVICE_PREFIX'];
  const prefix = parsePrefix(hubPrefix ?? written.prefix ?? DEFAULTS.prefix, ['prefix']);
  const publicUrl = publicUrlOf(written, environment);
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
    courses: coursesOf(written, folder, environment),
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
  const courses = Object.entries(written.courses).map(([name, course]) => resolveCourse(name, course, around));
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

function withLine(error: F2gitError, line: number | undefined): F2gitError {
  if (line === undefined) return error;
  return new F2gitError(error.code, { params: { ...error.params, line }, cause: error });
}

/** The line of the key, or of the nearest one above it that is in the file. */
function lineOf(root: ParsedNode | null, path: KeyPath, lines: LineCounter): number | undefined {
  let node: unknown = root;
  let offset = root?.range[0];
  for (const step of path) {
    const items: readonly unknown[] = isNode(node) && 'items' in node ? (node.items as readonly unknown[]) : [];
    const item = isMap(node) ? items.find((pair) => isPair(pair) && String(pair.key) === step) : items[Number(step)];
    if (item === undefined) break;
    const start: unknown = isPair(item) ? item.key : item;
    if (isNode(start) && start.range) offset = start.range[0];
    node = isPair(item) ? item.value : item;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
