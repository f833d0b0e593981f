/**
 * What f2git keeps lies apart from what it delivers: a course that holds the data folder, homes or a secret would hand out
 * what is not released yet, the work of others, and the way into the platform.
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { isPlaceWithin, realPlace } from '../core/places.ts';
import { parseRelPath } from '../core/paths.ts';
import type { CourseConfig } from './course.ts';
import { invalid, type KeyPath } from '../core/written-key.ts';

export interface OwnPlaces {
  readonly data: string;
  /** With `{user}`. */
  readonly homes: string;
  /** The configuration itself, and all files it names. */
  readonly files: readonly string[];
}

/** @throws {F2gitError} `config-invalid`, naming the course's source */
export function refuseOwnPlaces(courses: Iterable<CourseConfig>, own: OwnPlaces): void {
  const data = realPlace(own.data);
  const aboveHomes = realPlace(dirname(own.homes.slice(0, own.homes.indexOf('{user}') + 1)));
  for (const { id, source, isWanted } of courses) {
    const { type, path } = source.mapping;
    if (type !== 'folder' || typeof path !== 'string') continue;
    const folder = realPlace(path);
    const key: KeyPath = ['courses', id, 'source'];
    if (isPlaceWithin(data, folder) || isPlaceWithin(folder, data))
      throw invalid(key, `the course's folder and "data" lie in one another: "${own.data}"`);
    if (isPlaceWithin(aboveHomes, folder))
      throw invalid(key, `students' homes lie in the course's folder: "${own.homes}"`);
    const delivered = own.files.find(
      (file) => isPlaceWithin(realPlace(file), folder) && isDelivered(file, folder, isWanted),
    );
    if (delivered !== undefined)
      throw invalid(
        key,
        `"${delivered}" lies in the course's folder, and students would get it: name it under "exclude", or put it elsewhere`,
      );
  }
}

function isDelivered(file: string, folder: string, isWanted: CourseConfig['isWanted']): boolean {
  const path = parseRelPath(relative(folder, realPlace(file)).replaceAll(sep, '/'));
  return path !== undefined && isWanted(path);
}

/** All files that values of keys `…_file` name, wherever they are. Relative paths start at `folder`. */
export function filesNamedIn(written: unknown, folder: string): readonly string[] {
  if (typeof written !== 'object' || written === null) return [];
  return Object.entries(written).flatMap(([key, value]) =>
    key.endsWith('_file') && typeof value === 'string' ? [resolve(folder, value)] : filesNamedIn(value, folder),
  );
}
