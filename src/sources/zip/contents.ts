/** What an archive holds as a course: every item an entry or a problem on its path. Pure. */
import { createHash } from 'node:crypto';
import { entryId } from '../../core/ids.ts';
import { checkSegment } from '../../core/paths.ts';
import type { EntryProblem, ListedEntry } from '../source.ts';
import type { ArchiveItem } from './directory.ts';

/** The folder around everything that is left away; `none` where there is none, for as long as the course lives. */
export type TopFolder = { readonly kind: 'none' } | { readonly kind: 'strip'; readonly name: string };

export interface Contents {
  readonly entries: readonly ListedEntry[];
  readonly problems: readonly EntryProblem[];
  readonly complete: boolean;
  /** The item behind each entry, by the entry's id. */
  readonly items: ReadonlyMap<string, ArchiveItem>;
  /** Absent while the archive has no file to judge by. */
  readonly top?: TopFolder;
}

/** Nextcloud puts this file beside the folder when it could not pack everything (apps/dav, ZipFolderPlugin). */
const MISSING_FILES = 'missing_files.json';

/**
 * Lists `items`. `previous` is the top folder of the last listing: that one was or was not stripped stays so, lest a
 * file added beside the folder moves the whole course.
 */
export function contentsOf(
  items: readonly ArchiveItem[],
  stripTopFolder: boolean,
  previous: TopFolder | undefined,
): Contents {
  const named = items.map((item) => ({ item, segments: item.name.replaceAll('\\', '/').split('/') }));
  const isMissingFiles = (segments: readonly string[]) => segments.length === 1 && segments[0] === MISSING_FILES;
  const course = named.filter(({ segments }) => !isMissingFiles(segments));
  const top: TopFolder | undefined = stripTopFolder ? topFolderOf(course, previous) : { kind: 'none' };
  const entries = new Map<string, ListedEntry>();
  const found = new Map<string, ArchiveItem>();
  const problems: EntryProblem[] = [];
  for (const { item, segments } of course) {
    const { path, isOutside } = below(top, segments);
    if (item.kind === 'folder') continue;
    if (item.kind !== 'file') {
      problems.push({ segments: placeable(path), code: 'kind-refused', params: { kind: item.kind } });
    } else if (!isRelative(segments)) {
      const params = { name: item.name, detail: 'no path within the course' };
      problems.push({ segments: placeable(path), code: 'name-refused', params });
    } else {
      // Of items with the very same name the last one counts, as for every unpacker.
      const id = idOf(path, isOutside);
      const { executable, size } = item;
      entries.set(id, { id, segments: path, stamp: stampOf(item), size, executable });
      found.set(id, item);
    }
  }
  return {
    entries: [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    problems,
    complete: course.length === named.length,
    items: found,
    ...(top === undefined ? {} : { top }),
  };
}

/** Equal for archives that hold the same files, whenever and in whatever order they were packed. */
export function manifestOf(items: readonly ArchiveItem[]): string {
  const lines = items.map((item) =>
    JSON.stringify([item.name, item.kind, item.executable, item.kind === 'file' ? stampOf(item) : '']),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64url');
}

function stampOf({ crc, size }: ArchiveItem): string {
  return `${crc.toString(16).padStart(8, '0')}-${String(size)}`;
}

/** A problem freezes the nearest place its name leads to; a name that leads nowhere must not freeze the whole course. */
function placeable(path: readonly string[]): readonly string[] {
  return path.map((part) => (/^(empty|dots|git|own)$/.test(checkSegment(part) ?? '') ? `(${part})` : part));
}

interface Named {
  readonly item: ArchiveItem;
  readonly segments: readonly string[];
}

/** The one folder that everything is in, what operating systems leave behind apart. */
function topFolderOf(course: readonly Named[], previous: TopFolder | undefined): TopFolder | undefined {
  if (previous?.kind === 'none') return previous;
  const counted = course.filter(({ segments }) => !segments.some((segment) => checkSegment(segment) === 'junk'));
  const first = counted[0]?.segments[0];
  const isCommon = counted.every(({ item, segments }) => {
    const isInside = segments.length > 1 || item.kind === 'folder';
    return isInside && segments[0] === first;
  });
  // An archive without files says nothing about the next one.
  if (counted.every(({ item }) => item.kind === 'folder')) return previous;
  if (first !== undefined && isCommon && checkSegment(first) === undefined) return { kind: 'strip', name: first };
  return previous ?? { kind: 'none' };
}

function below(
  top: TopFolder | undefined,
  segments: readonly string[],
): { readonly path: readonly string[]; readonly isOutside: boolean } {
  if (top === undefined || top.kind === 'none') return { path: segments, isOutside: false };
  const isBelow = segments.length > 1 && segments[0] === top.name;
  return isBelow ? { path: segments.slice(1), isOutside: false } : { path: segments, isOutside: true };
}

/** The path is the id; a file that lies beside the stripped folder must not share one with a file in it. */
function idOf(path: readonly string[], isOutside: boolean) {
  const id = (isOutside ? '/' : '') + path.join('/');
  return entryId(id.length <= 4096 ? id : `sha256 ${createHash('sha256').update(id).digest('hex')}`);
}

/** Whether a name leads to a place below the root and nowhere else: not absolute, no drive, no `..`, no empty part. */
function isRelative(segments: readonly string[]): boolean {
  const isOdd = segments.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  return !isOdd && !/^[A-Za-z]:/.test(segments[0] ?? '');
}
