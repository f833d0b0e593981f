/**
 * The agent as a process of its own, under the student's uid: does one job in one home and ends. All it has is a pipe to
 * the process that started it. Whatever it holds the student can read, so it holds nothing but what the student may have.
 */
import { statSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { asF2gitError, F2gitError, systemErrorName } from '../errors.ts';
import type { OnProgress } from '../core/progress.ts';
import { recallRun } from '../sync/recall.ts';
import { carryOut } from './carry-out.ts';
import { contentsOver } from './course-client.ts';
import { limitsFor } from './frames.ts';
import { createPeer, type Peer, type Question, type Reply } from './peer.ts';
import { connectOverPipe } from './pipe-connection.ts';
import { ALIVE, ALIVE_MS, MOST_ORDER, PLACE, type PlacingOrder } from './placing.ts';

/** What a run may take to end once nobody waits for it. */
const LAST_MS = 5_000;
/** Progress in between is seen by nobody. */
const PROGRESS_MS = 40;

/** Does what the other end of `stream` asks, until that end closes it. */
export async function servePlacing(stream: Duplex): Promise<void> {
  const peer: Peer = createPeer(stream, {
    side: 'agent',
    limits: limitsFor({ call: MOST_ORDER, answer: MOST_ORDER }),
    answer: (question) => answer(question, peer),
  });
  const alive = setInterval(() => peer.note(ALIVE, null), ALIVE_MS);
  await peer.ended;
  clearInterval(alive);
  // what is being written is finished; a home that does not answer keeps nothing of ours waiting
  setTimeout(() => process.exit(1), LAST_MS).unref();
}

async function answer({ method, args, signal, progress }: Question, peer: Peer): Promise<Reply> {
  if (method !== PLACE) throw new F2gitError('part-failed', { cause: new Error(`asked for "${method}"`) });
  // whoever started this process may do more than it: believed
  const order = args as PlacingOrder;
  enterHome(order.home);
  if (order.kind === 'recall') return { value: recallRun(order.job.workspace, order.job.run) };
  const contents = contentsOver(connectOverPipe(peer), signal);
  return { value: await carryOut(order.job, contents, sparing(progress), signal) };
}

/**
 * Stands in the home from now on, if it is this student's own: a folder of somebody else that groups may write to is no
 * home.
 * @throws {F2gitError} `home-missing`, `account-refused`, `workspace-unwritable`
 */
function enterHome(home: string): void {
  try {
    process.chdir(home);
    if (statSync('.').uid === process.getuid?.()) return;
  } catch (error) {
    const errno = systemErrorName(error);
    if (errno === undefined) throw asF2gitError(error);
    if (errno === 'ENOENT') throw new F2gitError('home-missing', { cause: error });
    throw new F2gitError('workspace-unwritable', { params: { path: home, errno }, cause: error });
  }
  throw new F2gitError('account-refused', { params: { detail: 'the home belongs to somebody else' } });
}

function sparing(tell: OnProgress): OnProgress {
  let step: string | undefined;
  let next = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.step === step && now < next && progress.done !== progress.total) return;
    step = progress.step;
    next = now + PROGRESS_MS;
    tell(progress);
  };
}
