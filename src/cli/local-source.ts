/** `pull` straight from a source: its hidden repository lives in the workspace's own `.f2git`. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CourseId } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { acquireCourseLock } from '../repo/course-lock.ts';
import { openCourseRepository, type CourseRepository } from '../repo/course-repository.ts';
import { isScheduleFile } from '../release/schedule-file.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Http } from '../sources/http.ts';
import { refuseOverlap } from '../sources/overlap.ts';
import { sourceFromText, type RecognisedSource } from '../sources/registry.ts';
import type { Invocation } from './arguments.ts';
import { asNamedHere } from './names-here.ts';
import { prepareWorkspace, type PreparedWorkspace } from './new-workspace.ts';
import type { Origin } from './origin.ts';
import { presentState } from './present-state.ts';
import { courseIdFrom, isCourseIn, otherCourse, SOURCE_FOLDER } from './pulled-before.ts';
import type { PulledCourse } from './pulled-course.ts';
import type { Shell } from './shell.ts';
import { signInOf, withHint, type SignIn } from './sign-in.ts';
import { folderFor } from './workspace-folder.ts';

/**
 * Opens the source in `address` for the folder named on the command line, or one named after the course.
 * @throws {F2gitError} `address-not-understood`, `address-needs-login`, `credentials-invalid`, `workspace-…`
 */
export function openSource(address: string, invocation: Invocation, shell: Shell): PulledCourse {
  const source = sourceFromText(address, shell.cwd);
  const { adapter, config } = source;
  const suggested = courseIdFrom(adapter.suggestedName(config));
  const identity = adapter.identity(config);
  const hasMoved = invocation.flags.has('moved');
  const isHere = (place: string): boolean => isCourseIn(place, { identity, hasMoved }, shell);
  const workspace = folderFor(shell.cwd, invocation.positionals[1], suggested, isHere);
  refuseOverlap(workspace, source, 'f2git pull … my-course');
  const state = presentState(workspace);
  if (state === undefined && hasMoved) throw new F2gitError('workspace-missing', { params: { path: workspace } });
  if (state !== undefined && !isHere(workspace)) throw otherCourse(workspace, state, address);
  const course = state === undefined ? suggested : courseIdFrom(state.course);
  const signIn = signInOf(source, invocation, shell);
  const place = placeFor(workspace, course, invocation.flags.has('dry-run'));
  const binding = { source, signIn, outlivesSource: state !== undefined };
  const repository = repositoryAt(join(place.folder, course), course, binding, shell);
  return {
    workspace,
    origin: { kind: 'source', course, address, folder: shell.cwd },
    contents: repository.contents,
    offer: () =>
      repository
        .refresh({ freshness: 0, signal: shell.signal, onProgress: shell.terminal.onProgress })
        .catch((error: unknown) => {
          throw error instanceof F2gitError ? withHint(error, signIn) : error;
        }),
    close: () => closeAndTidy(repository, place),
  };
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
  const { repository } = openAgain(workspace, origin, shell);
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
  return openAgain(workspace, origin, shell, invocation);
}

/** Without an invocation nobody means to ask the source. */
function openAgain(
  workspace: string,
  origin: Origin & { kind: 'source' },
  shell: Shell,
  invocation?: Invocation,
): { readonly course: CourseId; readonly repository: CourseRepository } {
  const source = sourceFromText(origin.address, origin.folder);
  const course = courseIdFrom(origin.course);
  const signIn = invocation === undefined ? { credentials: {}, hint: {} } : signInOf(source, invocation, shell);
  const dir = join(workspace, SOURCE_FOLDER, course);
  return { course, repository: repositoryAt(dir, course, { source, signIn, outlivesSource: true }, shell) };
}

interface Binding {
  readonly source: RecognisedSource;
  readonly signIn: SignIn;
  /** A workspace that is there goes on knowing its course, whatever source that is read from now. */
  readonly outlivesSource: boolean;
}

function repositoryAt(
  dir: string,
  course: CourseId,
  { source: { mapping, adapter, config }, signIn, outlivesSource }: Binding,
  { terminal }: Shell,
): CourseRepository {
  // the person typed this very address: it may be a server in their own network, redirects elsewhere may not
  const createOwnHttp = (): Http => createHttp({ allowPrivateAddresses: false, allowedOrigins: hostsIn(mapping) });
  return openCourseRepository({
    dir,
    course,
    title: course,
    outlivesSource,
    source: { adapter, config, credentials: signIn.credentials, isForOwner: true, createHttp: createOwnHttp },
    releaseFile: { isIt: isScheduleFile },
    now: () => new Date(),
    deliversAtOnce: true,
    problemText: (code, params) => describeError(withHint(new F2gitError(code, { params }), signIn), terminal.language),
  });
}

/** The host and port of the server a source reads; none for a path. */
function hostsIn({ url }: RecognisedSource['mapping']): readonly string[] {
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
