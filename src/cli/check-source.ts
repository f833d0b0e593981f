/** The live probe of `f2git check`: lists a course as a refresh does, reads one of its files, and keeps nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CourseConfig } from '../config.ts';
import { credentialsOf } from '../configured-course.ts';
import { asF2gitError, type F2gitError } from '../errors.ts';
import { describeToStaff } from '../messages/errors.ts';
import { say, type Sentence } from '../messages/language.ts';
import { describeFact } from '../messages/source-facts.ts';
import { isScheduleFile } from '../release/schedule-file.ts';
import type { CoursePattern } from '../release/unmatched.ts';
import { createHttp } from '../sources/create-http.ts';
import { placeEntries, type PlacedFile } from '../sources/listing.ts';
import type { Refusals } from '../sources/refusals.ts';
import type { Listing, SourceSession, Unchanged } from '../sources/source.ts';
import { scheduleIn, type ScheduleFound } from './check-schedule.ts';
import { checkSentences } from './check-sentences.ts';
import type { Finding } from './finding.ts';
import type { Shell } from './shell.ts';

export interface Probe {
  /** The listing first, then what the source says of itself. */
  readonly findings: readonly Finding[];
  readonly exit: number;
  /** The files of the course, if all of them were seen. */
  readonly names?: readonly PlacedFile[];
  /** Those of the schedule in the course's own folder. */
  readonly patterns: readonly CoursePattern[];
}

/** Asks the source of `course`. @throws what ended `shell.signal` */
export async function probe(course: CourseConfig, refusals: Refusals, shell: Shell): Promise<Probe> {
  const { adapter, config } = course.source;
  const http = createHttp({ allowPrivateAddresses: course.allowPrivateAddresses, refusals });
  const cacheDir = mkdtempSync(join(tmpdir(), 'f2git-check-'));
  try {
    const now = (): Date => new Date();
    const session = await adapter.open(config, { http, now, credentials: credentialsOf(course, now), cacheDir });
    try {
      shell.terminal.onProgress({ step: 'listing', done: 0 });
      const listing = await session.list(shell.signal);
      const { requests } = http.counts;
      const { files, own } = await contentOf(listing, session, course, shell);
      const facts = await factsOf(session, course, shell);
      const sample = facts.every(({ ok }) => ok) ? await sampleOf(session, files, course, shell) : [];
      const findings = [listingFinding(listing, requests, course, shell), ...facts, ...own.findings, ...sample];
      const isFine = findings.every(({ ok }) => ok);
      const names = isWhole(listing) ? { names: files } : {};
      return { findings, exit: isFine ? 0 : 3, ...names, patterns: own.patterns };
    } finally {
      await session.close();
    }
  } catch (thrown) {
    if (shell.signal.aborted) throw thrown;
    const error = asF2gitError(thrown);
    const message = describeToStaff(error, shell.terminal.language);
    return { findings: [{ subject: course.id, ok: false, message, code: error.code }], exit: error.exit, patterns: [] };
  } finally {
    await http.close();
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

/** The files of the course, and the schedule in its own folder, which is none of them. */
async function contentOf(
  listing: Listing | Unchanged,
  session: SourceSession,
  course: CourseConfig,
  { signal, terminal }: Shell,
): Promise<{ readonly files: readonly PlacedFile[]; readonly own: ScheduleFound }> {
  if (listing.kind === 'unchanged') return { files: [], own: { findings: [], patterns: [] } };
  const placed = placeEntries(listing, new Map());
  const own = await scheduleIn(course, { listing, placed, session, signal }, terminal.language);
  return { files: placed.files.filter(({ path, sourcePath }) => !isScheduleFile(path, sourcePath)), own };
}

function isWhole(listing: Listing | Unchanged): listing is Listing {
  return listing.kind === 'listing' && listing.complete && listing.problems.length === 0;
}

function listingFinding(
  listing: Listing | Unchanged,
  requests: number,
  { id, source }: CourseConfig,
  { terminal }: Shell,
): Finding {
  const [count, problems] =
    listing.kind === 'listing' ? [listing.entries.length, listing.problems.length] : ([0, 0] as const);
  const params = { type: source.adapter.type, count, problems, requests };
  const found = (sentence: Sentence): Finding => {
    return { subject: id, ok: isWhole(listing), message: say(sentence, terminal.language, params) };
  };
  if (problems > 0) return found(checkSentences.listedWithProblems);
  if (!isWhole(listing)) return found(checkSentences.listedNotWhole);
  // an address that is another folder's, and an account that sees nothing, look like a course that has nothing yet
  return count === 0 ? { ...found(checkSentences.listedNothing), warning: true } : found(checkSentences.listed);
}

async function factsOf(session: SourceSession, course: CourseConfig, shell: Shell): Promise<readonly Finding[]> {
  const facts = (await session.facts?.(shell.signal)) ?? [];
  return facts.map((fact): Finding => ({
    subject: course.id,
    ok: fact.level !== 'failure',
    message: describeFact(fact, shell.terminal.language),
    code: fact.code,
    ...(fact.level === 'warning' ? { warning: true } : {}),
  }));
}

/** Bytes that nobody minds to be read for a test. */
const LARGEST_SAMPLE = 16 * 1024 * 1024;

/** One file can be broken by itself; that several are says something of them all. */
const MOST_SAMPLES = 3;

/**
 * Whether files can be read as well as listed: a right, a proxy or a store of files may forbid the one alone. Reads the
 * smallest that students have now, and another where that fails.
 */
async function sampleOf(
  session: SourceSession,
  files: readonly PlacedFile[],
  { id }: CourseConfig,
  { signal, terminal }: Shell,
): Promise<readonly Finding[]> {
  let last: { readonly path: string; readonly error: F2gitError } | undefined;
  for (const file of samplesAmong(files)) {
    const { path } = file;
    const error = await readingFails(session, file, signal);
    if (error === undefined) {
      return [{ subject: id, ok: true, message: say(checkSentences.sampleRead, terminal.language, { path }) }];
    }
    last = { path, error };
    // platforms lock accounts
    if (error.code === 'source-login') break;
  }
  if (last === undefined) return [];
  const { path, error } = last;
  const reason = describeToStaff(error, terminal.language);
  const message = say(checkSentences.sampleUnread, terminal.language, { path, reason });
  return [{ subject: id, ok: false, message, code: error.code }];
}

/** Files of no bytes show nothing where there are others. */
function samplesAmong(files: readonly PlacedFile[]): readonly PlacedFile[] {
  const bySize = files
    .filter(({ visible, size }) => visible === undefined && size !== null && size <= LARGEST_SAMPLE)
    .sort((a, b) => (a.size ?? 0) - (b.size ?? 0));
  const withContent = bySize.filter(({ size }) => size !== 0);
  return (withContent.length === 0 ? bySize : withContent).slice(0, MOST_SAMPLES);
}

/** Why a file cannot be read to its end; undefined when it can. */
async function readingFails(
  session: SourceSession,
  { entry }: PlacedFile,
  signal: AbortSignal,
): Promise<F2gitError | undefined> {
  try {
    const body = await session.fetch(entry, signal);
    if (body.kind === 'stream') await toItsEnd(body.stream);
    return undefined;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return asF2gitError(thrown);
  }
}

async function toItsEnd(stream: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = stream[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}
