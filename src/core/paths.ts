/**
 * Paths of a course: legal, comparable, safe to join to a workspace. Everything from outside passes `parseRelPath` or
 * `checkSegment` before it may name a file.
 */
import { F2gitError } from '../errors.ts';

declare const relPath: unique symbol;

/**
 * A path below a course's or workspace's root: one or more legal segments joined by `/`. Never absolute, never with
 * `.` or `..`, never one of the reserved names.
 */
export type RelPath = string & { readonly [relPath]: true };

/** Linux allows 255 bytes a name; Jupyter's own files (`.~x`, `x-checkpoint.ipynb`) need room beside ours. */
export const MAX_SEGMENT_BYTES = 240;
export const MAX_DEPTH = 32;

/** Why a segment cannot be delivered under its own name. */
export type SegmentFault = 'empty' | 'dots' | 'character' | 'too-long' | 'git' | 'own' | 'junk';

/** The state folder f2git owns in a workspace. */
export const STATE_FOLDER = '.f2git';

/** What nearly all names are: nothing but junk can be wrong with them. Git's disguises begin with a dot or have a tilde. */
const PLAIN_SEGMENT = new RegExp(`^[\\w-][\\w .-]{0,${MAX_SEGMENT_BYTES - 1}}$`);

/** Gives what is wrong with one path segment, or undefined when it is legal. */
export function checkSegment(segment: string): SegmentFault | undefined {
  if (PLAIN_SEGMENT.test(segment)) return isJunk(segment.toLowerCase()) ? 'junk' : undefined;
  if (segment === '') return 'empty';
  if (segment === '.' || segment === '..') return 'dots';
  if (/[\u0000-\u001f\u007f-\u009f/\\]/u.test(segment) || !segment.isWellFormed()) return 'character';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return 'too-long';
  if (isGitDisguise(segment)) return 'git';
  const folded = foldSegment(segment);
  if (folded === STATE_FOLDER) return 'own';
  return isJunk(folded) ? 'junk' : undefined;
}

/** Gives the path in `text`, or undefined when any segment is illegal or it is nested deeper than `MAX_DEPTH`. */
export function parseRelPath(text: string): RelPath | undefined {
  const segments = text.split('/');
  if (segments.length > MAX_DEPTH) return undefined;
  return segments.every((segment) => checkSegment(segment) === undefined) ? (text as RelPath) : undefined;
}

/** As `parseRelPath`, for text that this program wrote or checked itself. @throws {F2gitError} `bug` */
export function relPathOf(text: string): RelPath {
  const path = parseRelPath(text);
  if (path === undefined) throw new F2gitError('bug', { params: { detail: `not a legal path: "${text}"` } });
  return path;
}

/**
 * Two names are the same file where NFC and full case folding say so (DESIGN 4). JavaScript has no case folding; going
 * down, up and down again equals Unicode's CaseFolding.txt (status C and F) but for two letters: the final sigma, which
 * lower case puts at the end of words, and the dotless `ı`, which has no pair in that table.
 */
export function foldSegment(segment: string): string {
  if (isPlainLowerCase(segment)) return segment;
  const parts = segment.normalize('NFC').split('ı');
  const folded = parts.map((part) => part.toLowerCase().toUpperCase().toLowerCase());
  return folded.join('ı').normalize('NFC').replaceAll('ς', 'σ');
}

/** The fold key of a whole path. */
export function foldPath(path: string): string {
  return isPlainLowerCase(path) ? path : path.split('/').map(foldSegment).join('/');
}

/** The path of the folder that holds `path`, or undefined at the root. */
export function parentOf(path: RelPath): RelPath | undefined {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? undefined : (path.slice(0, slash) as RelPath);
}

/** The folders above `path`, outermost first. */
export function ancestorsOf(path: RelPath): readonly RelPath[] {
  const ancestors: RelPath[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    ancestors.push(path.slice(0, slash) as RelPath);
  }
  return ancestors;
}

/** The last segment of `path`. */
export function nameOf(path: RelPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `folder` or below it. */
export function isWithin(path: RelPath, folder: RelPath): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The order of plans, manifests and trees: by UTF-16 code unit, the same on every machine. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isPlainLowerCase(text: string): boolean {
  return /^[a-z0-9 !#-.:-@[-`{-~/]*$/.test(text);
}

/** Characters HFS+ ignores in names, and zero-width ones in general (git's `is_hfs_dotgit`, t7450). */
const IGNORABLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/gu;

function isGitDisguise(segment: string): boolean {
  if (!/[.~]/.test(segment)) return false;
  const bare = segment.normalize('NFKC').replace(IGNORABLE, '').toLowerCase();
  const ntfs = bare.replace(/:.*$/, '').replace(/[. ]+$/, '');
  return /^(\.git|git~\d+|\.gitmodules|gitmod~\d+|gi7eb[0-9a-f]~\d+|gi7eba~\d+)$/.test(ntfs);
}

function isJunk(folded: string): boolean {
  return (
    folded === '.ipynb_checkpoints' ||
    folded === '.ds_store' ||
    folded === '__macosx' ||
    folded === 'thumbs.db' ||
    folded.startsWith('.~')
  );
}
