/** Fetches the contents a refresh needs, some at once, each checked; a content that cannot be had is a trouble. */
import type { OnProgress } from '../core/progress.ts';
import { F2gitError, type ErrorCode } from '../errors.ts';
import type { Capabilities, ListedEntry, SourceSession } from '../sources/source.ts';
import type { ContentSink, StoredContent } from './content-sink.ts';
import type { Trouble } from './course-state.ts';

export interface FetchTask {
  readonly entry: ListedEntry;
  readonly sink: ContentSink;
  /** Whether the audience may know of it: only such contents count in what is told of the progress. */
  readonly isTold: boolean;
}

export type FetchOutcome =
  ({ readonly kind: 'fetched' } & StoredContent) | { readonly kind: 'failed'; readonly trouble: Trouble };

export interface FetchInput {
  readonly session: SourceSession;
  readonly capabilities: Capabilities;
  readonly tasks: readonly FetchTask[];
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Called when all that the audience may know of has been fetched, before anything else is. */
  readonly onToldFetched: () => void;
}

/** What one content's failure says about the next: after these the source is left alone. */
const stopsAll: ReadonlySet<ErrorCode> = new Set(['source-unreachable', 'source-host-unknown', 'source-throttled']);
/** Two refused logins in a row lock accounts in some directories. */
const MOST_LOGIN_FAILURES = 2;

/**
 * Gives the outcome of every task: first of those the audience may know of, then of the others, so that nothing a
 * student sees or waits for depends on what is still to come.
 * @throws what is no fault of the source: cancellation, a full disk
 */
export async function fetchContents(input: FetchInput): Promise<ReadonlyMap<ListedEntry, FetchOutcome>> {
  const patience = createPatience();
  const told = input.tasks.filter(({ isTold }) => isTold);
  const outcomes = new Map<ListedEntry, FetchOutcome>();
  let bytes = 0;
  await fetchSome(told, input, patience, ({ entry }, outcome) => {
    outcomes.set(entry, outcome);
    if (outcome.kind === 'fetched') bytes += outcome.size;
    input.onProgress({ step: 'fetching', done: outcomes.size, total: told.length, bytes });
  });
  input.onToldFetched();
  const others = input.tasks.filter(({ isTold }) => !isTold);
  await fetchSome(others, input, patience, ({ entry }, outcome) => outcomes.set(entry, outcome));
  return outcomes;
}

/** Fetches as many at once as the source allows. */
async function fetchSome(
  tasks: readonly FetchTask[],
  input: FetchInput,
  patience: Patience,
  onOutcome: (task: FetchTask, outcome: FetchOutcome) => void,
): Promise<void> {
  input.session.prefetch?.(
    tasks.map(({ entry }) => entry),
    input.signal,
  );
  const waiting = tasks[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const task of waiting) {
      const gaveUp = patience.lost();
      const outcome: FetchOutcome =
        gaveUp === undefined ? await fetchOne(task, input) : { kind: 'failed', trouble: gaveUp };
      if (outcome.kind === 'failed') patience.note(outcome.trouble);
      onOutcome(task, outcome);
    }
  };
  const workers = Array.from({ length: Math.min(input.capabilities.maxParallel, tasks.length) }, work);
  // All workers end before an error leaves: nothing writes into a pack that is being discarded.
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** When to leave a source alone for the rest of a refresh. */
interface Patience {
  note(trouble: Trouble): void;
  /** Why nothing more is asked for; undefined while it is. */
  lost(): Trouble | undefined;
}

function createPatience(): Patience {
  let stop: Trouble | undefined;
  let loginFailures = 0;
  return {
    note(trouble) {
      if (trouble.code === 'source-login') loginFailures += 1;
      if (stopsAll.has(trouble.code) || loginFailures >= MOST_LOGIN_FAILURES) stop ??= trouble;
    },
    lost: () => stop,
  };
}

async function fetchOne(task: FetchTask, input: FetchInput): Promise<FetchOutcome> {
  try {
    return { kind: 'fetched', ...(await fetchTwice(task, input)) };
  } catch (error) {
    if (error instanceof F2gitError && isSourceTrouble(error.code)) {
      return { kind: 'failed', trouble: { code: error.code, params: error.params } };
    }
    throw error;
  }
}

/** A body that ended early or changed while it was read may be whole at the next try, if it was not tried again already. */
async function fetchTwice(task: FetchTask, input: FetchInput): Promise<StoredContent> {
  try {
    return await fetchBody(task, input);
  } catch (error) {
    const isPassing =
      error instanceof F2gitError && (error.code === 'source-truncated' || error.code === 'source-changed');
    if (!isPassing || error.params['tries'] !== undefined) throw error;
    return await fetchBody(task, input);
  }
}

async function fetchBody({ entry, sink }: FetchTask, input: FetchInput): Promise<StoredContent> {
  input.signal.throwIfAborted();
  const body = await input.session.fetch(entry, input.signal);
  return await sink.add(body, input.capabilities.size === 'exact' ? entry.size : null, input.signal);
}

function isSourceTrouble(code: ErrorCode): boolean {
  return code.startsWith('source-') || ['too-large', 'name-refused', 'kind-refused', 'lfs-pointer'].includes(code);
}
