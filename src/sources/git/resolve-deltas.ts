/**
 * Finds the ids of what a pack holds as deltas. Bases come before what is made of them, depth first, so that few are
 * held at a time; one that had to go is made again.
 */
import type { Oid } from '../../core/ids.ts';
import { BaseCache } from './base-cache.ts';
import { applyDelta, readDeltaHeader } from './delta.ts';
import { type GitObject, MAX_CHAIN, oidOfObject } from './git-object.ts';
import type { PackEntries } from './pack-entries.ts';
import { checkHeld, type Entry, type Work } from './walk-pack.ts';

/** Bytes of bases kept for what else is made of them. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Reads a base that is in no pack that came, if it is here. */
export type ReadElsewhere = (oid: Oid) => GitObject | undefined;

/** Where the delta of an entry leads: to another entry, or to an object elsewhere. */
type Base = Entry | Oid;

/**
 * Sets kind and id of every entry that is a delta, and gives the bases that are not in the pack.
 * @throws {RangeError} where deltas fit no base, or build on one another in a circle @throws {F2gitError} `too-large`
 */
export async function resolveDeltas(
  pack: PackEntries,
  entries: readonly Entry[],
  elsewhere: ReadElsewhere,
  work: Work,
): Promise<ReadonlySet<Oid>> {
  const resolver = new Resolver(pack, entries, elsewhere, work);
  for (const entry of entries) if (entry.item.kind !== 'delta') await resolver.resolveAbove(entry);
  return resolver.resolveOthers();
}

class Resolver {
  readonly #pack: PackEntries;
  readonly #elsewhere: ReadElsewhere;
  readonly #work: Work;
  readonly #byOffset = new Map<number, Entry[]>();
  readonly #byOid = new Map<Oid, Entry[]>();
  readonly #baseOf = new Map<Entry, Base>();
  readonly #cache = new BaseCache<Base>(CACHE_BYTES);

  constructor(pack: PackEntries, entries: readonly Entry[], elsewhere: ReadElsewhere, work: Work) {
    this.#pack = pack;
    this.#elsewhere = elsewhere;
    this.#work = work;
    const places = new Set(entries.map(({ offset }) => offset));
    for (const entry of entries) {
      const { base } = entry.item;
      if (base === undefined) continue;
      if ('oid' in base) addTo(this.#byOid, base.oid, entry);
      else if (places.has(base.offset)) addTo(this.#byOffset, base.offset, entry);
      else throw new RangeError('delta against nothing');
    }
  }

  /** Resolves all that is made of `root`, directly or not. */
  async resolveAbove(root: Base): Promise<void> {
    const todo = this.#madeOf(root, 0);
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { entry, base, depth } = next;
      if (depth > MAX_CHAIN) throw new RangeError('endless chain of deltas');
      await this.#work.take(0);
      this.#baseOf.set(entry, base);
      const object = this.#make(entry, this.#objectOf(base));
      entry.kind = object.kind;
      entry.oid = oidOfObject(object);
      const others = this.#madeOf(entry, depth);
      if (others.length > 0) this.#cache.keep(entry, object);
      todo.push(...others);
    }
  }

  /** Resolves what is made of objects elsewhere, and gives their ids. */
  async resolveOthers(): Promise<ReadonlySet<Oid>> {
    const used = new Set<Oid>();
    for (const oid of [...this.#byOid.keys()]) {
      // it may have turned out to be in the pack meanwhile
      const object = this.#byOid.has(oid) ? this.#elsewhere(oid) : undefined;
      if (object === undefined) continue;
      used.add(oid);
      this.#cache.keep(oid, object);
      await this.resolveAbove(oid);
    }
    if (this.#byOid.size > 0) throw new RangeError('delta against an object that is not here');
    return used;
  }

  /** What is made of `base` directly, each once. */
  #madeOf(base: Base, depth: number): { readonly entry: Entry; readonly base: Base; readonly depth: number }[] {
    const byOffset = typeof base === 'string' ? [] : (this.#byOffset.get(base.offset) ?? []);
    const oid = typeof base === 'string' ? base : base.oid;
    const byOid = oid === undefined ? [] : (this.#byOid.get(oid) ?? []);
    if (oid !== undefined) this.#byOid.delete(oid);
    return [...byOffset, ...byOid].map((entry) => ({ entry, base, depth: depth + 1 }));
  }

  /** A base with its bytes, made again where it was not kept: from the nearest one that is, upwards. */
  #objectOf(base: Base): GitObject {
    const chain: Entry[] = [];
    let object = this.#cache.get(base);
    for (let below = base; object === undefined; object = this.#cache.get(below)) {
      const next = typeof below === 'string' ? undefined : this.#baseOf.get(below);
      if (next === undefined) {
        object = this.#readWhole(below);
        break;
      }
      chain.push(below as Entry);
      below = next;
    }
    for (const entry of chain.reverse()) object = this.#make(entry, object);
    this.#cache.keep(base, object);
    return object;
  }

  #readWhole(base: Base): GitObject {
    if (typeof base !== 'string' && base.item.kind !== 'delta') {
      checkHeld(base.item.size);
      this.#work.count(base.item.size);
      return { kind: base.item.kind, bytes: this.#pack.inflate(base.item) };
    }
    const object = typeof base === 'string' ? this.#elsewhere(base) : undefined;
    if (object === undefined) throw new RangeError('delta against an object that is not here');
    return object;
  }

  #make({ item }: Entry, base: GitObject): GitObject {
    checkHeld(item.size);
    const delta = this.#pack.inflate(item);
    const { resultSize } = readDeltaHeader(delta);
    checkHeld(resultSize);
    this.#work.count(resultSize + base.bytes.length);
    return { kind: base.kind, bytes: applyDelta(base.bytes, delta) };
  }
}

function addTo<Key>(map: Map<Key, Entry[]>, key: Key, entry: Entry): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [entry]);
  else present.push(entry);
}
