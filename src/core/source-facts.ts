/** What an administrator should know of a source beyond what it lists; `messages/source-facts.ts` has the sentences. */

export const sourceFactCodes = [
  /** `system`, and where known its `version`. */
  'platform',
  /** Who the credentials stand for: `user`. */
  'account',
  /** The account administers the platform. */
  'account-administrator',
  /** The account sees what students do not: what is hidden from them was left out. */
  'account-staff',
  /** Nothing tells whether the account sees more than students do. */
  'account-unverified',
  /** The platform took the suffixes off the names of `count` files. */
  'files-renamed',
  /** The credentials open more than reading takes: `count` functions. */
  'account-powerful',
  /** The web service the credentials are for lacks a function that reading does without: `function` names it. */
  'function-missing',
  /** The credentials may list and not read. */
  'downloads-forbidden',
  /** `count` items are not shown to students now. */
  'items-withheld',
  /** Kinds of items that are pages of the platform and no files: `kinds`. */
  'items-not-delivered',
  /** Students may not enter the course yet. */
  'course-unpublished',
  /** The course has no page of files for students; they are those of its modules. */
  'files-from-modules',
  /** `count` folders are for what single students hand in, or for one group. */
  'folders-personal',
  /** Under which conditions files may be used: `terms`. */
  'terms-of-use',
  /** Changes of files show in a digest the source lists: `digest` names it. */
  'changes-by-digest',
  /** Changes of files show in their entity tags. */
  'changes-by-tag',
  /** Changes of files show in their date and size only. */
  'changes-by-date',
  /** Nothing tells one version of the archive from another. */
  'archive-unmarked',
  /** The course is what `commit` holds; where it was found by one, of the branch or tag `name`. */
  'commit',
  /** `count` files have neither digest nor date. */
  'files-undated',
  /** The folder holds `count` files of `bytes`; the last change was at `newest` (ISO 8601, UTC). */
  'folder-content',
  /** f2git may not read `count` files or folders, `example` being one. */
  'files-unreadable',
  /** `count` symbolic links or special files are not followed or read, `example` being one. */
  'links-skipped',
  /** The program that reads the source can be kept from all private addresses but those of this machine; since `version` from these too. */
  'loopback-unguarded',
] as const;

export type SourceFactCode = (typeof sourceFactCodes)[number];

export interface SourceFact {
  readonly code: SourceFactCode;
  readonly params?: Readonly<Record<string, string | number>>;
  /** `warning`: it works, and somebody should look. `failure`: it does not work like this. Absent: all is well. */
  readonly level?: 'warning' | 'failure';
}
