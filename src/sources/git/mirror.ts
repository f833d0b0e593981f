/**
 * The adapter's own copy of a remote repository: one folder below its cache that isomorphic-git fetches into and that
 * may be thrown away at any time. isomorphic-git sees only an advertisement of ours, with one ref of ours and the
 * request already answered, so that no name of the server's ever becomes a file.
 */
import * as nodeFs from 'node:fs';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpClient } from 'isomorphic-git';
import type { Oid } from '../../core/ids.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { F2gitError } from '../../errors.ts';
import { safeAddress } from '../redact.ts';
import { type Advertisement, packetLine } from './advertisement.ts';
import { BrokenObject, ObjectStore } from './object-store.ts';

/** A refresh that brings something adds a pack; from this many on, one new pack replaces them all. */
const MAX_PACKS = 50;
/** The one ref the mirror has: what was fetched last, told to the server so that it sends only what is new. */
const MIRROR_REF = 'refs/heads/mirror';
const CONFIG =
  '[core]\n\tbare = true\n\trepositoryformatversion = 0\n[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n';

/** Sends a request of the git protocol and gives its answer whole. */
export type UploadPack = (body: string) => Promise<Uint8Array>;

/** The server does not give the object asked for. */
export class WantRefused extends Error {}

export interface Wanted {
  readonly advertisement: Advertisement;
  /** What to fetch: one tip without its history, or, of a server that does not give it alone, all there is. */
  readonly tips: readonly Oid[];
  readonly depth: 1 | 'all';
}

export class Mirror {
  readonly #folder: string;
  #store: ObjectStore | undefined;

  constructor(cacheDir: string) {
    this.#folder = join(cacheDir, 'mirror.git');
  }

  /** Its objects; a mirror that is not there has none. */
  get objects(): ObjectStore {
    this.#store ??= new ObjectStore(join(this.#folder, 'objects'));
    return this.#store;
  }

  /** Whether `oid` is here. A mirror that cannot be searched is thrown away. */
  has(oid: Oid): boolean {
    try {
      return this.objects.has(oid);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.discard();
      return false;
    }
  }

  /**
   * Brings `wanted` into the mirror. Afterwards the objects are there as far as the server sent them.
   * @throws {WantRefused} @throws {F2gitError} what `uploadPack` throws; `source-invalid` when the answer cannot be read
   */
  async fetch(url: string, wanted: Wanted, uploadPack: UploadPack): Promise<void> {
    if (this.#countPacks() >= MAX_PACKS) this.discard();
    this.#prepare();
    // Loading isomorphic-git takes longer than asking whether anything changed.
    const { default: git } = await import('isomorphic-git');
    try {
      await git.fetch({
        fs: { promises: { ...nodeFs.promises, writeFile: writeWhole } },
        http: answeringHttp(wanted, uploadPack),
        gitdir: this.#folder,
        url,
        ref: 'mirror',
        remote: 'origin',
        remoteRef: 'refs/heads/tip0',
        singleBranch: wanted.tips.length === 1,
        ...(wanted.depth === 1 && wanted.advertisement.capabilities.has('shallow') ? { depth: 1 } : {}),
      });
    } catch (error) {
      if (error instanceof F2gitError || error instanceof WantRefused) throw error;
      throw new F2gitError('source-invalid', {
        params: { address: safeAddress(url), detail: messageOf(error) },
        cause: error,
      });
    } finally {
      this.close();
    }
  }

  /** Remembers that everything of `tip` is here. */
  async record(tip: Oid): Promise<void> {
    await writeWhole(join(this.#folder, MIRROR_REF), `${tip}\n`);
  }

  /** Throws everything away: the next fetch starts anew. */
  discard(): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  #countPacks(): number {
    const packs = join(this.#folder, 'objects', 'pack');
    return existsSync(packs) ? readdirSync(packs).filter((name) => name.endsWith('.pack')).length : 0;
  }

  #prepare(): void {
    for (const part of ['objects/pack', 'refs/heads', 'refs/remotes/origin']) {
      makeFolder(join(this.#folder, part), 0o700);
    }
    writeFileSync(join(this.#folder, 'config'), CONFIG);
    writeFileSync(join(this.#folder, 'HEAD'), `ref: ${MIRROR_REF}\n`);
  }
}

/**
 * A file is there whole or not at all when the process dies. After a power cut it may be empty: every object is checked
 * against its id when read, and a mirror that fails is fetched again, so nothing here waits for the disk.
 */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await nodeFs.promises.writeFile(temporary, content);
    await nodeFs.promises.rename(temporary, path);
  } catch (error) {
    await nodeFs.promises.rm(temporary, { force: true });
    throw error;
  }
}

/** The HTTP client isomorphic-git gets: the first request is answered from `wanted`, the second is sent. */
function answeringHttp(wanted: Wanted, uploadPack: UploadPack): HttpClient {
  return {
    request: async ({ url, method, body }) => {
      const isFetch = method === 'POST';
      const answer = isFetch ? await uploadPack(askingForThinPack(await textOf(body))) : Buffer.from(advertise(wanted));
      return {
        url,
        method,
        headers: { 'content-type': `application/x-git-upload-pack-${isFetch ? 'result' : 'advertisement'}` },
        body: once(answer),
        statusCode: 200,
        statusMessage: 'OK',
      };
    },
  };
}

/** The server's abilities that isomorphic-git understands, over refs named by us. */
function advertise({ advertisement, tips }: Wanted): string {
  const known = ['multi_ack_detailed', 'no-done', 'side-band-64k', 'ofs-delta', 'shallow'];
  const abilities = known.filter((name) => advertisement.capabilities.has(name)).join(' ');
  const refs = tips.map((tip, index) => `${tip} refs/heads/tip${index}`);
  const lines = [`${tips[0] ?? ''} HEAD\0${abilities} symref=HEAD:refs/heads/tip0`, ...refs];
  const packets = lines.map((line) => packetLine(`${line}\n`)).join('');
  return `${packetLine('# service=git-upload-pack\n')}0000${packets}0000`;
}

/**
 * Without `thin-pack`, which isomorphic-git 1.44 reads but never asks for, a server answers a fetch of one commit with
 * all its files again, whatever is here already. The mirror never drops a pack that another one builds on.
 */
function askingForThinPack(request: string): string {
  const length = Number.parseInt(request.slice(0, 4), 16);
  const want = request.slice(4, length).replace(/\n$/, ' thin-pack\n');
  return packetLine(want) + request.slice(length);
}

async function textOf(body: AsyncIterableIterator<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  // isomorphic-git 1.44 passes an array where its types say async iterator; `for await` reads both.
  if (body !== undefined) for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}
