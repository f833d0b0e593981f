/**
 * Content in the model: three words. A merge is word by word and the student's word wins. Words the course writes begin
 * with `c`, words a student writes with `s`: so it can be seen whose work a file holds. `BIN` cannot be merged.
 */
import { createHash } from 'node:crypto';
import { oid, type Oid } from '../../../src/core/ids.ts';
import type { MergeOutcome, MergeRequest } from '../../../src/sync/plan.ts';
import type { Declined } from '../../../src/sync/tree.ts';

const texts = new Map<Oid, string>();
const oids = new Map<string, Oid>();

export function oidOf(text: string): Oid {
  const known = oids.get(text);
  if (known !== undefined) return known;
  const id = oid(createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex'));
  oids.set(text, id);
  texts.set(id, text);
  return id;
}

export function textOf(id: Oid): string {
  const text = texts.get(id);
  if (text === undefined) throw new Error(`nobody ever wrote ${id}`);
  return text;
}

export function studentWords(text: string): readonly string[] {
  return text.split(' ').filter((word) => word.startsWith('s'));
}

/** Keeps memory flat over many histories. */
export function forgetContents(): void {
  texts.clear();
  oids.clear();
}

export function mergeWords({ base, offered, local }: MergeRequest): MergeOutcome {
  const [b, u, l] = [base, offered, local].map((id) => textOf(id).split(' ')) as [string[], string[], string[]];
  if ([b, u, l].some((words) => words[0]?.startsWith('BIN'))) return { kind: 'not-mergeable' };
  const declined: Declined[] = [];
  const merged = l.map((word, index) => {
    if (word === b[index]) return u[index] ?? '';
    const course = u[index] ?? '';
    if (course !== b[index] && course !== word) declined.push({ lines: [index + 1, index + 1], course, yours: word });
    return word;
  });
  const text = merged.join(' ');
  return { kind: 'merged', oid: oidOf(text), size: text.length, declined };
}
