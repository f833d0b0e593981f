/**
 * A course as an agent has it that does not sit beside the hidden repository: what is offered, and contents by their id,
 * over whatever connection there is (HTTP to a server, a pipe to the process that started us). Nothing the connection
 * brings is believed: documents are checked, and content has the id that was asked for or does not exist.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Oid } from '../core/ids.ts';
import type { Contents, History, Offer, SourceState } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { writeFully } from '../repo/durable-file.ts';
import { historyOf, type PublishedContent } from '../repo/history.ts';
import type { CourseSettings } from './course-settings.ts';

/** How a course is reached. One connection is one course as one person has it. */
export interface CourseConnection {
  /** What is offered now, after the course was brought up to date; `unchanged` when it still is what `tag` names. */
  offer(tag: string | undefined, onProgress: OnProgress, signal: AbortSignal): Promise<TaggedOffer | Unchanged>;
  published(signal: AbortSignal): Promise<readonly PublishedContent[]>;
  /** @throws {F2gitError} `object-missing` also for what this person may not have */
  blob(oid: Oid, signal: AbortSignal): Promise<RemoteBlob>;
  close(): Promise<void>;
}

export interface TaggedOffer {
  readonly kind: 'offer';
  readonly offer: Offer;
  /** Absent where whoever asks was told them before. */
  readonly settings?: CourseSettings;
  /** Changes with every change of the offer but that of its source, and of the settings. */
  readonly tag: string;
}

export interface Unchanged {
  readonly kind: 'unchanged';
  readonly source: SourceState['state'];
}

export interface RemoteBlob {
  /** Bytes, as the other side says. */
  readonly size: number;
  /** Read it to the end, or leave its loop. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface CourseClient {
  readonly contents: Contents;
  /**
   * What is offered now. Files are sent again only when something changed.
   * @throws {F2gitError} `course-unknown`, `source-…`, `agent-outdated`, `server-outdated`
   */
  offer(onProgress?: OnProgress): Promise<Offer>;
  /** What the server said of the course with its last offer. */
  settings(): CourseSettings | undefined;
  close(): Promise<void>;
}

/** Contents that are read whole are merged: the agent itself stops far below. Bytes. */
const MOST_READ = 256 * 1024 * 1024;

export function openCourseClient(connection: CourseConnection, signal: AbortSignal): CourseClient {
  let known: TaggedOffer | undefined;
  return {
    contents: contentsOver(connection, signal),
    offer: async (onProgress = () => undefined) => {
      const answer = await connection.offer(known?.tag, onProgress, signal);
      if (answer.kind === 'offer') known = answer;
      if (known === undefined)
        throw new F2gitError('source-invalid', { params: { detail: 'nothing new, but from what' } });
      const { offer } = known;
      return answer.kind === 'offer' ? offer : { ...offer, source: { ...offer.source, state: answer.source } };
    },
    settings: () => known?.settings,
    close: () => connection.close(),
  };
}

/** The contents behind `connection`. Reading ends with `signal`. */
export function contentsOver(connection: Pick<CourseConnection, 'published' | 'blob'>, signal: AbortSignal): Contents {
  let history: Promise<History> | undefined;
  return {
    history: () => (history ??= connection.published(signal).then(historyOf)),
    read: async (oid) => {
      const blob = await connection.blob(oid, signal);
      if (blob.size > MOST_READ) throw damaged(oid);
      const chunks: Uint8Array[] = [];
      await receive(oid, blob, (chunk) => chunks.push(chunk));
      const [only] = chunks;
      return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    },
    writeTo: async (oid, fd, ownSignal) => {
      const both = ownSignal === undefined ? signal : AbortSignal.any([signal, ownSignal]);
      const blob = await connection.blob(oid, both);
      await receive(oid, blob, (chunk) => {
        both.throwIfAborted();
        writeFully(fd, chunk);
      });
    },
  };
}

/** Hands on what arrives, never more than was announced. @throws {F2gitError} `object-missing` when it is another content */
async function receive(oid: Oid, { size, body }: RemoteBlob, take: (chunk: Uint8Array) => void): Promise<void> {
  const hash: Hash = createHash('sha1').update(`blob ${size}\0`);
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > size) throw damaged(oid);
    hash.update(chunk);
    take(chunk);
  }
  if (received !== size || hash.digest('hex') !== oid) throw damaged(oid);
}

function damaged(oid: Oid): F2gitError {
  return new F2gitError('object-missing', { params: { oid } });
}
