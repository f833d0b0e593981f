/** Resolves the merges a plan asks for: reads the three contents and merges them by what the file is. */
import type { Oid } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import { nameOf } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { blobOid } from './blob.ts';
import type { Home } from './home.ts';
import { MAX_TEXT_BYTES, mergeText } from './merge-text.ts';
import type { MergeOutcome, MergeRequest, Merges } from './plan-types.ts';
import { readStill } from './scan.ts';
import { errnoOf } from './trouble.ts';

/** Merge results of one run; their bytes are kept until they are staged. */
export class MergeDesk {
  readonly merged = new Map<Oid, Uint8Array>();
  private readonly outcomes = new Map<string, MergeOutcome>();
  private readonly home: Home;
  private readonly contents: Contents;
  private readonly sizes: ReadonlyMap<Oid, number>;

  /** @param sizes those of the offered contents, so that a large one is not read to be refused */
  constructor(home: Home, contents: Contents, sizes: ReadonlyMap<Oid, number>) {
    this.home = home;
    this.contents = contents;
    this.sizes = sizes;
  }

  /** The outcomes known so far, for the planner. */
  readonly known: Merges = (request) => this.outcomes.get(keyOf(request));

  /** Merges what is asked for. Gives false when the student's file is no longer what was scanned. */
  async resolve(request: MergeRequest): Promise<boolean> {
    const outcome = await this.outcomeOf(request);
    if (outcome !== undefined) this.outcomes.set(keyOf(request), outcome);
    return outcome !== undefined;
  }

  private async outcomeOf(request: MergeRequest): Promise<MergeOutcome | undefined> {
    // Merging a notebook by lines can break it for Jupyter.
    if (/\.ipynb$/i.test(nameOf(request.path))) return { kind: 'not-mergeable' };
    if ((this.sizes.get(request.offered) ?? 0) > MAX_TEXT_BYTES) return { kind: 'not-mergeable' };
    const local = this.readLocal(request);
    if (typeof local === 'string') return local === 'too-large' ? { kind: 'not-mergeable' } : undefined;
    const [base, offered] = [await this.readCourse(request.base), await this.readCourse(request.offered)];
    if (base === undefined || offered === undefined) return { kind: 'not-mergeable' };
    const merge = mergeText(base, offered, local);
    if (merge.kind === 'not-mergeable') return { kind: 'not-mergeable' };
    const oid = blobOid(merge.bytes);
    this.merged.set(oid, merge.bytes);
    return { kind: 'merged', oid, size: merge.bytes.length, declined: merge.declined };
  }

  private readLocal(request: MergeRequest): Uint8Array | 'too-large' | 'changed' {
    try {
      if ((this.home.stat(request.path)?.size ?? 0) > MAX_TEXT_BYTES) return 'too-large';
      const pieces: Buffer[] = [];
      const reading = readStill(this.home, request.path, (bytes) => pieces.push(Buffer.from(bytes)));
      return reading !== 'busy' && reading.oid === request.local ? Buffer.concat(pieces) : 'changed';
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return 'changed';
    }
  }

  /** A course version; undefined when it is not there any more. */
  private async readCourse(oid: Oid): Promise<Uint8Array | undefined> {
    try {
      return await this.contents.read(oid);
    } catch (error) {
      if (error instanceof F2gitError && (error.code === 'object-missing' || error.code === 'too-large'))
        return undefined;
      throw error;
    }
  }
}

function keyOf({ path, base, offered, local }: MergeRequest): string {
  return `${base} ${offered} ${local} ${path}`;
}
