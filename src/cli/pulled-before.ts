/** Whether a workspace holds the course that is about to be pulled into it, also when its source has moved since. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import { isSameSource } from '../core/source-identity.ts';
import { F2gitError } from '../errors.ts';
import { shellWord } from '../messages/shell-word.ts';
import { safeAddress } from '../sources/redact.ts';
import { sourceFromText } from '../sources/registry.ts';
import type { Heading } from '../sync/state.ts';
import { isKey, readOrigin } from './origin.ts';
import { presentState } from './present-state.ts';
import type { Shell } from './shell.ts';

/** Where a workspace keeps the hidden repositories of the sources pulled into it. */
export const SOURCE_FOLDER = join(STATE_FOLDER, 'source');

/** A source as its adapter names it. `hasMoved`: the person says that it is where the folder's course is now. */
interface Wanted {
  readonly identity: string;
  readonly hasMoved: boolean;
}

/**
 * Whether the course in `workspace` is read from the source `identity`: it was at first, it was the last time, or it is to
 * be from now on. A course moves with all that is known of it; where that is lost, nobody can say that it is the same.
 * @throws {F2gitError} as `presentState`
 */
export function isCourseIn(workspace: string, { identity, hasMoved }: Wanted, { environment }: Shell): boolean {
  const state = presentState(workspace);
  if (state === undefined) return false;
  if (isSameSource(state.identity, identity)) return true;
  return canMove(workspace, state) && (hasMoved || lastIdentity(workspace, environment) === identity);
}

/** That there is another course in `workspace`; with the command that goes on if it is the same, where that is possible. */
export function otherCourse(workspace: string, state: Heading, address: string): F2gitError {
  const shown = shellWord(isKey(address) ? safeAddress(address) : address);
  const moved = `f2git pull ${shown} ${shellWord(workspace)} --moved`;
  const params = { workspace, course: state.course, ...(canMove(workspace, state) ? { moved } : {}) };
  return new F2gitError('workspace-other-course', { params });
}

function canMove(workspace: string, { course }: Heading): boolean {
  return existsSync(join(workspace, SOURCE_FOLDER, courseIdFrom(course), 'course.json'));
}

/** What the last pull read; undefined where that is not known here. */
function lastIdentity(workspace: string, environment: NodeJS.ProcessEnv): string | undefined {
  try {
    const origin = readOrigin(workspace, environment);
    if (origin?.kind !== 'source') return undefined;
    const { adapter, config } = sourceFromText(origin.address, origin.folder);
    return adapter.identity(config);
  } catch (error) {
    // an address only somebody else knows, or one this f2git does not understand: then it is not known
    if (error instanceof F2gitError) return undefined;
    throw error;
  }
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

function fail(name: string): never {
  throw new F2gitError('bug', { params: { detail: `no course id for ${name}` } });
}
