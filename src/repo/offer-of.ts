/** What the audience may have right now, from the commit, what is known of its files, and the clock. Pure. */
import type { CourseId, EntryId } from '../core/ids.ts';
import type { Frozen, Offer, OfferedFile, SourceProblem, SourceState } from '../core/offer.ts';
import { ancestorsOf, comparePaths, type RelPath } from '../core/paths.ts';
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { CourseState, KnownEntry, PathTrouble, Trouble } from './course-state.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { verdictOf, type Rules, type Verdict } from './verdicts.ts';

/** Puts a problem into words, for those the offer is for. `isWhole`: it keeps f2git from the whole course. */
export type ProblemText = (code: ErrorCode, params: ErrorParams, isWhole: boolean) => string;

export interface OfferInput {
  readonly course: CourseId;
  readonly title: string;
  readonly identity: string;
  readonly deletions: 'certain' | 'ambiguous';
  readonly manifest: Manifest;
  readonly state: CourseState;
  /** All of the manifest is offered, and nothing is to be said of it. */
  readonly isPlain: boolean;
  /** When the source last answered. */
  readonly answeredAt?: string;
  readonly rules: Rules;
  readonly at: Date;
  readonly problemText: ProblemText;
  /** Whether it is for people who can do nothing about the source. */
  readonly isForStudents: boolean;
  /** How this offer came about. */
  readonly source: Pick<SourceState, 'state' | 'requests' | 'bytes'> & { readonly failure?: SourceProblem };
}

export function offerOf(input: OfferInput): Offer {
  return input.isPlain ? plainOffer(input) : filteredOffer(input);
}

/** The files are listed when they are first asked for: a home where nothing changed needs none. */
function plainOffer(input: OfferInput): Offer {
  let files: readonly OfferedFile[] | undefined;
  return {
    ...headingOf(input),
    get files() {
      return (files ??= input.manifest.files.map(offeredFile));
    },
    frozen: [],
    isWhole: true,
    source: sourceOf(input, []),
  };
}

function filteredOffer(whole: OfferInput): Offer {
  const input = whole.isForStudents ? { ...whole, state: withoutForeign(whole.state) } : whole;
  const { manifest, state } = input;
  const verdicts = new Map(state.entries.map((entry) => [entry.id, verdictOf(input.rules, entry, input.at)]));
  const frozen = frozenOf(input, verdicts);
  const isFrozen = within(new Set(frozen.map(({ path }) => path)));
  const files = manifest.files
    .filter(
      (file) => !isFrozen(file.path) && (verdicts.get(file.id) ?? verdictOf(input.rules, file, input.at)) === 'offered',
    )
    .map(offeredFile);
  return { ...headingOf(input), files, frozen, source: sourceOf(input, troublesOf(input)) };
}

/**
 * Leaves out things the source has and f2git never delivers (a folder of a plugin, a link), where nothing is or was: they
 * would be told with every click, of nothing students have. What was published there stays frozen, and is told.
 */
function withoutForeign(state: CourseState): CourseState {
  if (!state.problems.some(isForeign)) return state;
  const published = state.entries.flatMap(({ publishedAs: path }) => (path === undefined ? [] : [path]));
  const places = new Set(published.flatMap((path) => [path, ...ancestorsOf(path)]));
  const concernsNobody = (trouble: PathTrouble): boolean =>
    isForeign(trouble) && trouble.path !== undefined && !places.has(trouble.path);
  return { ...state, problems: state.problems.filter((trouble) => !concernsNobody(trouble)) };
}

function isForeign({ code }: PathTrouble): boolean {
  return code === 'kind-refused';
}

function headingOf({ course, title, identity, manifest, state, ...input }: OfferInput) {
  // files that were published and are withheld are in no commit: until a whole listing little is known of them
  const isAllKnown = state.complete || state.isFromCommit !== true;
  const deletions = isAllKnown ? input.deletions : 'ambiguous';
  const { numbering } = state;
  const named = { course, title, identity, ...(numbering === undefined ? {} : { numbering }) };
  return { ...named, head: manifest.commit, deletions } as const;
}

function offeredFile({ id, path, oid, size, executable }: ManifestFile): OfferedFile {
  return { id, path, oid, size, executable };
}

/** Row 1 of the merge table: what nothing may be concluded about. Never a path this audience must not know of. */
function frozenOf(input: OfferInput, verdicts: ReadonlyMap<EntryId, Verdict>): readonly Frozen[] {
  const { state, manifest } = input;
  const frozen = new Map<RelPath, Frozen>();
  const committed = new Set(manifest.files.map(({ id }) => id));
  const isPlain = ({ id, problem, held }: KnownEntry): boolean =>
    problem === undefined && !held && verdicts.get(id) === 'offered' && committed.has(id);
  const others = state.entries.filter((entry) => !isPlain(entry));
  const occupied = new Map(others.length === 0 ? [] : manifest.files.map((file) => [file.path, file.id]));
  for (const entry of others) {
    const found = frozenEntry(entry, verdicts.get(entry.id) ?? 'unwanted', occupied, input);
    if (found !== undefined) frozen.set(found.path, found);
  }
  for (const trouble of state.problems) {
    const { path } = trouble;
    if (path === undefined || !mayKnow({ ...trouble, path }, input)) continue;
    const message = input.problemText(trouble.code, trouble.params, false);
    frozen.set(path, { path, why: 'problem', code: trouble.code, message, ...refusedName(trouble) });
  }
  return [...frozen.values()].sort((a, b) => comparePaths(a.path, b.path));
}

function refusedName({ code, params }: PathTrouble): Pick<Frozen, 'name'> {
  return code === 'name-refused' && typeof params['name'] === 'string' ? { name: params['name'] } : {};
}

function frozenEntry(
  entry: KnownEntry,
  verdict: Verdict,
  occupied: ReadonlyMap<RelPath, EntryId>,
  input: OfferInput,
): Frozen | undefined {
  const path = entry.publishedAs ?? (verdict === 'offered' ? entry.path : undefined);
  if (path === undefined || verdict === 'withdrawn' || verdict === 'unwanted') return undefined;
  const holder = occupied.get(path);
  if (holder !== undefined && holder !== entry.id) return undefined;
  if (verdict !== 'offered' || entry.unseen === true) return { path, why: 'withheld' };
  const problem = entry.problem ?? (entry.held || holder === entry.id ? undefined : lacking(entry));
  if (problem !== undefined) {
    const { code, params } = problem;
    return { path, why: 'problem', code, message: input.problemText(code, params, false) };
  }
  return entry.held ? { path, why: 'held' } : undefined;
}

/** What was published is not to be missed because the commit lacks it; what nobody had yet is simply still to come. */
function lacking({ publishedAs: path }: KnownEntry): Trouble | undefined {
  return path === undefined ? undefined : { code: 'object-missing', params: { path } };
}

/** What is known of the course, and what decides who may know it. */
type Known = Pick<OfferInput, 'state' | 'rules' | 'at'>;

/** A problem at a path that is not released yet would tell that there is something. */
function mayKnow({ path, sourcePath }: Pick<KnownEntry, 'path' | 'sourcePath'>, { rules, at, state }: Known): boolean {
  const named = { path, ...(sourcePath === undefined ? {} : { sourcePath }) };
  return verdictOf(rules, named, at) === 'offered' || state.entries.some(({ publishedAs }) => publishedAs === path);
}

/** What the audience may know of what the source could not give. */
export function troublesOf(input: Known): readonly PathTrouble[] {
  const { state } = input;
  return [
    ...state.problems.filter(({ path, ...rest }) => path === undefined || mayKnow({ path, ...rest }, input)),
    ...state.entries.flatMap((entry) =>
      entry.problem === undefined || !mayKnow(entry, input) ? [] : [{ path: entry.path, ...entry.problem }],
    ),
  ];
}

function sourceOf(input: OfferInput, troubles: readonly PathTrouble[]): SourceState {
  const { state, source } = input;
  const { failure, ...how } = source;
  const problems = troubles.map((trouble): SourceProblem => {
    const { code, params, path } = trouble;
    return { path: path ?? '', code, message: input.problemText(code, params, path === undefined) };
  });
  return {
    ...how,
    complete: state.complete,
    problems: [...(failure === undefined ? [] : [failure]), ...problems],
    ...(input.answeredAt === undefined ? {} : { asOf: input.answeredAt }),
  };
}

function within(paths: ReadonlySet<RelPath>): (path: RelPath) => boolean {
  if (paths.size === 0) return () => false;
  return (path) => paths.has(path) || ancestorsOf(path).some((folder) => paths.has(folder));
}
