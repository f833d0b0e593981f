/** What a way of looking at a course finds: its files with their places, and when students may see them. */
import type { EntryProblem } from '../source.ts';
import type { CoursePart } from './address.ts';
import type { CanvasServer } from './api.ts';
import type { CanvasFile } from './items.ts';
import { all, type Gate, gateOf, opening, SHUT } from './visibility.ts';

/** A file of the course. */
export interface FoundFile {
  readonly file: FileFacts;
  /** Raw names from the root of the course to the file. */
  readonly segments: readonly string[];
  readonly gate: Gate;
}

/** All of a file that a listing needs; its address is not remembered, for it may be a secret. */
export type FileFacts = Pick<CanvasFile, 'id' | 'display_name' | 'size' | 'modified_at' | 'url'>;

export interface View {
  readonly found: readonly FoundFile[];
  readonly problems: readonly EntryProblem[];
  /** Files of the course that are not in the part of it that is meant. */
  readonly outside: readonly string[];
  /** Whether everything the course names is in `found` or `problems`, or is hidden from the asker. */
  readonly isWhole: boolean;
}

/** Who looks at what. */
export interface Looking {
  readonly server: CanvasServer;
  readonly course: string;
  readonly part: CoursePart;
  /** When students may enter the course at all. */
  readonly courseGate: Gate;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** When a file itself may be read: its own flags and dates, and what Canvas says to the asker. */
export function gateOfFile(file: CanvasFile, isListed: boolean, now: Date): Gate {
  // What is still being uploaded has no content yet.
  const isThere = file.upload_status === undefined || file.upload_status === null || file.upload_status === 'success';
  return isThere ? all([gateOf(file, isListed), gateOfLock(file, now)]) : SHUT;
}

/** What Canvas says to the asker: the file is listed, its content is locked, by a module most of all. */
export function gateOfLock(
  { locked_for_user, url, lock_info }: Pick<CanvasFile, 'locked_for_user' | 'url' | 'lock_info'>,
  now: Date,
): Gate {
  if (locked_for_user !== true && url !== '') return opening(undefined, undefined);
  const unlock = lock_info?.unlock_at ?? lock_info?.context_module?.unlock_at;
  const instant = unlock === null || unlock === undefined ? undefined : Date.parse(unlock);
  return instant !== undefined && instant > now.getTime() ? opening(instant, undefined) : SHUT;
}

/** The names from the part of the course that is meant to something in the folder `names`; undefined outside it. */
export function namesWithin(part: CoursePart, names: readonly string[]): readonly string[] | undefined {
  switch (part.kind) {
    case 'course':
      return names;
    case 'folder':
      return part.names.every((name, at) => isSameName(name, names[at])) ? names.slice(part.names.length) : undefined;
    case 'file':
      return [];
  }
}

/** Browsers and file systems spell umlauts in two ways. */
function isSameName(one: string, other: string | undefined): boolean {
  return one.normalize('NFC') === other?.normalize('NFC');
}
