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
  const course = parseCourseId(decoded(name));
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

/** The name as it was before it became part of an address; as it is when it never was. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // a stray % is no escape: no course is called that, so the address is looked at as a source
    return name;
  }
}

function pathParameter(url: URL, name: string): RelPath | undefined {
  const value = url.searchParams.get(name)?.replace(/^\/+|\/+$/g, '');
  if (value === undefined || value === '') return undefined;
  const path = parseRelPath(value);
  if (path === undefined)
    throw new F2gitError('address-not-understood', {
      params: { address: url.origin, detail: `"${name}=" names no file of a course` },
    });
  return path;
}
