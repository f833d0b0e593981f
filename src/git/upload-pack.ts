/**
 * Gives a client what it lacks: git's upload-pack, protocol version 0, one request at a time. A client gets what the
 * references lead to and nothing else: it can want only what it was shown, and whether any other object exists it
 * cannot find out.
 */
import { parseOid, type Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import type { ObjectStore } from '../repo/object-store.ts';
import type { Slots } from '../sources/slots.ts';
import { advertisement } from './advertisement.ts';
import { Commits } from './commits.ts';
import { negotiate } from './negotiation.ts';
import { FLUSH, packet } from './pkt-line.ts';
import { locate, packStream, release, retain, type Located } from './pack-stream.ts';
import { ProtocolFault } from './protocol-fault.ts';
import { parseRequest, type UploadRequest } from './request.ts';
import { RecentSelections } from './recent-selections.ts';
import { selectObjects, type SelectionInput } from './selection.ts';
import { shallownessOf } from './shallow.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { sideBandOf, type SideBand } from './side-band.ts';

/** How long a client may take from what it is shown to its request, while the course goes on. */
const SHOWN_MS = 60_000;

/** As git's own upload-pack. */
const SIGN_OF_LIFE_MS = 5_000;

export class UploadPack {
  readonly #store: ObjectStore;
  readonly #now: () => number;
  readonly #commits: Commits;
  readonly #slots: Slots;
  readonly #noteFailure: (error: unknown) => void;
  readonly #recent = new RecentSelections();
  /** Tips that were shown lately, and until when they may be wanted. */
  readonly #shown = new Map<Oid, number>();
  /** All that the references lead to, for as long as they are the same. */
  #reachable: { readonly key: string; readonly commits: ReadonlySet<Oid> } = { key: '', commits: new Set() };

  /**
   * For one repository. `now` in milliseconds; who gets a pack waits for its turn; `noteFailure` hears why a pack was
   * broken off that the client was told of.
   */
  constructor(store: ObjectStore, now: () => number, slots: Slots, noteFailure: (error: unknown) => void) {
    this.#store = store;
    this.#now = now;
    this.#slots = slots;
    this.#noteFailure = noteFailure;
    this.#commits = new Commits(store);
  }

  /** What the client is shown; it may want that for a minute, whatever comes meanwhile. */
  advertise(repository: ServedRepository, agent: string): Buffer {
    const now = this.#now();
    for (const [oid, until] of this.#shown) if (until < now) this.#shown.delete(oid);
    for (const { oid } of repository.refs) this.#shown.set(oid, now + SHOWN_MS);
    return advertisement(repository, agent);
  }

  /**
   * The answer to one request.
   * @throws {ProtocolFault} before anything was given; {F2gitError} `object-missing`, `cancelled`
   */
  async *answer(body: Buffer, repository: ServedRepository, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const ours = this.#reachableIn(repository);
    const request = this.#checked(parseRequest(body), repository, ours);
    if (request.wants.length === 0) return;
    const { shallow, unshallow } = shallownessOf(request, this.#commits);
    if (request.deepen !== undefined) {
      const lines = [...shallow.map((id) => `shallow ${id}`), ...unshallow.map((id) => `unshallow ${id}`)];
      yield Buffer.concat([...lines.map((line) => packet(line)), FLUSH]);
    }
    if (request.end === 'none') return;
    const starts = [...request.wants, ...unshallow.flatMap((id) => this.#commits.read(id).parents)];
    const cut = new Set([...request.shallow, ...shallow]);
    const { replies, common, isDecided } = negotiate(request, {
      isKnown: (commit) => ours.has(commit),
      isEnough: (known) => this.#isEnough(starts, known, cut),
    });
    yield Buffer.concat(replies.map((line) => packet(`${line}\n`)));
    if (!isDecided) return;
    yield* this.#inTurn({ starts, cut, common, clientShallow: request.shallow }, request.capabilities, signal);
  }

  /** The request without shallow commits that are none of ours. @throws {ProtocolFault} when it wants what it was not shown */
  #checked(request: UploadRequest, { refs }: ServedRepository, ours: ReadonlySet<Oid>): UploadRequest {
    const now = this.#now();
    for (const want of request.wants) {
      const wasShown = (this.#shown.get(want) ?? -Infinity) >= now && ours.has(want);
      const isTip = refs.some(({ oid }) => oid === want);
      if (!isTip && !wasShown) throw new ProtocolFault('refused', `upload-pack: not our ref ${want}`);
    }
    return { ...request, shallow: request.shallow.filter((id) => ours.has(id)) };
  }

  #reachableIn({ refs }: ServedRepository): ReadonlySet<Oid> {
    const tips = refs.map(({ oid }) => oid);
    const key = tips.join();
    if (this.#reachable.key !== key) this.#reachable = { key, commits: this.#commits.reach(tips, new Set()) };
    return this.#reachable.commits;
  }

  #isEnough(starts: readonly Oid[], common: readonly Oid[], cut: ReadonlySet<Oid>): boolean {
    const known = new Set(common);
    return starts.every((start) => [...this.#commits.reach([start], cut)].some((id) => known.has(id)));
  }

  async *#inTurn(
    input: SelectionInput,
    capabilities: ReadonlySet<string>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const band = sideBandOf(capabilities);
    const turn = this.#slots.take('pack', signal);
    try {
      if (band !== undefined) yield* signsOfLife(turn, band);
      await turn;
      yield* this.#send(input, band, signal);
    } finally {
      // a client that leaves while it waits ends here, too
      turn.then(
        (leave) => leave(),
        () => undefined,
      );
    }
  }

  async *#send(input: SelectionInput, band: SideBand | undefined, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const located = await this.#retained(input, signal);
    try {
      for await (const bytes of packStream(located)) yield band === undefined ? bytes : band.pack(bytes);
    } catch (error) {
      if (error instanceof F2gitError && error.code === 'object-missing') this.#noteDamage(error);
      // without side bands only the end of the connection tells that the pack is not whole
      if (band === undefined || signal.aborted) throw error;
      this.#noteFailure(error);
      yield band.failure('f2git: the repository is damaged and mends itself; try again');
      return;
    } finally {
      release(located);
    }
    if (band !== undefined) yield band.end;
  }

  /** Where the objects lie, in packs that stay open. Packs that were consolidated meanwhile are looked for once more. */
  async #retained(input: SelectionInput, signal: AbortSignal): Promise<Located> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const located = await this.#located(input, signal);
      if (retain(located)) return located;
      this.#recent.clear();
      this.#store.rescan();
    }
    throw new F2gitError('ref-changed');
  }

  /** A class asks the same at once: what one of them lacks is what all of them lack. */
  #located(input: SelectionInput, signal: AbortSignal): Promise<Located> {
    const { starts, cut, common, clientShallow } = input;
    const key = JSON.stringify([this.#store.generation, starts, [...cut], common, clientShallow]);
    const find = async (end: AbortSignal): Promise<Located> =>
      locate(await selectObjects(input, this.#commits, this.#store, end), this.#store);
    return this.#recent.get(key, find, signal);
  }

  #noteDamage(error: F2gitError): void {
    const damaged = parseOid(String(error.params['oid']));
    if (damaged !== undefined) this.#store.markDamaged(damaged);
  }
}

/** Something every few seconds until `turn` comes: whatever is between may close a silent connection. */
async function* signsOfLife(turn: Promise<unknown>, band: SideBand): AsyncGenerator<Uint8Array> {
  const isOn = turn.then(() => true);
  while (!(await Promise.race([isOn, sleep(SIGN_OF_LIFE_MS, false, { ref: false })]))) yield band.signOfLife;
}
