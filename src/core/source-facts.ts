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
  /** Changes of files show in their date and size only. */
  'changes-by-date',
  /** `count` files have neither digest nor date. */
  'files-undated',
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
