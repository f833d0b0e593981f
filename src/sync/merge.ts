/** Resolves the merges a plan asks for: reads the three contents and merges them by what the file is. */
import type { Oid } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import { nameOf } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { blobOid } from './blob.ts';
import type { Home } from './home.ts';
import { isNotebookName, mergeNotebook } from './merge-notebook.ts';
import { MAX_TEXT_BYTES, mergeText } from './merge-text.ts';
import type { CodeCells } from './notebook/cell-versions.ts';
import { MAX_NOTEBOOK_BYTES } from './notebook/read.ts';
import { stillWanted } from './notebook/still-wanted.ts';
import type { MergeOutcome, MergeRequest, Merges } from './plan-types.ts';
import { readStill } from './scan.ts';
import { ancestorOf } from './text/ancestor.ts';
import { stillWanted as textStillWanted } from './text/still-wanted.ts';
import type { Declined } from './tree.ts';
import { errnoOf } from './trouble.ts';

/** What merges are made of. */
export interface MergeSupplies {
  readonly home: Home;
  readonly contents: Contents;
  /** Of the offered contents, so that a large one is not read to be refused. */
  readonly sizes: ReadonlyMap<Oid, number>;
  readonly codeCells: CodeCells;
}

/** A tab older than so many versions of a file is a rare thing. */
const MOST_EARLIER = 8;

/** Merge results of one run; their bytes are kept until they are staged. */
export class MergeDesk {
  readonly merged = new Map<Oid, Uint8Array>();
  private readonly outcomes = new Map<string, MergeOutcome>();
  private readonly supplies: MergeSupplies;

  constructor(supplies: MergeSupplies) {
    this.supplies = supplies;
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
    const isNotebook = isNotebookName(nameOf(request.path));
    const maxBytes = isNotebook ? MAX_NOTEBOOK_BYTES : MAX_TEXT_BYTES;
    const local = this.readLocal(request, maxBytes);
    if (local === 'changed') return request.base === request.offered ? leftAlone(request) : undefined;
    if (local === 'too-large' || (this.supplies.sizes.get(request.offered) ?? 0) > maxBytes)
      return tooLarge(isNotebook);
    const [base, offered] = [await this.readCourse(request.base), await this.readCourse(request.offered)];
    if (base === undefined || offered === undefined) return { kind: 'not-mergeable' };
    const earlier = await this.readEarlier(request, maxBytes);
    return isNotebook
      ? this.mergeAsNotebook(base, offered, local, earlier, request.declined ?? [])
      : this.mergeAsText(base, offered, local, earlier, request);
  }

  private mergeAsText(
    base: Uint8Array,
    offered: Uint8Array,
    local: Uint8Array,
    earlier: readonly Uint8Array[],
    { declined: before = [], former, local: oid }: MergeRequest,
  ): MergeOutcome {
    const ancestor = ancestorOf({ base, earlier, local, isAsBefore: former === oid });
    const merge = mergeText(ancestor, offered, local);
    if (merge.kind === 'not-mergeable') return { kind: 'not-mergeable' };
    const { bytes, declined } = merge;
    return { kind: 'merged', ...this.keep(bytes), declined, stillWanted: textStillWanted(before, offered, bytes) };
  }

  private mergeAsNotebook(
    base: Uint8Array,
    offered: Uint8Array,
    local: Uint8Array,
    earlier: readonly Uint8Array[],
    before: readonly Declined[],
  ): MergeOutcome {
    const merge = mergeNotebook(base, offered, local, { earlier, codeCells: this.supplies.codeCells });
    if (merge.kind === 'not-mergeable') return merge;
    const { bytes, declined, notes } = merge;
    const outcome = { declined, stillWanted: stillWanted(before, offered, bytes), ...(notes.length > 0 && { notes }) };
    return { kind: 'merged', ...this.keep(bytes), ...outcome };
  }

  private keep(bytes: Uint8Array): { readonly oid: Oid; readonly size: number } {
    const oid = blobOid(bytes);
    this.merged.set(oid, bytes);
    return { oid, size: bytes.length };
  }

  private readLocal(request: MergeRequest, maxBytes: number): Uint8Array | 'too-large' | 'changed' {
    const { home } = this.supplies;
    try {
      if ((home.stat(request.path)?.size ?? 0) > maxBytes) return 'too-large';
      const pieces: Buffer[] = [];
      const reading = readStill(home, request.path, (bytes) => pieces.push(Buffer.from(bytes)));
      return reading !== 'busy' && reading.oid === request.local ? Buffer.concat(pieces) : 'changed';
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return 'changed';
    }
  }

  /** The last versions the course had of the file, as far as they are to be had and not too much to read. */
  private async readEarlier({ earlier = [] }: MergeRequest, maxBytes: number): Promise<readonly Uint8Array[]> {
    const versions: Uint8Array[] = [];
    let size = 0;
    for (const oid of earlier.slice(0, MOST_EARLIER)) {
      const version = await this.readCourse(oid);
      size += version?.length ?? 0;
      if (size > maxBytes) break;
      if (version !== undefined) versions.push(version);
    }
    return versions;
  }

  /** A course version; undefined when it is not there any more. */
  private async readCourse(oid: Oid): Promise<Uint8Array | undefined> {
    try {
      return await this.supplies.contents.read(oid);
    } catch (error) {
      if (error instanceof F2gitError && (error.code === 'object-missing' || error.code === 'too-large'))
        return undefined;
      throw error;
    }
  }
}

/** A file that is being saved, where the course has nothing new: it can wait for the next click. */
function leftAlone({ local }: MergeRequest): MergeOutcome {
  return { kind: 'merged', oid: local, size: 0, declined: [] };
}

/** Said of a notebook; any other file of that size is nothing anybody would merge. */
function tooLarge(isNotebook: boolean): MergeOutcome {
  return { kind: 'not-mergeable', ...(isNotebook && { why: 'too-large' as const }) };
}

function keyOf({ path, base, offered, local }: MergeRequest): string {
  return `${base} ${offered} ${local} ${path}`;
}
