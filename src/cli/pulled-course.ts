/** What `pull` delivers, wherever it comes from. */
import type { CourseSettings } from '../agent/course-settings.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { RunReport } from '../sync/report.ts';
import type { Origin } from './origin.ts';

/** A course about to be delivered. */
export interface PulledCourse {
  readonly workspace: string;
  readonly origin: Origin;
  /** What the link names, if it names any. */
  readonly open?: RelPath;
  readonly scope?: RelPath;
  readonly contents: Contents;
  /** Asks the source or server once. @throws {F2gitError} when there is nothing to deliver */
  offer(): Promise<Offer>;
  /** What was chosen for the course, once there is an offer; nothing is chosen for a source. */
  settings?(): CourseSettings | undefined;
  /** What a run comes to without an offer, because of `error`: everything stays as it is; undefined where it fails. */
  withoutOffer?(error: unknown): RunReport | undefined;
  /** Frees connections and, when nothing came of it, removes what was made for it. */
  close(): Promise<void>;
}
