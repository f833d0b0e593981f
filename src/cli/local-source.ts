/** `pull` straight from a source: its hidden repository lives in the workspace's own `.f2git`. */
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { openCourseRepository, type CourseRepository } from '../repo/course-repository.ts';
import { createHttp } from '../sources/http.ts';
import { sourceFromText } from '../sources/registry.ts';
import type { Invocation } from './arguments.ts';
import { readCredentials } from './credentials.ts';
import { presentState, refuseOtherCourse } from './present-state.ts';
import type { PulledCourse } from './pull.ts';
import type { Shell } from './shell.ts';

/** Where a workspace keeps the hidden repositories of the sources pulled into it. */
const SOURCE_FOLDER = join(STATE_FOLDER, 'source');

/**
 * Opens the source in `address` for the folder named on the command line, or one named after the course.
 * @throws {F2gitError} `address-not-understood`, `address-needs-login`, `credentials-invalid`, `workspace-…`
 */
export function openSource(address: string, invocation: Invocation, shell: Shell): PulledCourse {
  const { adapter, config } = sourceFromText(address, shell.cwd);
  const suggested = courseIdFrom(adapter.suggestedName(config));
  const workspace = resolve(shell.cwd, invocation.positionals[1] ?? suggested);
  const state = presentState(workspace);
  refuseOtherCourse(workspace, state, adapter.identity(config));
  const course = state === undefined ? suggested : courseIdFrom(state.course);
  const place = placeFor(workspace, invocation.flags.has('dry-run'));
  const repository = openCourseRepository({
    dir: join(place.folder, course),
    course,
    title: course,
    source: {
      adapter,
      config,
      credentials: readCredentials(invocation.values['credentials'], shell.environment),
      // the person typed this very address: it may be a server in their own network, redirects elsewhere may not
      createHttp: () => createHttp({ allowPrivateAddresses: false, allowedOrigins: hostsIn(address) }),
    },
    release: () => 'offered',
    isWanted: () => true,
    now: () => new Date(),
  });
  return {
    workspace,
    origin: { kind: 'source', course, address },
    contents: repository.contents,
    offer: () => repository.refresh({ freshness: 0, signal: shell.signal, onProgress: shell.terminal.onProgress }),
    close: () => closeAndTidy(repository, place),
  };
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

/** The host and port in an address such as `zip+https://host:8443/…`; none in a path. */
function hostsIn(address: string): readonly string[] {
  const url = address.replace(/^[a-z]+\+(?=https?:)/i, '');
  return /^https?:/i.test(url) && URL.canParse(url) ? [new URL(url).host] : [];
}

interface Place {
  readonly folder: string;
  readonly tidy: () => void;
}

/** A dry run into a folder without state must leave no trace there; its repository lives elsewhere for a moment. */
function placeFor(workspace: string, dryRun: boolean): Place {
  const folder = join(workspace, SOURCE_FOLDER);
  if (dryRun && !existsSync(folder)) {
    const elsewhere = mkdtempSync(join(tmpdir(), 'f2git-dry-run-'));
    return { folder: elsewhere, tidy: () => rmSync(elsewhere, { recursive: true, force: true }) };
  }
  const existedBefore = [workspace, join(workspace, STATE_FOLDER)].map((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  return { folder, tidy: () => removeIfUnused(workspace, existedBefore) };
}

/** A first pull that delivered nothing leaves nothing: no half a workspace, no empty folder. */
function removeIfUnused(workspace: string, [hadFolder, hadState]: readonly boolean[]): void {
  const state = join(workspace, STATE_FOLDER);
  if (hadState === true || !existsSync(state) || existsSync(join(state, 'state.json'))) return;
  rmSync(state, { recursive: true, force: true });
  if (hadFolder !== true && readdirSync(workspace).length === 0) rmdirSync(workspace);
}

async function closeAndTidy(repository: CourseRepository, place: Place): Promise<void> {
  await repository.close();
  place.tidy();
}

function fail(name: string): never {
  throw new F2gitError('bug', { params: { detail: `no course id for ${name}` } });
}
