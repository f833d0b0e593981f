/**
 * The agent as processes, each for one job and under the uid of the student whose home it is. What such a process says
 * may be the student's own invention: it is read as a stranger's. What it asks for are contents of the job's audience.
 * One that gives no sign of life, or takes too long, is killed; as it may hang inside the kernel, where nothing ends it,
 * its workspace takes no new run before it is really gone.
 */
import { setMaxListeners } from 'node:events';
import type { Log } from '../core/log.ts';
import type { OnProgress } from '../core/progress.ts';
import { asF2gitError, F2gitError, type ErrorCode } from '../errors.ts';
import type { SystemUser } from '../hub/system-user.ts';
import type { OpenedContents } from '../repo/open-contents.ts';
import { contentsFor, keptContents } from './kept-contents.ts';
import type { RunReport } from '../sync/report.ts';
import type { Agent, AgentJob, RecallJob } from './agent.ts';
import { Conversation, type Placer } from './conversation.ts';
import { answerAsCourse, type ServedCourse } from './course-answers.ts';
import { createFairSlots, MOST_WAITING, type FairSlots } from './fair-slots.ts';
import { createPace, type Pace, type PaceLimits } from './pace.ts';
import type { PlacingOrder } from './placing.ts';
import { parseRecalledReport } from './recalled-report.ts';

/** The account and the home of a person. */
export interface Residence {
  readonly user: SystemUser;
  /** Absolute path. */
  readonly home: string;
}

export interface ProcessAgentOptions {
  /** @throws {F2gitError} when no process can be started for this account */
  readonly start: (user: SystemUser) => Promise<Placer>;
  /** @throws {F2gitError} `account-refused`, `home-missing` */
  readonly residenceOf: (person: { readonly name: string }) => Promise<Residence>;
  /** Processes at once. */
  readonly size: number;
  readonly log: Log;
  /** How long a process may give no sign of life. */
  readonly silenceMs?: number;
  /** How long it may bring nothing forward while others wait for its place. */
  readonly idleMs?: number;
  /** How long a job may take in all. */
  readonly longestMs?: number;
  /** Bytes of what one student's processes tell: to read it takes time of everybody. */
  readonly told?: PaceLimits;
}

const SILENCE_MS = 60_000;
/** Two gigabytes onto a slow network drive. */
const LONGEST_MS = 30 * 60_000;
/** A merge of two large notebooks takes seconds. */
const IDLE_MS = 3 * 60_000;

/** Processes of one student at once, where there is room: a run, and the report of another. */
const EACH = 2;

/** An honest student waits only after clicks that changed thousands of files, for seconds. */
const TOLD: PaceLimits = { atOnce: 8 * 1024 * 1024, perSecond: 512 * 1024, waiting: MOST_WAITING };

export function createProcessAgent(options: ProcessAgentOptions): Agent {
  return new ProcessAgent(options);
}

type Order = { readonly kind: 'run'; readonly job: AgentJob } | { readonly kind: 'recall'; readonly job: RecallJob };

class ProcessAgent implements Agent {
  readonly #options: ProcessAgentOptions;
  readonly #slots: FairSlots;
  readonly #told: Pace;
  readonly #kept = keptContents();
  /** Until each is gone. */
  readonly #running = new Map<Placer, Promise<void>>();
  /** Workspaces whose process hangs, until it is really gone. */
  readonly #givenUp = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: ProcessAgentOptions) {
    this.#options = options;
    this.#slots = createFairSlots({ size: options.size, each: EACH, spare: 1, waiting: MOST_WAITING });
    this.#told = createPace(options.told ?? TOLD);
    setMaxListeners(0, this.#closing.signal);
  }

  async run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport> {
    const report = parseRecalledReport(await this.#carryOut({ kind: 'run', job }, onProgress, signal), job);
    if (report?.kind === job.kind) return report;
    throw this.#failed(job, 'no report of the run it was asked for');
  }

  async recall(job: RecallJob, signal: AbortSignal): Promise<RunReport | undefined> {
    return parseRecalledReport(await this.#carryOut({ kind: 'recall', job }, () => undefined, signal), job);
  }

  async close(): Promise<void> {
    this.#closing.abort(new F2gitError('server-stopping'));
    await Promise.all(this.#running.values());
    await this.#kept.closeAll();
  }

  async #carryOut(order: Order, onProgress: OnProgress, signal: AbortSignal): Promise<unknown> {
    const { job } = order;
    const both = AbortSignal.any([signal, this.#closing.signal]);
    both.throwIfAborted();
    if (this.#givenUp.has(job.workspace)) throw hungIn(job);
    const { user, home } = await this.#options.residenceOf(job.person);
    const release = await this.#enter(job.person.name, both);
    const placer = await this.#options.start(user).catch((error: unknown) => {
      release();
      throw error;
    });
    const contents = order.kind === 'run' ? contentsFor(order.job, this.#kept) : undefined;
    const conversation = this.#converse(placer, order, contents?.value);
    const asked = conversation.ask(placingOrder(order, home), onProgress, both);
    const leave = (): void => {
      contents?.end();
      release();
    };
    this.#running.set(placer, this.#seeOff(asked, conversation, job).finally(leave));
    try {
      return await asked;
    } catch (error) {
      throw both.aborted ? both.reason : this.#judged(asF2gitError(error), job);
    } finally {
      this.#told.spend(job.person.name, conversation.bytesRead());
    }
  }

  /** Gives the place back when it is called. Nobody holds a place while they are not due. */
  async #enter(name: string, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      await this.#told.turn(name, signal);
      const release = await this.#slots.take(name, signal);
      if (this.#told.isDue(name)) return release;
      release();
    }
  }

  #converse(placer: Placer, { kind, job }: Order, contents: OpenedContents | undefined): Conversation {
    const { silenceMs = SILENCE_MS, idleMs = IDLE_MS, longestMs = LONGEST_MS, log } = this.#options;
    const course: ServedCourse | undefined =
      kind === 'run' && contents !== undefined ? { ...contents, offer: () => Promise.resolve(job.offer) } : undefined;
    return new Conversation(placer, {
      silenceMs,
      idleMs,
      longestMs,
      isWanted: () => this.#slots.isWanted(job.person.name),
      answer: async (question) => {
        const reply = course === undefined ? undefined : await answerAsCourse(course, question);
        if (reply === undefined) throw new F2gitError('part-failed', { cause: new Error('asked for what is not its') });
        return reply;
      },
      onHang: () => {
        log('error', 'agent process hangs', { run: job.run, course: job.course });
        return hungIn(job);
      },
    });
  }

  /** The answer is the student's at once; the process is looked after until it is gone. */
  async #seeOff(asked: Promise<unknown>, conversation: Conversation, job: RecallJob): Promise<void> {
    const { placer } = conversation;
    await asked.catch(() => undefined);
    void placer.gone.then((end) => {
      this.#givenUp.delete(job.workspace);
      if (end.code !== 0)
        this.#options.log('warn', 'agent process ended', { run: job.run, course: job.course, ...end });
    });
    if ((await conversation.seeOff()) === 'hangs') this.#givenUp.add(job.workspace);
    this.#running.delete(placer);
  }

  /** What an agent may fail with concerns a home and its files; anything else it made up. */
  #judged(error: F2gitError, job: RecallJob): F2gitError {
    if (error.code === 'part-failed') return this.#failed(job, String(error.cause));
    return agentErrors.has(error.code) ? error : this.#failed(job, `it failed with "${error.code}"`);
  }

  #failed({ run, course }: RecallJob, detail: string): F2gitError {
    this.#options.log('error', 'agent process failed', { run, course, detail });
    return new F2gitError('part-failed');
  }
}

const agentErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'account-refused',
  'agent-outdated',
  'bug',
  'cancelled',
  'cell-unknown',
  'disk-full',
  'file-changed-meanwhile',
  'file-present',
  'file-unknown',
  'file-unreadable',
  'home-missing',
  'object-missing',
  'place-unreadable',
  'report-too-large',
  'run-unknown',
  'server-outdated',
  'system-refused',
  'target-refused',
  'workspace-busy',
  'workspace-hung',
  'workspace-missing',
  'workspace-not-a-folder',
  'workspace-other-course',
  'workspace-state-refused',
  'workspace-unreadable',
  'workspace-unwritable',
]);

function placingOrder(order: Order, home: string): PlacingOrder {
  if (order.kind === 'recall') {
    const { run, course, workspace } = order.job;
    return { kind: 'recall', home, job: { run, course, workspace } };
  }
  // where the contents lie on the server is nobody else's business
  const { supplies, ...job } = order.job;
  return { kind: 'run', home, job: { ...job, policy: supplies.policy } };
}

function hungIn({ workspace }: RecallJob): F2gitError {
  return new F2gitError('workspace-hung', { params: { workspace } });
}
