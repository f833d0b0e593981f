/** The history of a served repository: commits, their parents, what can be reached. */
import type { Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { ObjectStore } from '../repo/object-store.ts';
import { parseCommit } from '../repo/tree-walk.ts';

export interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
}

/** More than any course has; a commit is read again after that. */
const MOST_REMEMBERED = 100_000;

export class Commits {
  readonly #store: ObjectStore;
  readonly #known = new Map<Oid, Commit>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @throws {F2gitError} `object-missing` when it is not there, or no commit */
  read(id: Oid): Commit {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { kind, bytes } = this.#store.read(id);
    const commit = kind === 'commit' ? parseCommit(Buffer.from(bytes).toString('utf8')) : undefined;
    if (commit === undefined) throw new F2gitError('object-missing', { params: { oid: id } });
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(id, commit);
    return commit;
  }

  /** `starts` and all before them; the parents of a commit in `cut` do not count as such. */
  reach(starts: Iterable<Oid>, cut: ReadonlySet<Oid>, stop: ReadonlySet<Oid> = none): ReadonlySet<Oid> {
    const reached = new Set<Oid>();
    const waiting = [...starts];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (reached.has(next) || stop.has(next)) continue;
      reached.add(next);
      if (!cut.has(next)) waiting.push(...this.read(next).parents);
    }
    return reached;
  }

  /** The same commits in an order in which none comes before its parents. */
  parentsFirst(commits: ReadonlySet<Oid>): readonly Oid[] {
    const ordered = new Set<Oid>();
    const waiting = [...commits];
    for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
      const missing = ordered.has(top) ? [] : this.#parentsIn(top, commits).filter((parent) => !ordered.has(parent));
      if (missing.length > 0) {
        waiting.push(...missing);
        continue;
      }
      ordered.add(top);
      waiting.pop();
    }
    return [...ordered];
  }

  #parentsIn(commit: Oid, commits: ReadonlySet<Oid>): readonly Oid[] {
    return this.read(commit).parents.filter((parent) => commits.has(parent));
  }

  /** How many commits away from `starts`, themselves 1, each commit is, down to `depth`. */
  depths(starts: Iterable<Oid>, depth: number): ReadonlyMap<Oid, number> {
    const depths = new Map<Oid, number>();
    let level = [...starts];
    for (let at = 1; at <= depth && level.length > 0; at++) {
      const here = [...new Set(level)].filter((id) => !depths.has(id));
      for (const id of here) depths.set(id, at);
      level = at === depth ? [] : here.flatMap((id) => this.read(id).parents);
    }
    return depths;
  }
}

const none: ReadonlySet<Oid> = new Set();
