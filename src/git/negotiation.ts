/**
 * Finding out what client and server have in common: the answer to a list of `have`, in the three dialects there are.
 * https://git-scm.com/docs/gitprotocol-pack (Packfile Negotiation); as git's upload-pack does it without a state between
 * requests.
 */
import type { Oid } from '../core/ids.ts';
import type { UploadRequest } from './request.ts';

export interface Negotiated {
  /** Lines for the client, in order. */
  readonly replies: readonly string[];
  /** Commits both have, in the client's order. */
  readonly common: readonly Oid[];
  /** Whether the pack follows; otherwise the client asks again. */
  readonly isDecided: boolean;
}

export interface Knowledge {
  /** Whether the commit is one of ours. */
  isKnown(commit: Oid): boolean;
  /** Whether from everything that is wanted some commit of `common` can be reached: more would say nothing new. */
  isEnough(common: readonly Oid[]): boolean;
}

/** `haves` end with `done` or a flush. */
export function negotiate(
  { haves, end, capabilities }: Pick<UploadRequest, 'haves' | 'end' | 'capabilities'>,
  knowledge: Knowledge,
): Negotiated {
  const dialect = dialectOf(capabilities);
  const heard = hear(haves, dialect, knowledge);
  const { common, replies } = heard;
  const last = common.at(-1);
  if (end === 'done') {
    const final = last === undefined ? ['NAK'] : dialect === 'single' ? [] : [`ACK ${heard.latest}`];
    return { replies: [...replies, ...final], common, isDecided: true };
  }
  const isReadyNow = dialect === 'detailed' && last !== undefined && !heard.hasStranger && knowledge.isEnough(common);
  const isReady = heard.isReady || isReadyNow;
  if (isReadyNow) replies.push(`ACK ${heard.latest} ready`);
  if (last === undefined || dialect !== 'single') replies.push('NAK');
  const isDecided = isReady && capabilities.has('no-done');
  if (isDecided) replies.push(`ACK ${heard.latest}`);
  return { replies, common, isDecided };
}

type Dialect = 'single' | 'multi' | 'detailed';

function dialectOf(capabilities: ReadonlySet<string>): Dialect {
  if (capabilities.has('multi_ack_detailed')) return 'detailed';
  return capabilities.has('multi_ack') ? 'multi' : 'single';
}

interface Heard {
  readonly replies: string[];
  readonly common: readonly Oid[];
  /** The common commit named last; empty when there is none. */
  readonly latest: string;
  /** Whether the client named a commit that is none of ours. */
  readonly hasStranger: boolean;
  /** Whether it was told to stop. */
  readonly isReady: boolean;
}

/** One answer to each commit, where the dialect has one. */
function hear(haves: readonly Oid[], dialect: Dialect, knowledge: Knowledge): Heard {
  const replies: string[] = [];
  const common = new Set<Oid>();
  const isEnough = askedOnce(common, knowledge);
  let latest = '';
  let hasStranger = false;
  let isReady = false;
  for (const have of haves) {
    if (knowledge.isKnown(have)) {
      common.add(have);
      latest = have;
      if (dialect !== 'single') replies.push(`ACK ${have} ${dialect === 'multi' ? 'continue' : 'common'}`);
      else if (common.size === 1) replies.push(`ACK ${have}`);
      continue;
    }
    hasStranger = true;
    if (dialect === 'single' || !isEnough()) continue;
    isReady ||= dialect === 'detailed';
    replies.push(`ACK ${have} ${dialect === 'multi' ? 'continue' : 'ready'}`);
  }
  return { replies, common: [...common], latest, hasStranger, isReady };
}

/** Walking the history again for every stranger would let a long list cost much: it is asked when `common` has grown. */
function askedOnce(common: ReadonlySet<Oid>, knowledge: Knowledge): () => boolean {
  let asked = { size: 0, isEnough: false };
  return () => {
    if (common.size !== asked.size) asked = { size: common.size, isEnough: knowledge.isEnough([...common]) };
    return asked.isEnough;
  };
}
