/**
 * One refresh: what does the source show now, what of it may the audience have, what do we lack; then one pack, one
 * commit, one switch. Called under the course lock.
 */
import type { EntryId, Oid } from '../core/ids.ts';
import type { OnProgress } from '../core/progress.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import type { Http } from '../sources/http.ts';
import { placeEntries, type PlacedFile, type PlacedListing } from '../sources/listing.ts';
import type {
  Credentials,
  Json,
  ListedEntry,
  Listing,
  SourceAdapter,
  SourceContext,
  SourceSession,
  Unchanged,
} from '../sources/source.ts';
import type { ContentSink } from './content-sink.ts';
import { newNumbering } from './own-ids.ts';
import { isOfFormerSource, type CourseState, type KnownEntry, type PathTrouble } from './course-state.ts';
import { fetchContents, type FetchOutcome, type FetchTask } from './fetch-contents.ts';
import type { HiddenRepository } from './hidden-repository.ts';
import { matchListing, type Matching } from './identity.ts';
import type { ObjectStore } from './object-store.ts';
import { freezes, settle, WEAK_STAMP_MS } from './settle.ts';
import { lookAtReleaseFile, type KnownReleaseFile, type ReleaseFile } from './release-file.ts';
import { isNeeded, verdictOf, type Rules } from './verdicts.ts';

/** What is read: an adapter with its settings. */
export interface SourceBinding {
  readonly adapter: SourceAdapter;
  readonly config: unknown;
  readonly credentials: Credentials;
  /** As in `SourceContext`. */
  readonly isForOwner?: true;
  readonly createHttp: () => Http;
}

/** Where content may be: what the audience has, and what it may get from elsewhere, such as what was fetched ahead. */
export interface Stores {
  readonly repository: HiddenRepository;
  readonly others: readonly ObjectStore[];
}

export interface Sinks {
  readonly offered: ContentSink;
  readonly scheduled: ContentSink;
}

export interface ReadInput {
  readonly source: SourceBinding;
  readonly cacheDir: string;
  readonly state: CourseState;
  /** Nothing of the state is withheld, doubtful, in trouble or missing. */
  readonly isPlain: boolean;
  readonly stores: Stores;
  readonly sinks: Sinks;
  readonly rules: Rules;
  readonly releaseFile?: ReleaseFileInUse;
  /** As in `SettleInput`. */
  readonly newId?: () => EntryId;
  readonly contentsBy: (id: EntryId) => ReadonlySet<Oid> | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What reading the source cost, but for what was fetched ahead of its release: how much that is, is nobody's business. */
export interface Counts {
  readonly requests: number;
  readonly bytes: number;
}

/** The course's own file on releases, which `rules` ask for. */
export interface ReleaseFileInUse {
  readonly file: ReleaseFile;
  known(): KnownReleaseFile | undefined;
  /** From then on the rules say what it says. */
  note(known: KnownReleaseFile): void;
}

export type ReadOutcome =
  | { readonly kind: 'read'; readonly state: CourseState; readonly counts: Counts }
  /** The source did not answer: what was known still holds. */
  | { readonly kind: 'failed'; readonly error: F2gitError; readonly counts: Counts };

/** Lists the source, fetches what is lacking into the sinks, and gives what is known then. Writes nothing else. */
export async function readSource(input: ReadInput): Promise<ReadOutcome> {
  const { source } = input;
  const http = source.createHttp();
  let session: SourceSession | undefined;
  try {
    const memory = usableMemory(input);
    input.onProgress({ step: 'listing', done: 0 });
    const context = {
      http,
      now: input.now,
      credentials: source.credentials,
      cacheDir: input.cacheDir,
      ...(memory === undefined ? {} : { memory }),
      ...(source.isForOwner === true ? { isForOwner: source.isForOwner } : {}),
      sizeOf: sizesIn(input.state),
    };
    const opened = await attempt(async () => {
      session = await source.adapter.open(source.config, context);
      return await session.list(input.signal);
    });
    if (opened instanceof F2gitError) return { kind: 'failed', error: opened, counts: { ...http.counts } };
    if (session === undefined) throw new F2gitError('bug', { params: { detail: 'listing without a session' } });
    let counts: Counts | undefined;
    const state = await take(opened, session, input, () => (counts = { ...http.counts }));
    return { kind: 'read', state, counts: counts ?? { ...http.counts } };
  } finally {
    await session?.close();
    await http.close();
  }
}

/** Whether the course lacks a content that the source could give now. */
export function isContentMissing({ state, stores, rules, now }: Pick<ReadInput, 'state' | 'stores' | 'rules' | 'now'>) {
  const at = now();
  const isToBeHad = ({ problem, unseen }: KnownEntry): boolean => problem === undefined && unseen === undefined;
  return state.entries.some((entry) => isToBeHad(entry) && lacksContent(entry, stores, rules, at));
}

/** Only a source's own trouble is an outcome; cancellation and our own faults are thrown. */
async function attempt<Result>(read: () => Promise<Result>): Promise<Result | F2gitError> {
  try {
    return await read();
  } catch (error) {
    const known = asF2gitError(error);
    if (known.code.startsWith('source-') || known.code === 'address-forbidden' || known.code === 'too-large') {
      return known;
    }
    throw error;
  }
}

async function take(
  listing: Listing | Unchanged,
  session: SourceSession,
  input: ReadInput,
  onToldFetched: () => void,
): Promise<CourseState> {
  if (listing.kind === 'unchanged') return input.state;
  const isWanted = ({ path, sourcePath }: Pick<KnownEntry, 'path' | 'sourcePath'>): boolean =>
    input.rules.isWanted(path, sourcePath);
  const known = input.state.entries.filter(isWanted);
  const placed = placeEntries(listing, new Map(known.map((entry) => [entry.sourceId, entry.path])));
  // before anything is said to be released
  await followReleaseFile(placed, { listing, session, input });
  const content = withoutReleaseFile(placed, input);
  const files = content.files.filter(isWanted);
  const unwanted = content.files
    .filter((file) => !isWanted(file))
    .map(({ path, sourcePath }) => (sourcePath === undefined ? path : ([path, sourcePath] as const)));
  const at = input.now();
  const told = files.filter((file) => verdictOf(input.rules, file, at) === 'offered').length;
  input.onProgress({ step: 'listing', done: told, total: told });
  const matching = matchListing(known, files);
  const listedAt = at.getTime();
  const withheld = await withheldAmong(matching.unlisted, { listing, placed: content, session, input });
  // A source that cannot say what became of files gives no proof that they are gone.
  const doubt = withheld instanceof F2gitError ? [{ code: withheld.code, params: withheld.params }] : [];
  const outcomes = await fetchLacking(matching, session, input, onToldFetched);
  const { adapter } = input.source;
  const idsArePaths = adapter.capabilities.identity !== 'stable';
  const settled = settle({
    known,
    matching,
    problems: [...troublesIn(content), ...doubt],
    complete: listing.complete,
    outcomes,
    idsArePaths,
    ...(input.newId === undefined ? {} : { newId: input.newId }),
    contentsBy: input.contentsBy,
    withheld: withheld instanceof F2gitError ? new Set() : withheld,
    listedAt,
    isDoubtful: (entry, before) => adapter.capabilities.stamp === 'weak' && isYoung(entry, before, listedAt),
  });
  const wasHadWhole =
    listing.complete && doubt.length === 0 && [...outcomes.values()].every(({ kind }) => kind === 'fetched');
  return {
    identity: input.state.identity,
    ...(idsArePaths ? { numbering: input.state.numbering ?? newNumbering() } : {}),
    ...(input.state.head === undefined ? {} : { head: input.state.head }),
    complete: listing.complete,
    ...stillFromCommit(input.state, listing, settled.problems),
    ...(wasHadWhole && listing.memory !== undefined ? { memory: listing.memory, unwanted } : {}),
    entries: settled.entries,
    problems: settled.problems,
  };
}

async function followReleaseFile(
  placed: PlacedListing,
  { listing, session, input }: Pick<Asking, 'listing' | 'session' | 'input'>,
): Promise<void> {
  const { releaseFile, signal, state, source } = input;
  if (releaseFile?.file.judge === undefined) return;
  const known = await lookAtReleaseFile({
    file: { ...releaseFile.file, judge: releaseFile.file.judge },
    known: releaseFile.known(),
    listing,
    placed,
    session,
    isStampWeak: source.adapter.capabilities.stamp === 'weak',
    isFirst: state.head === undefined && state.entries.length === 0,
    signal,
  });
  if (known !== undefined) releaseFile.note(known);
}

function withoutReleaseFile(placed: PlacedListing, { releaseFile }: ReadInput): PlacedListing {
  if (releaseFile === undefined) return placed;
  const { isIt } = releaseFile.file;
  return {
    files: placed.files.filter(({ path, sourcePath }) => !isIt(path, sourcePath)),
    problems: placed.problems.filter(({ path, sourcePath }) => path === undefined || !isIt(path, sourcePath)),
  };
}

/** A whole listing leaves only what its problems hide. */
function stillFromCommit(
  { isFromCommit }: CourseState,
  { complete }: Listing,
  problems: readonly PathTrouble[],
): Pick<CourseState, 'isFromCommit'> {
  if (isFromCommit === undefined || (complete && problems.length === 0)) return {};
  if (!complete || problems.some(({ path }) => path === undefined)) return { isFromCommit };
  return { isFromCommit: [...new Set(problems.flatMap(({ path }) => path ?? []))] };
}

function troublesIn({ problems }: PlacedListing): readonly PathTrouble[] {
  return problems.map(({ path, ...rest }) => (path === undefined ? rest : { ...rest, path }));
}

interface Asking {
  readonly listing: Listing;
  readonly placed: PlacedListing;
  readonly session: SourceSession;
  readonly input: ReadInput;
}

/** Asks a source that can tell what it only hides from what is gone; gives its failure when it could not say. */
async function withheldAmong(
  unlisted: readonly KnownEntry[],
  { listing, placed, session, input }: Asking,
): Promise<ReadonlySet<EntryId> | F2gitError> {
  const isFrozen = freezes(troublesIn(placed));
  const asked = unlisted.filter((entry) => !isFrozen(entry.path) && !isOfFormerSource(entry));
  const ids = asked.map(({ sourceId }) => sourceId);
  if (!listing.complete || ids.length === 0 || session.withheld === undefined) return new Set();
  return attempt(async () => (await session.withheld?.(ids, input.signal)) ?? new Set());
}

async function fetchLacking(
  matching: Matching,
  session: SourceSession,
  input: ReadInput,
  onToldFetched: () => void,
): Promise<ReadonlyMap<ListedEntry, FetchOutcome>> {
  const { stores, rules, sinks, signal, onProgress } = input;
  const at = input.now();
  const tasks = matching.pairs.flatMap(({ placed, known }): readonly FetchTask[] => {
    const { entry } = placed;
    const isKnown = known?.stamp === entry.stamp && known.problem === undefined && known.doubted === undefined;
    // of a plain state every content is here
    if (isKnown && input.isPlain) return [];
    const content = isKnown && known.oid !== undefined ? { oid: known.oid } : {};
    const published = known?.publishedAs === undefined ? {} : { publishedAs: known.publishedAs };
    const asked = { ...namesOf(placed), ...content, ...published };
    if (!isNeeded(rules, asked, at)) return [];
    if (isKnown && hasContent(known, stores)) return [];
    const isTold = verdictOf(rules, asked, at) === 'offered';
    return [{ entry, sink: isTold ? sinks.offered : sinks.scheduled, isTold }];
  });
  if (tasks.length === 0) return new Map();
  const { capabilities } = input.source.adapter;
  return fetchContents({ session, capabilities, tasks, signal, onProgress, onToldFetched });
}

/** What rules ask of a file before its content is known. */
function namesOf({ path, sourcePath, entry: { visible } }: PlacedFile): Parameters<typeof verdictOf>[1] {
  const shown = sourcePath === undefined ? {} : { sourcePath };
  return { path, ...shown, ...(visible === undefined ? {} : { visible }) };
}

/** A stamp in whole seconds says little about a file that changed a moment ago. */
function isYoung(entry: ListedEntry, before: KnownEntry | undefined, listedAt: number): boolean {
  if (entry.modified === undefined) return before !== undefined;
  return listedAt - entry.modified < WEAK_STAMP_MS;
}

/** The adapter's memory, if everything it stands for, and is wanted now, is really here. */
function usableMemory(input: ReadInput): Json | undefined {
  const { state, rules, releaseFile } = input;
  // it may be right by now, or there again
  const isToBeRead = releaseFile?.file.judge !== undefined && releaseFile.known()?.troubles.length !== 0;
  if (isToBeRead) return undefined;
  const isWantedNow = (file: NonNullable<CourseState['unwanted']>[number]): boolean =>
    typeof file === 'string' ? rules.isWanted(file) : rules.isWanted(...file);
  if (state.memory === undefined || state.unwanted?.some(isWantedNow) !== false) return undefined;
  if (input.isPlain) return state.memory;
  const isSettled = state.entries.every(({ problem, doubted }) => problem === undefined && doubted === undefined);
  return isSettled && !isContentMissing(input) ? state.memory : undefined;
}

/** Looked up only by who lists again; an unchanged source does not. */
function sizesIn(state: CourseState): NonNullable<SourceContext['sizeOf']> {
  let sizes: ReadonlyMap<string, number> | undefined;
  return (stamp) => (sizes ??= sizesByStamp(state)).get(stamp);
}

function sizesByStamp({ entries }: CourseState): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { oid, problem, doubted, stamp, size } of entries) {
    if (oid !== undefined && problem === undefined && doubted === undefined) sizes.set(stamp, size);
  }
  return sizes;
}

/** Whether a content is needed and nowhere. */
export function lacksContent(entry: KnownEntry, stores: Stores, rules: Rules, at: Date): boolean {
  return !hasContent(entry, stores) && isNeeded(rules, entry, at);
}

function hasContent({ oid }: KnownEntry, { repository, others }: Stores): boolean {
  return oid !== undefined && (repository.store.has(oid) || others.some((store) => store.has(oid)));
}
