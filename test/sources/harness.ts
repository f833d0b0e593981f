/**
 * What an adapter's tests give the conformance suite: a course whose content the suite decides (`CourseDriver`), and the
 * faults its server can be made to show. Whatever is missing here must be declared impossible, with the reason.
 */
import type { Credentials, SourceAdapter, Window } from '../../src/sources/source.ts';

/** Raw names from the root to a file or folder; a `/` in one is a character of the name. */
export type Segments = readonly string[];

/** Changes a course, as staff would at the real system. Folders on the way come into being. Absent verbs do not exist there. */
export interface CourseDriver {
  put(segments: Segments, bytes: Uint8Array): Promise<void>;
  /** Other bytes in the same item. The suite calls it so that a truthful stamp must change. */
  overwrite(segments: Segments, bytes: Uint8Array): Promise<void>;
  remove(segments: Segments): Promise<void>;
  makeFolder?(segments: Segments): Promise<void>;
  rename?(segments: Segments, name: string): Promise<void>;
  move?(segments: Segments, to: Segments): Promise<void>;
  /** Takes an item out of students' sight. */
  hide?(segments: Segments): Promise<void>;
  show?(segments: Segments): Promise<void>;
  /** Makes an item's content unreadable while it is still named (a condition, a permission). */
  lock?(segments: Segments): Promise<void>;
  schedule?(segments: Segments, window: Window): Promise<void>;
  /** New date, same bytes. */
  touch?(segments: Segments): Promise<void>;
  makeExecutable?(segments: Segments): Promise<void>;
  /** Other bytes of the same length with the same date as before: what a weak stamp cannot see. */
  overwriteUnseen?(segments: Segments, bytes: Uint8Array): Promise<void>;
  /** Whether the system itself cannot hold an item of this name; the suite then leaves the name out. */
  refuses?(name: string): boolean;
  /** A second item with the same raw name in the same folder. */
  putTwin?(segments: Segments, bytes: Uint8Array): Promise<void>;
}

/**
 * Troubles a server can be told to have until `calm` is called. `segments` says where, for the ones that have a place.
 * - listing: `down` refuses connections · `wrong-credentials` makes the course's own credentials wrong ·
 *   `session-expires` refuses the next request once · `root-missing` · `root-forbidden` · `html-page` answers all with
 *   200 and HTML · `page-fails` fails a later part of the listing for good · `changes-between-pages` ·
 *   `other-order` · `unparsable-item` · `forbidden-folder` · `outside-link` names things outside the course ·
 *   `hangs` never answers
 * - content of the file at `segments`: `content-cut` at half · `content-announces-more` · `content-sends-more` ·
 *   `content-compressed` · `content-html` a login page with 200 · `content-forbidden` · `content-redirects-elsewhere`
 *   to another origin that serves the bytes · `content-redirects-private` to `canary` · `content-endless` never stops
 * - both: `throttled-seconds`, `throttled-date` 429 once with `Retry-After` · `fails-once` 503 once
 */
export const faults = [
  'down',
  'wrong-credentials',
  'session-expires',
  'root-missing',
  'root-forbidden',
  'html-page',
  'page-fails',
  'changes-between-pages',
  'other-order',
  'unparsable-item',
  'forbidden-folder',
  'outside-link',
  'hangs',
  'content-cut',
  'content-announces-more',
  'content-sends-more',
  'content-compressed',
  'content-html',
  'content-forbidden',
  'content-redirects-elsewhere',
  'content-redirects-private',
  'content-endless',
  'throttled-seconds',
  'throttled-date',
  'fails-once',
] as const;

export type Fault = (typeof faults)[number];

/** One running course of the system under test, empty at first. */
export interface Course {
  /** The mapping an administrator would write for it; `parseConfig` gets it. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly credentials?: Credentials;
  /**
   * Origins on loopback that may be asked: the course's own and the one of `content-redirects-elsewhere`, never the
   * canary. Absent: any, and the case of the private redirect must be declared impossible.
   */
  readonly origins?: readonly string[];
  readonly driver: CourseDriver;
  readonly faults: Readonly<Partial<Record<Fault, (segments: Segments) => Promise<void> | void>>>;
  /** Ends all faults. */
  calm(): Promise<void> | void;
  /** What the system saw; absent where nothing can be seen. */
  readonly seen?: {
    /** Most downloads that ran at once. */
    parallel?(): number;
    /** Connections that are open now. */
    connections?(): Promise<number> | number;
    /** Whether a request with credentials reached an origin that is not the course's. */
    credentialsElsewhere?(): boolean;
    /** Connections to the private address of `content-redirects-private`. */
    canary?(): number;
    requests?(): number;
    /** The requests so far: method, path with query, and the form that was sent, in one line each. */
    asked?(): readonly string[];
  };
  stop(): Promise<void>;
}

export interface Harness {
  readonly adapter: SourceAdapter;
  start(): Promise<Course>;
  /** The folder that holds the adapter's `readme.md`; its table has one row for each capability: `| identity | path | … |`. */
  readonly folder: string;
  /** Keys of `raw` without which the configuration is invalid. */
  readonly requiredKeys: readonly string[];
  /** Cases (`C12`) or verbs and faults (`rename`, `page-fails`) the system cannot have, each with the reason, in words. */
  readonly impossible: Readonly<Record<string, string>>;
  /** As `impossible`, for what only this machine or account cannot show. */
  readonly impossibleHere?: Readonly<Record<string, string>>;
}
