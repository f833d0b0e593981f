/**
 * Raw names from outside to legal file names. Names are hostile: students can call a file `../../.bashrc` in some
 * platforms, and a title may hold slashes, line breaks or characters that turn the text around. Pure.
 */
import { checkSegment, foldSegment, MAX_SEGMENT_BYTES, type SegmentFault } from '../core/paths.ts';

export type MappedName =
  | { readonly kind: 'legal'; readonly name: string; readonly foldKey: string }
  /** Never delivered under any name; `name` is a legal stand-in where a path must be named. */
  | { readonly kind: 'refused'; readonly name: string; readonly fault: SegmentFault }
  /** Left behind by an operating system or an editor; nobody misses it. */
  | { readonly kind: 'junk' };

/** Whether a number before the extension belongs to the name (`lab (2).ipynb`) or behind it (`v1.0 (2)`). */
export type ItemKind = 'file' | 'folder';

/** Gives what a raw name becomes. Legal results are a fixed point: mapping them again changes nothing. */
export function mapName(raw: string): MappedName {
  if (isPlain(raw)) return { kind: 'legal', name: raw, foldKey: raw.toLowerCase() };
  const fault = refusal(checkSegment(raw));
  if (fault !== undefined) return refusedOrJunk(raw, fault);
  const name = tidy(raw);
  // Taking odd characters away can bring a reserved name to light.
  const hidden = refusal(checkSegment(name));
  if (hidden !== undefined) return refusedOrJunk(raw, hidden);
  return { kind: 'legal', name, foldKey: foldSegment(name) };
}

/** `lab.ipynb` and 2 make `lab (2).ipynb`; the name is cut where the number would make it too long. */
export function withNumber(name: string, number: number, kind: ItemKind): string {
  const extension = kind === 'file' ? extensionOf(name) : '';
  const suffix = ` (${number})${extension}`;
  const stem = name.slice(0, name.length - extension.length);
  return `${cutTo(stem, MAX_SEGMENT_BYTES - Buffer.byteLength(suffix))}${suffix}`;
}

/** Whether `candidate` is `name` itself or `name` with a number. */
export function isNumbered(candidate: string, name: string, kind: ItemKind): boolean {
  if (candidate === name) return true;
  const number = numberIn(candidate, kind === 'file' ? extensionOf(name) : '');
  return number !== undefined && withNumber(name, number, kind) === candidate;
}

/** What all numbered forms of a name have in common, folded. Different names may share it. */
export function unnumberedKey(name: string): string {
  return foldSegment(name.replace(/ \(\d{1,6}\)(?=(\.[^/]*)?$)/u, ''));
}

/** Raw names as a person may see them: what is invisible or turns text around is spelled out, at most 200 characters. */
export function showNames(segments: readonly string[]): string {
  const text = segments.map((segment) => segment.replace(INVISIBLE, spellOut)).join('/');
  return text.length <= 200 ? text : `${text.slice(0, 199).replace(/\p{Surrogate}$/u, '')}…`;
}

/** No pattern needs to see more of a name. Characters. */
const MOST_OF_A_NAME = 4096;

/** The raw names as a path, a `/` in a title included, for rules that people write by what they see; undefined when it is `path`. */
export function sourcePathOf(segments: readonly string[], path: string | undefined): string | undefined {
  const raw = segments.join('/');
  return raw === path ? undefined : raw.slice(0, MOST_OF_A_NAME);
}

/** What most names of most courses look like: nothing in them needs a closer look. */
function isPlain(name: string): boolean {
  return /^(?!__macosx$|thumbs\.db$)[a-z0-9_](?:[a-z0-9_ (),=+@.-]{0,180}[a-z0-9_()-])?$/i.test(name);
}

/** Faults that no mapping may repair; the others are a matter of spelling. */
function refusal(fault: SegmentFault | undefined): SegmentFault | undefined {
  return fault === 'character' || fault === 'too-long' ? undefined : fault;
}

function refusedOrJunk(raw: string, fault: SegmentFault): MappedName {
  if (fault === 'junk') return { kind: 'junk' };
  const name = tidy(raw.replace(/[.~:]/g, '_'));
  return { kind: 'refused', name: checkSegment(name) === undefined ? name : '_', fault };
}

/** Control characters, separators, halves of surrogate pairs, and marks that change the direction of text. */
const INVISIBLE = /[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const UNUSABLE = /[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069/\\]/gu;

function tidy(raw: string): string {
  const name = trim(raw.replace(UNUSABLE, '_'));
  if (Buffer.byteLength(name) <= MAX_SEGMENT_BYTES) return name;
  const extension = extensionOf(name);
  const stem = name.slice(0, name.length - extension.length);
  return `${cutTo(stem, MAX_SEGMENT_BYTES - Buffer.byteLength(extension))}${extension}`;
}

/** Spaces at the ends are invisible, and so are dots at the end to Windows; a dot in front is a dot-file. */
function trim(name: string): string {
  const trimmed = name.replace(/^\s+|[\s.]+$/gu, '');
  return trimmed === '' ? '_' : trimmed;
}

function extensionOf(name: string): string {
  return /(?<=[^.])(?:\.tar)?\.[^.\s]{1,16}$/u.exec(name)?.[0] ?? '';
}

/** The longest start of `text` of at most `bytes` bytes that splits no character. */
function cutTo(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let left = bytes;
  let end = 0;
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    end += character.length;
  }
  return trim(text.slice(0, end));
}

function numberIn(candidate: string, extension: string): number | undefined {
  if (!candidate.endsWith(extension)) return undefined;
  const digits = / \(([1-9]\d{0,5})\)$/.exec(candidate.slice(0, candidate.length - extension.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function spellOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
