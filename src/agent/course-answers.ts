/** A course over a pipe between two of our own processes: the side that has it. Whoever asks may be a stranger. */
import { z } from 'zod';
import { parseOid, type Oid } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import type { Blob } from '../repo/contents.ts';
import type { PublishedContent } from '../repo/history.ts';
import { misbehaved } from './frames.ts';
import type { Question, Reply } from './peer.ts';
import { tagOf } from './tree-document.ts';

/** What one audience has of a course, for whoever asks over a pipe. */
export interface ServedCourse {
  offer(onProgress: OnProgress, signal: AbortSignal): Promise<Offer>;
  /** Undefined when there is none, or not for them. */
  blob(oid: Oid): Blob | undefined;
  published(): readonly PublishedContent[];
}

/** Answers what `connectOverPipe` asks; undefined for other questions. */
export async function answerAsCourse(course: ServedCourse, question: Question): Promise<Reply | undefined> {
  switch (question.method) {
    case 'offer': {
      const { tag: known } = read(offerQuestion, question);
      const offer = await course.offer(question.progress, question.signal);
      const tag = tagOf(offer);
      return { value: { tag, source: offer.source.state, ...(tag === known ? {} : { offer }) } };
    }
    case 'published':
      return { value: course.published() };
    case 'blob': {
      const { oid: text } = read(blobQuestion, question);
      const oid = parseOid(text);
      const blob = oid === undefined ? undefined : course.blob(oid);
      if (blob === undefined) throw new F2gitError('object-missing', { params: { oid: text } });
      return { value: { size: blob.size }, body: blob.read() };
    }
    default:
      return undefined;
  }
}

const offerQuestion = z.object({ tag: z.string().max(200).optional() });
const blobQuestion = z.object({ oid: z.string().max(100) });

function read<Value>(schema: z.ZodType<Value>, { args }: Question): Value {
  const { data } = schema.safeParse(args);
  if (data === undefined) throw misbehaved('a question nobody understands');
  return data;
}
