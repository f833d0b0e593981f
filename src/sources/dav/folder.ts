/** What one answer to `PROPFIND Depth: 1` says about a folder. Pure: responses in, contents out. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import { boundedName } from '../bounded-name.ts';
import { type DavName, placeOfHref } from './href.ts';
import type { DavProps, DavResponse } from './multistatus.ts';
import type { DavDialect } from './propfind.ts';

/** A file or folder in a folder. */
export interface Child extends DavName {
  readonly props: DavProps;
}

/** Something the answer names that cannot be listed; without a name it has none that can be read. */
export interface ChildProblem {
  readonly name?: string;
  readonly code: ErrorCode;
  readonly params?: ErrorParams;
}

export type FolderAnswer =
  | {
      readonly kind: 'folder';
      readonly self: DavProps;
      readonly files: readonly Child[];
      readonly folders: readonly Child[];
      readonly problems: readonly ChildProblem[];
    }
  /** The address is that of a single file. */
  | { readonly kind: 'file'; readonly self: DavProps }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly params: ErrorParams };

/**
 * Reads the answer for the folder whose path on the server is `path`. An answer without the folder itself is refused:
 * it is no proof of emptiness.
 */
export function readFolder(
  responses: readonly DavResponse[],
  path: readonly DavName[],
  { hasTwins }: DavDialect = {},
): FolderAnswer {
  let self: DavResponse | undefined;
  const children = new Map<string, { readonly child: DavName; readonly response: DavResponse }>();
  const twins = new Set<string>();
  const problems: ChildProblem[] = [];
  for (const response of responses) {
    const place = placeOfHref(response.href, path);
    if (place.kind === 'child' && !children.has(place.child.encoded)) {
      children.set(place.child.encoded, { child: place.child, response });
    } else if (place.kind === 'self' && self === undefined) {
      self = response;
    } else if (place.kind === 'child' && hasTwins === true) {
      twins.add(place.child.encoded);
    } else {
      // SabreDAV answers a name that is not UTF-8 with the folder's own address: something here has no usable name.
      problems.push({ code: 'name-refused', params: { detail: 'the server lists an item without a usable address' } });
    }
  }
  if (self === undefined) return refused('source-invalid', 'the answer does not name the folder that was asked for');
  if (self.props === undefined) return refused(codeOfStatus(self.failure ?? self.status), 'the folder was refused');
  if (self.props.isCollection !== true) return { kind: 'file', self: self.props };
  const listed = [...children.values()].map(({ child, response }) =>
    twins.has(child.encoded) ? twinOf(child) : sortOut(child, response),
  );
  return {
    kind: 'folder',
    self: self.props,
    files: listed.flatMap((one) => (one.kind === 'file' ? [one.child] : [])),
    folders: listed.flatMap((one) => (one.kind === 'folder' ? [one.child] : [])),
    problems: [...problems, ...listed.flatMap((one) => (one.kind === 'problem' ? [one.problem] : []))],
  };
}

/** Characters of a name in an address. No server takes more in all; disks hold 255 bytes, of which each may take three. */
const MOST_ENCODED = 4096;

type Sorted =
  | { readonly kind: 'file' | 'folder'; readonly child: Child }
  | { readonly kind: 'problem'; readonly problem: ChildProblem };

function sortOut(child: DavName, response: DavResponse): Sorted {
  const { props } = response;
  if (child.encoded.length > MOST_ENCODED) {
    const params = { detail: 'its name is too long for an address' };
    return { kind: 'problem', problem: { name: boundedName(child.name, 200), code: 'name-refused', params } };
  }
  if (props === undefined) {
    const code = codeOfStatus(response.failure ?? response.status);
    return { kind: 'problem', problem: { name: child.name, code } };
  }
  if (props.isCollection === true) return { kind: 'folder', child: { ...child, props } };
  if (props.etag === undefined && props.length === undefined && props.modified === undefined) {
    const params = { detail: 'the server gives neither an entity tag nor a size nor a date' };
    return { kind: 'problem', problem: { name: child.name, code: 'source-invalid', params } };
  }
  return { kind: 'file', child: { ...child, props } };
}

/** Which of them answers to the name depends on the release: neither is delivered as the other. */
function twinOf({ name }: DavName): Sorted {
  return { kind: 'problem', problem: { name, code: 'name-refused', params: { detail: TWIN } } };
}

/** What is said of items that share their name with another of the same folder. */
export const TWIN = 'another item of this folder has the same title, and only one of them can be read';

/** The problem that a status inside a multistatus stands for. */
export function codeOfStatus(status: number | undefined): ErrorCode {
  if (status === 401 || status === 403) return 'source-forbidden';
  if (status === 404 || status === 410) return 'source-gone';
  return status !== undefined && status >= 500 ? 'source-unreachable' : 'source-invalid';
}

function refused(code: ErrorCode, detail: string): FolderAnswer {
  return { kind: 'refused', code, params: { detail } };
}
