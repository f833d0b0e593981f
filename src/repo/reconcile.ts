/**
 * What is known of a course where `course.json` does not fit the commit: a crash came between the switch of the reference
 * and the writing of the state, or the file was lost. The commit is what counts. Pure.
 */
import { foldPath } from '../core/paths.ts';
import type { CourseState, KnownEntry } from './course-state.ts';
import type { PublishedContent } from './history.ts';
import type { Manifest } from './manifest.ts';
import { occupancyOf } from './occupancy.ts';

/**
 * The files of the commit are known as it has them, and what it no longer has is forgotten, but for where it was
 * published: a file that was, and is withheld again, is in no commit, and must not be missed in a home. Where nothing else
 * is known, `published` (the oldest first) tells of those.
 */
export function reconcile(
  state: CourseState,
  manifest: Manifest | undefined,
  published: () => readonly PublishedContent[],
): CourseState {
  if (manifest === undefined || state.head === manifest.commit) return state;
  const before = new Map(state.entries.map((entry) => [entry.id, entry]));
  const inCommit = new Set(manifest.files.map(({ id }) => id));
  const files = manifest.files.map((file): KnownEntry => {
    const was = before.get(file.id);
    return {
      sourceId: was?.sourceId ?? file.id,
      ...(was?.sourcePath === undefined ? {} : { sourcePath: was.sourcePath }),
      ...(was?.lineage === undefined ? {} : { lineage: was.lineage }),
      ...(was?.isAgain === undefined ? {} : { isAgain: was.isAgain }),
      ...(was?.visible === undefined ? {} : { visible: was.visible }),
      held: was?.held ?? false,
      id: file.id,
      path: file.path,
      stamp: file.stamp,
      oid: file.oid,
      size: file.size,
      executable: file.executable,
      publishedAs: file.path,
    };
  });
  const isLost = state.head === undefined;
  const others = isLost
    ? unseenAmong(published(), files)
    : state.entries.filter(({ id }) => !inCommit.has(id)).map(withoutPublished);
  const { identity, numbering, complete, problems } = state;
  const known = { identity, ...(numbering === undefined ? {} : { numbering }) };
  return { ...known, complete, problems, entries: [...others, ...files], head: manifest.commit, isFromCommit: true };
}

/** The files that were published and are not among those of the commit, nor in their way, by their last names. */
function unseenAmong(published: readonly PublishedContent[], files: readonly KnownEntry[]): readonly KnownEntry[] {
  const ids = new Set(files.map(({ id }) => id));
  const isTaken = occupancyOf(files);
  const byPath = new Map<string, KnownEntry>();
  for (const { id, path } of new Map(published.map((content) => [content.id, content])).values()) {
    if (ids.has(id) || isTaken(path)) continue;
    const entry = { sourceId: id, id, path, publishedAs: path, stamp: '', size: 0, executable: false, held: false };
    byPath.set(foldPath(path), { ...entry, unseen: true });
  }
  return [...byPath.values()];
}

/** Nothing is said of the content a published file had: where the commit lacks it for good, nothing brings it back. */
function withoutPublished(entry: KnownEntry): KnownEntry {
  if (entry.publishedAs === undefined) return entry;
  const { sourceId, id, lineage, isAgain, path, sourcePath, visible, publishedAs, executable } = entry;
  return {
    sourceId,
    id,
    path,
    publishedAs,
    executable,
    stamp: '',
    size: 0,
    held: false,
    ...(lineage === undefined ? {} : { lineage }),
    ...(isAgain === undefined ? {} : { isAgain }),
    ...(sourcePath === undefined ? {} : { sourcePath }),
    ...(visible === undefined ? {} : { visible }),
  };
}
