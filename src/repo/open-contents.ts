/** Only the contents of a course's repository, for an agent in another thread or process than the one that refreshes. */
import type { Oid } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import { blobOf, contentsOf, type Blob, type ContentPlaces } from './contents.ts';
import { CourseFolder, EVERYBODY } from './course-folder.ts';
import type { PublishedContent } from './history.ts';

export interface OpenedContents {
  readonly contents: Contents;
  /** One of them, to be sent on; undefined when there is none. */
  blob(oid: Oid): Blob | undefined;
  published(): readonly PublishedContent[];
  close(): void;
}

/** Whose contents of which course. */
export interface ContentsPlace {
  /** The course's folder. */
  readonly folder: string;
  readonly audience: string;
  /** The folder whose purges hold there; default: its own. */
  readonly purgedIn?: string;
}

/** Opens what an audience may have of a course. It sees every later refresh, and writes nothing. */
export function openContents(
  { folder: dir, audience, purgedIn = dir }: ContentsPlace,
  identity: string,
): OpenedContents {
  const course = new CourseFolder({ dir, audience: EVERYBODY, identity, purgedIn });
  const folder = audience === EVERYBODY ? course : course.ofAudience(audience);
  const places: ContentPlaces = {
    repositories: () => folder.repositories(),
    isPurged: (object) => folder.isPurgedNow(object),
    published: () => folder.history().filter(({ oid }) => !folder.purgedNow().has(oid)),
  };
  return {
    contents: contentsOf(places),
    blob: (oid) => blobOf(places, oid),
    published: places.published,
    close: () => {
      folder.close();
      course.close();
    },
  };
}
