/** The address of a course's link, `…/go/<course>?open=&dir=&user=`, as lecturers share it. */
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';

export interface CourseLink {
  /** The server's address with its prefix, ending in `/`. */
  readonly server: string;
  readonly course: CourseId;
  /** The file that opens. */
  readonly open?: RelPath;
  /** The part of the course that is wanted. */
  readonly dir?: RelPath;
  /** Who asks, on a server without accounts. */
  readonly user?: string;
}

/**
 * Gives the link in `address`; undefined when it is no such link, so that it may be a source.
 * @throws {F2gitError} `address-not-understood` when it is one, but names a file no course can have
 */
export function parseLink(address: string): CourseLink | undefined {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const [, server, name = ''] = /^(.*\/)go\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  const course = parseCourseId(decodeURIComponent(name));
  if (server === undefined || course === undefined) return undefined;
  const open = pathParameter(url, 'open');
  const dir = pathParameter(url, 'dir');
  const user = url.searchParams.get('user');
  return {
    server: `${url.origin}${server}`,
    course,
    ...(open === undefined ? {} : { open }),
    ...(dir === undefined ? {} : { dir }),
    ...(user === null || user === '' ? {} : { user }),
  };
}

function pathParameter(url: URL, name: string): RelPath | undefined {
  const value = url.searchParams.get(name)?.replace(/^\/+|\/+$/g, '');
  if (value === undefined || value === '') return undefined;
  const path = parseRelPath(value);
  if (path === undefined)
    throw new F2gitError('address-not-understood', { params: { address: url.origin, detail: `${name}=` } });
  return path;
}
