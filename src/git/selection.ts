/** Which objects a client lacks: for each new commit what it changed against one the client has or gets, too. */
import type { Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { ObjectStore } from '../repo/object-store.ts';
import { parseTree, type TreeRow } from '../repo/trees.ts';
import type { Commits } from './commits.ts';

export interface SelectionInput {
  /** What is wanted, and the parents of commits that are no longer shallow. */
  readonly starts: readonly Oid[];
  /** Commits whose parents the client has not, and does not get. */
  readonly cut: ReadonlySet<Oid>;
  /** Commits the client has, with all before them down to those of `clientShallow`, which it has without parents. */
  readonly common: readonly Oid[];
  readonly clientShallow: readonly Oid[];
}

/** So many folders are compared before others get their turn. */
const FOLDERS_AT_ONCE = 200;

/** The objects, each once. @throws {F2gitError} `object-missing`; `cancelled` */
export async function selectObjects(
  { starts, cut, common, clientShallow }: SelectionInput,
  commits: Commits,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<ReadonlySet<Oid>> {
  const clientHas = commits.reach(common, new Set(clientShallow));
  // a commit whose parents nobody has still resembles those the client has
  const landmark = clientShallow.find((id) => clientHas.has(id)) ?? common[0];
  const fresh = commits.reach(starts, cut, clientHas);
  const selected = new Set<Oid>();
  const trees = new TreeComparison(store, selected);
  // parents first: whatever a commit is compared with is then selected whole, or the client has it
  for (const id of commits.parentsFirst(fresh)) {
    const { tree, parents } = commits.read(id);
    selected.add(id);
    const base = parents.find((parent) => fresh.has(parent) || clientHas.has(parent)) ?? landmark;
    await trees.addNew(tree, base === undefined ? undefined : commits.read(base).tree, signal);
  }
  return selected;
}

class TreeComparison {
  readonly #store: ObjectStore;
  readonly #selected: Set<Oid>;
  #folders = 0;

  constructor(store: ObjectStore, selected: Set<Oid>) {
    this.#store = store;
    this.#selected = selected;
  }

  /** Adds everything in `tree` that is not at the same place in `base`. */
  async addNew(tree: Oid, base: Oid | undefined, signal: AbortSignal): Promise<void> {
    if (tree === base || this.#selected.has(tree)) return;
    this.#selected.add(tree);
    if (++this.#folders % FOLDERS_AT_ONCE === 0) await othersTurn(signal);
    const before = new Map(base === undefined ? [] : this.#rows(base).map((row) => [row.name, row]));
    for (const { mode, name, oid } of this.#rows(tree)) {
      const was = before.get(name);
      if (was?.oid === oid) continue;
      if (mode !== '40000') this.#selected.add(oid);
      else await this.addNew(oid, was?.mode === '40000' ? was.oid : undefined, signal);
    }
  }

  #rows(tree: Oid): readonly TreeRow[] {
    const object = this.#store.read(tree);
    const rows = object.kind === 'tree' ? parseTree(object.bytes) : undefined;
    if (rows === undefined) throw new F2gitError('object-missing', { params: { oid: tree } });
    return rows;
  }
}

async function othersTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
}
