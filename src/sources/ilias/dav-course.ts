/** From what WebDAV of ILIAS lists to the course: its own remarks become problems, and names what they were. */
import { foldSegment } from '../../core/paths.ts';
import { F2gitError } from '../../errors.ts';
import { TWIN } from '../dav/folder.ts';
import type { DavServer } from '../dav/propfind.ts';
import type { FoundFile, WalkedTree } from '../dav/walk.ts';
import { safeAddress } from '../redact.ts';
import type { EntryProblem } from '../source.ts';
import { isInformation, isNeverShown, titlesIn } from './information.ts';
import { isSecured, unsecured } from './suffix.ts';

export interface CourseFile {
  readonly found: FoundFile;
  readonly segments: readonly string[];
}

export interface DavCourse {
  readonly files: readonly CourseFile[];
  readonly problems: readonly EntryProblem[];
  /** How many names still end in `.sec`. */
  readonly secured: number;
}

export const NEVER_SHOWN = 'a character in its title keeps it from WebDAV';

/** A folder with thousands of forbidden titles. */
const MAX_INFORMATION_BYTES = 4 * 1024 * 1024;

/**
 * Reads what ILIAS remarks on its folders and takes it into account. A remark that cannot be read freezes its folder:
 * something there is missing, and nobody knows what.
 * @throws {F2gitError} `source-login`, `cancelled`
 */
export async function courseOf(
  tree: WalkedTree,
  server: DavServer,
  suffixes: readonly string[],
  signal: AbortSignal,
): Promise<DavCourse> {
  const remarks = tree.files.filter(({ path }) => isInformation(nameOf(path)));
  const files = tree.files.filter(({ path }) => !isInformation(nameOf(path)));
  const told = await Promise.all(
    remarks.map(async ({ path }) => {
      const folder = path.slice(0, -1).map(({ name }) => name);
      const text = await readRemark(server, tree.url + path.map(({ encoded }) => encoded).join('/'), signal);
      if (text instanceof F2gitError) return [{ segments: folder, code: text.code, params: text.params }];
      const children = new Set(tree.files.flatMap((file) => childIn(file, folder)));
      return titlesIn(text).flatMap((title) => problemsOf(title, folder, children));
    }),
  );
  const isFrozen = freezing(told.flat());
  const isTold = freezing(tree.problems);
  const problems = [...tree.problems, ...told.flat().filter(({ segments }) => !isTold(segments))];
  const shown = withNames(
    files.filter(({ path }) => !isFrozen(path.map(({ name }) => name))),
    suffixes,
  );
  return { files: shown, problems, secured: shown.filter(({ segments }) => isSecured(segments.at(-1) ?? '')).length };
}

async function readRemark(server: DavServer, url: string, signal: AbortSignal): Promise<string | F2gitError> {
  const { http, auth, headers } = server;
  try {
    const request = { method: 'GET', url, headers, auth, purpose: 'listing', maxBytes: MAX_INFORMATION_BYTES } as const;
    const response = await http.send(request, signal);
    if (response.status === 200) return await response.text();
    await response.discard();
    const { status } = response;
    const code = status === 401 ? 'source-login' : 'source-invalid';
    const detail = 'ILIAS says that it shows not all there is, and not what';
    throw new F2gitError(code, { params: { address: safeAddress(url), status, detail } });
  } catch (error) {
    const isOfFolder = error instanceof F2gitError && /^source-(invalid|truncated)$|^too-large$/.test(error.code);
    if (isOfFolder) return error;
    throw error;
  }
}

/**
 * Of two items with one title only one is shown, and which one may change: neither is delivered. From ILIAS 9 on their
 * names have suffixes that the title may lack.
 */
function problemsOf(title: string, folder: readonly string[], children: ReadonlySet<string>): readonly EntryProblem[] {
  const isTwin = (name: string): boolean =>
    name === title ||
    (!isNeverShown(title) && name.startsWith(`${title}.`) && !name.slice(title.length + 1).includes('.'));
  const twins = children.has(title) ? [title] : [...children].filter(isTwin);
  if (twins.length > 0 || !isNeverShown(title)) {
    const names = twins.length > 0 ? twins : [title];
    return names.map((name) => ({ segments: [...folder, name], code: 'name-refused', params: { detail: TWIN } }));
  }
  return [{ segments: [...folder, title], code: 'name-refused', params: { detail: NEVER_SHOWN } }];
}

/** The name directly in `folder` through which a file lies in it. */
function childIn({ path }: FoundFile, folder: readonly string[]): readonly string[] {
  const isIn = path.length > folder.length && folder.every((name, at) => path[at]?.name === name);
  const name = isIn ? path[folder.length]?.name : undefined;
  return name === undefined || isInformation(name) ? [] : [name];
}

/** Tells whether a path is that of a problem, or below it. */
function freezing(problems: readonly EntryProblem[]): (segments: readonly string[]) => boolean {
  const keys = new Set(problems.map(({ segments }) => JSON.stringify(segments)));
  return (segments) => keys.size > 0 && segments.some((_, at) => keys.has(JSON.stringify(segments.slice(0, at + 1))));
}

/** Names with their suffixes again, where that takes no other item's name. */
function withNames(files: readonly FoundFile[], suffixes: readonly string[]): readonly CourseFile[] {
  const taken = new Map<string, number>();
  const plain = files.map((found) => ({ found, segments: found.path.map(({ name }) => name) }));
  const wanted = plain.map((file) => {
    const name = unsecured(file.segments.at(-1) ?? '', suffixes);
    return name === undefined ? undefined : { ...file, segments: [...file.segments.slice(0, -1), name] };
  });
  for (const file of [...plain, ...wanted]) {
    if (file === undefined) continue;
    const key = keyOf(file.segments);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  return plain.map((file, at) => {
    const named = wanted[at];
    return named !== undefined && taken.get(keyOf(named.segments)) === 1 ? named : file;
  });
}

function keyOf(segments: readonly string[]): string {
  return segments.map(foldSegment).join('/');
}

function nameOf(path: FoundFile['path']): string {
  return path.at(-1)?.name ?? '';
}
