/**
 * The file in a course's own folder that says when its other files are released: what it said when it was last right,
 * and what is wrong with it now. No mistake, no failure and no absence ever releases anything; until it is known what the
 * file says, only what was published already goes on being offered.
 */
import { createHash } from 'node:crypto';
import type { RelPath } from '../core/paths.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import type { PlacedFile, PlacedListing } from '../sources/listing.ts';
import type { Body, Listing, SourceSession } from '../sources/source.ts';
import type { Trouble } from './course-state.ts';
import { readIfPresent, writeFileDurably } from './durable-file.ts';

/** What whoever opens a repository knows of such files. */
export interface ReleaseFile {
  /** Whether a file of the course is one. It is for staff alone and never delivered. */
  readonly isIt: (path: string, sourcePath?: string) => boolean;
  /** Absent: nobody follows it. */
  readonly judge?: (text: string) => Judgement;
}

export interface Judgement {
  /** What is wrong with what it says; nothing: it is followed. */
  readonly mistakes: readonly Trouble[];
  /** Whether it holds nothing back, now or ever. */
  readonly isEmpty: boolean;
}

export interface KnownReleaseFile {
  /** Where it was last seen; absent: there never was one. */
  readonly name?: RelPath;
  /** Stamp of the version that `text` is. */
  readonly stamp?: string;
  /** The last version that was right. */
  readonly text?: string;
  /** Why what is there now does not count. */
  readonly troubles: readonly Trouble[];
}

/** Whether nobody knows what to follow. What was right once may have been so by another configuration. */
export function isBlind(known: KnownReleaseFile | undefined, { judge }: ReleaseFile): boolean {
  if (known === undefined) return true;
  if (known.text === undefined) return known.troubles.length > 0;
  return judge !== undefined && judge(known.text).mistakes.length > 0;
}

/** A schedule of some thousand entries; in bytes. */
const LARGEST = 256 * 1024;
const VERSION = 1;

/**
 * Undefined when nobody ever looked, or what was written down is damaged: then nothing is known.
 * @throws {F2gitError} `repository-newer` when a newer f2git wrote it
 */
export function readReleaseFile(path: string): KnownReleaseFile | undefined {
  const text = readIfPresent(path)?.toString('utf8') ?? '';
  const version = /^f2git-schedule (\d+) /.exec(text)?.[1];
  if (version !== undefined && Number(version) > VERSION)
    throw new F2gitError('repository-newer', { params: { version } });
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  // the checksum says that `writeReleaseFile` wrote it
  return end >= 0 && text.slice(0, end) === firstLine(body) ? (JSON.parse(body) as KnownReleaseFile) : undefined;
}

export function writeReleaseFile(path: string, known: KnownReleaseFile): void {
  const body = JSON.stringify(known);
  writeFileDurably(path, `${firstLine(body)}\n${body}`, 0o600);
}

function firstLine(body: string): string {
  return `f2git-schedule ${VERSION} ${createHash('sha1').update(body).digest('hex')}`;
}

export interface Look {
  readonly file: Required<ReleaseFile>;
  readonly known: KnownReleaseFile | undefined;
  readonly listing: Listing;
  readonly placed: PlacedListing;
  readonly session: SourceSession;
  /** Whether an equal stamp may hide a change. */
  readonly isStampWeak: boolean;
  /** Whether nothing of the course was ever known. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** What is known after a listing; undefined while nothing can be concluded. @throws what is no fault of the source */
export async function lookAtReleaseFile(look: Look): Promise<KnownReleaseFile | undefined> {
  const { file, known, listing, placed, isFirst } = look;
  const found = placed.files.filter(({ path, sourcePath }) => file.isIt(path, sourcePath));
  const [only, second] = found;
  if (only === undefined) {
    for (const { path, sourcePath, code, params } of placed.problems) {
      if (path !== undefined && file.isIt(path, sourcePath)) return inTrouble(known, { code, params }, path);
    }
    const isAllSeen = listing.complete && placed.problems.every(({ path }) => path !== undefined);
    if (!isAllSeen) return known ?? (isFirst ? { troubles: [] } : undefined);
    return whenGone(known, file);
  }
  if (second !== undefined) {
    const detail = `there are several: ${found.map(({ path }) => path).join(', ')}`;
    return inTrouble(known, { code: 'schedule-invalid', params: { detail } }, only.path);
  }
  const isKnown = known?.troubles.length === 0 && known.text !== undefined && known.stamp === only.stamp;
  return isKnown && !look.isStampWeak ? known : readAndJudge(only, look);
}

/** One that said nothing may go. Any other goes on: a source that shows less than it has must release nothing. */
function whenGone(known: KnownReleaseFile | undefined, { judge }: Required<ReleaseFile>): KnownReleaseFile {
  if (known?.name === undefined) return { troubles: [] };
  const isEmpty = known.text !== undefined && judge(known.text).isEmpty;
  return isEmpty ? { troubles: [] } : inTrouble(known, { code: 'schedule-gone', params: {} });
}

function inTrouble(known: KnownReleaseFile | undefined, why: Trouble, name = known?.name): KnownReleaseFile {
  return { ...known, ...(name === undefined ? {} : { name }), troubles: [why] };
}

async function readAndJudge(placed: PlacedFile, { file, known, session, signal }: Look): Promise<KnownReleaseFile> {
  const { path: name, stamp } = placed;
  const text = await textOf(placed, session, signal);
  if (typeof text !== 'string') return inTrouble(known, text, name);
  const { mistakes } = file.judge(text);
  return mistakes.length === 0 ? { name, stamp, text, troubles: [] } : { ...known, name, troubles: mistakes };
}

async function textOf({ entry }: PlacedFile, session: SourceSession, signal: AbortSignal): Promise<string | Trouble> {
  try {
    const bytes = await bytesOf(await session.fetch(entry, signal));
    if (bytes === undefined) return { code: 'too-large', params: { limit: LARGEST } };
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { code: 'schedule-invalid', params: { detail: 'not a text file' } };
    const { code, params } = asF2gitError(error);
    if (!code.startsWith('source-') && code !== 'too-large') throw error;
    return { code, params };
  }
}

/** Undefined when there are too many. */
async function bytesOf(body: Body): Promise<Uint8Array | undefined> {
  if (body.kind === 'bytes') return body.bytes.length > LARGEST ? undefined : body.bytes;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body.stream) {
    size += chunk.length;
    if (size > LARGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
