/** `pull` straight from a source: its hidden repository lives in the workspace's own `.f2git`. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import type { Contents, Offer } from '../core/offer.ts';
import { F2gitError, type ErrorCode, type ErrorParams } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { acquireCourseLock } from '../repo/course-lock.ts';
import { openCourseRepository, type CourseRepository } from '../repo/course-repository.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Http } from '../sources/http.ts';
import { sourceFromText } from '../sources/registry.ts';
import type { Credentials, SourceAdapter } from '../sources/source.ts';
import type { Invocation } from './arguments.ts';
import { readCredentials } from './credentials.ts';
import { asNamedHere } from './names-here.ts';
import { prepareWorkspace, type PreparedWorkspace } from './new-workspace.ts';
import type { Origin } from './origin.ts';
import { refuseOverlap } from './overlap.ts';
import { presentState, refuseOtherCourse } from './present-state.ts';
import type { PulledCourse } from './pulled-course.ts';
import type { Shell } from './shell.ts';

/** Where a workspace keeps the hidden repositories of the sources pulled into it. */
const SOURCE_FOLDER = join(STATE_FOLDER, 'source');

/**
 * Opens the source in `address` for the folder named on the command line, or one named after the course.
 * @throws {F2gitError} `address-not-understood`, `address-needs-login`, `credentials-invalid`, `workspace-…`
 */
export function openSource(address: string, invocation: Invocation, shell: Shell): PulledCourse {
  const source = sourceFromText(address, shell.cwd);
  const { adapter, config, mapping } = source;
  const suggested = courseIdFrom(adapter.suggestedName(config));
  const workspace = resolve(shell.cwd, invocation.positionals[1] ?? suggested);
  refuseOverlap(workspace, source);
  const state = presentState(workspace);
  refuseOtherCourse(workspace, state, adapter.identity(config));
  const course = state === undefined ? suggested : courseIdFrom(state.course);
  const credentials = readCredentials(invocation.values['credentials'], shell.cwd, shell.environment);
  const place = placeFor(workspace, course, invocation.flags.has('dry-run'));
  const binding = { mapping, adapter, config, credentials };
  const repository = repositoryAt(join(place.folder, course), course, binding, shell);
  return {
    workspace,
    origin: { kind: 'source', course, address, folder: shell.cwd },
    contents: repository.contents,
    offer: () =>
      repository
        .refresh({ freshness: 0, signal: shell.signal, onProgress: shell.terminal.onProgress })
        .catch((error: unknown) => {
          throw namingVariables(error, credentials);
        }),
    close: () => closeAndTidy(repository, place),
  };
}

function namingVariables(error: unknown, credentials: Credentials): unknown {
  if (!(error instanceof F2gitError) || error.code !== 'source-login') return error;
  return new F2gitError(error.code, { params: withVariables(error.code, error.params, credentials), cause: error });
}

/** Who gave no credentials is told how: there is nothing to check. */
function withVariables(code: ErrorCode, params: ErrorParams, credentials: Credentials): ErrorParams {
  const wereGiven = Object.keys(credentials).length > 0;
  if (wereGiven || code !== 'source-login') return params;
  return { ...params, variables: 'F2GIT_USER, F2GIT_PASSWORD, F2GIT_TOKEN' };
}

/** A course that is read from what is there. */
export interface KeptSource {
  readonly offer: Offer;
  readonly contents: Contents;
  close(): Promise<void>;
}

/**
 * The course as a former pull from a source left it in the workspace, without asking the source.
 * @throws {F2gitError} `course-elsewhere` when nothing is left
 */
export async function openKeptSource(
  workspace: string,
  origin: Origin & { kind: 'source' },
  shell: Shell,
): Promise<KeptSource> {
  const { repository } = openAgain(workspace, origin, {}, shell);
  const offer = await repository.offer();
  if (offer === undefined) throw new F2gitError('course-elsewhere', { params: { workspace } });
  return { offer: asNamedHere(offer), contents: repository.contents, close: () => repository.close() };
}

/**
 * The repository that former pulls from a source keep in the workspace, ready to ask that source.
 * @throws {F2gitError} `credentials-invalid`; what the adapter says of the address
 */
export function openPulledSource(
  workspace: string,
  origin: Origin & { kind: 'source' },
  invocation: Invocation,
  shell: Shell,
): { readonly course: CourseId; readonly repository: CourseRepository } {
  const credentials = readCredentials(invocation.values['credentials'], shell.cwd, shell.environment);
  return openAgain(workspace, origin, credentials, shell);
}

function openAgain(
  workspace: string,
  origin: Origin & { kind: 'source' },
  credentials: Credentials,
  shell: Shell,
): { readonly course: CourseId; readonly repository: CourseRepository } {
  const { adapter, config, mapping } = sourceFromText(origin.address, origin.folder);
  const course = courseIdFrom(origin.course);
  const binding = { mapping, adapter, config, credentials };
  return { course, repository: repositoryAt(join(workspace, SOURCE_FOLDER, course), course, binding, shell) };
}

interface Binding {
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly adapter: SourceAdapter;
  readonly config: unknown;
  readonly credentials: Credentials;
}

function repositoryAt(
  dir: string,
  course: CourseId,
  { mapping, adapter, config, credentials }: Binding,
  { terminal }: Shell,
): CourseRepository {
  // the person typed this very address: it may be a server in their own network, redirects elsewhere may not
  const createOwnHttp = (): Http => createHttp({ allowPrivateAddresses: false, allowedOrigins: hostsIn(mapping) });
  return openCourseRepository({
    dir,
    course,
    title: course,
    source: { adapter, config, credentials, createHttp: createOwnHttp },
    now: () => new Date(),
    deliversAtOnce: true,
    problemText: (code, params) =>
      describeError({ code, params: withVariables(code, params, credentials) }, terminal.language),
  });
}

/** A course id out of any name: what an id cannot hold becomes `-`. */
export function courseIdFrom(name: string): CourseId {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .replace(/\.(git|zip|lock)$/i, '')
    .slice(0, 80);
  return parseCourseId(plain) ?? parseCourseId('course') ?? fail(name);
}

/** The host and port of the server a source reads; none for a path. */
function hostsIn({ url }: Binding['mapping']): readonly string[] {
  const address = String(url).replace(/^[a-z]+\+(?=https?:)/i, '');
  return /^https?:/i.test(address) && URL.canParse(address) ? [new URL(address).host] : [];
}

interface Place {
  readonly folder: string;
  readonly tidy: () => Promise<void> | void;
}

/** A dry run into a folder without state must leave no trace there; its repository lives elsewhere for a moment. */
function placeFor(workspace: string, course: CourseId, dryRun: boolean): Place {
  const folder = join(workspace, SOURCE_FOLDER);
  if (dryRun && !existsSync(folder)) {
    const elsewhere = mkdtempSync(join(tmpdir(), 'f2git-dry-run-'));
    return { folder: elsewhere, tidy: () => rmSync(elsewhere, { recursive: true, force: true }) };
  }
  const prepared = prepareWorkspace(workspace);
  return { folder, tidy: () => tidyUnderLock(prepared, join(folder, course, 'lock')) };
}

/** Under the course's lock, so that nothing is taken from under a pull that is at work. */
async function tidyUnderLock(prepared: PreparedWorkspace, lockFolder: string): Promise<void> {
  if (!prepared.isUnused()) return;
  // one try: whoever has the lock now goes on with what was made
  const signal = AbortSignal.timeout(0);
  const lock = await acquireCourseLock(lockFolder, signal).catch(() => undefined);
  // a full or read-only disk gives no lock either: then nobody else is at work here
  if (lock !== undefined || !signal.aborted) prepared.tidy();
  lock?.release();
}

async function closeAndTidy(repository: CourseRepository, place: Place): Promise<void> {
  try {
    await repository.close();
  } finally {
    await place.tidy();
  }
}

function fail(name: string): never {
  throw new F2gitError('bug', { params: { detail: `no course id for ${name}` } });
}
