/** A course over a pipe between two of our own processes: the side that asks (`course-answers.ts` is the other). */
import type { Offer, SourceState } from '../core/offer.ts';
import type { Progress } from '../core/progress.ts';
import type { PublishedContent } from '../repo/history.ts';
import type { CourseConnection } from './course-client.ts';
import type { Peer } from './peer.ts';

/** Asks the other end of `peer`. It is the process that started this one, or that this one was started to ask: believed. */
export function connectOverPipe(peer: Peer): CourseConnection {
  return {
    offer: async (tag, onProgress, signal) => {
      const tell = (news: unknown): void => onProgress(news as Progress);
      const { value } = await peer.call('offer', { tag }, { signal, onProgress: tell });
      const { offer, tag: now, source } = value as { offer?: Offer; tag: string; source: SourceState['state'] };
      return offer === undefined ? { kind: 'unchanged', source } : { kind: 'offer', offer, tag: now };
    },
    published: async (signal) => {
      const { value } = await peer.call('published', {}, { signal });
      return value as readonly PublishedContent[];
    },
    blob: async (oid, signal) => {
      const { value, body } = await peer.call('blob', { oid }, { signal });
      return { size: (value as { readonly size: number }).size, body };
    },
    close: () => {
      peer.close();
      return Promise.resolve();
    },
  };
}
