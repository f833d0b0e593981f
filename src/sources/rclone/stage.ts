/**
 * Reading many small files at once: one `rclone copy` for some hundred of them into a folder of ours, from where each is
 * handed over and removed. What does not arrive there as it was listed is read alone.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, F2gitError, systemErrorName } from '../../errors.ts';
import type { Ending } from './child.ts';
import { copyCommand, placeOf, statSomeCommand } from './commands.ts';
import { contentCheck, type ListedFile, type OpenRemote, versionOf } from './content.ts';
import { readItems } from './list.ts';
import { createPatience } from './patience.ts';
import { troubleIn, troubleOf } from './trouble.ts';

/** Larger files go straight through. Bytes. */
const LARGEST = 4 * 1024 * 1024;
/** What lies in the folder at once. */
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_FILES = 400;
/** Fewer are read alone: it costs the same. */
const FEWEST = 3;
/** rclone counts what it sends to the disk: room for what it repeats. Bytes. */
const SLACK = 1024 * 1024;

interface Batch {
  readonly files: readonly ListedFile[];
  readonly signal: AbortSignal;
  copied?: Promise<Copied>;
}

/** What a copy left behind. */
interface Copied {
  readonly folder: string;
  /** Files that came as they were listed, or prove it themselves. */
  readonly arrived: ReadonlySet<ListedFile>;
  /** Why others did not. */
  readonly troubles: ReadonlyMap<ListedFile, F2gitError>;
  /** Why no other is to be read alone either; undefined when it may be. */
  readonly ofAll: F2gitError | undefined;
}

export class Stage {
  readonly #remote: OpenRemote;
  readonly #parent: string;
  readonly #home: string;
  readonly #batches = new Map<ListedFile, Batch>();
  #count = 0;
  #isMade = false;

  /** `parent` is a private folder; several stages may be in it. */
  constructor(remote: OpenRemote, parent: string) {
    this.#remote = remote;
    this.#parent = parent;
    this.#home = join(parent, `${PREFIX}${String(process.pid)}-${randomUUID()}`);
  }

  /** Says which files will be taken, in this order. Nothing is read before the first of a batch is. */
  plan(files: readonly ListedFile[], signal: AbortSignal): void {
    for (const some of inBatches(files.filter(isSmall))) {
      if (some.length < FEWEST) continue;
      const batch: Batch = { files: some, signal };
      for (const file of some) this.#batches.set(file, batch);
    }
  }

  /**
   * The content of a planned file; undefined when it has to be read alone. Each file is given once.
   * @throws {F2gitError} what rclone said of this file
   */
  async take(file: ListedFile): Promise<Uint8Array | undefined> {
    const batch = this.#batches.get(file);
    if (batch === undefined) return undefined;
    this.#batches.delete(file);
    batch.copied ??= this.#copy(batch);
    const { folder, arrived, troubles, ofAll } = await batch.copied;
    const trouble = troubles.get(file);
    if (trouble !== undefined) throw trouble;
    const bytes = arrived.has(file) ? await handOver(file, join(folder, file.item.path), this.#remote) : undefined;
    if (bytes === undefined && ofAll !== undefined) throw ofAll;
    return bytes;
  }

  async close(): Promise<void> {
    this.#batches.clear();
    await rm(this.#home, { recursive: true, force: true });
  }

  async #copy({ files, signal }: Batch): Promise<Copied> {
    await this.#make();
    this.#count += 1;
    const list = join(this.#home, `${String(this.#count)}.list`);
    const folder = join(this.#home, String(this.#count));
    await writeFile(list, files.map(({ item }) => `${item.path}\n`).join(''));
    const { rclone, config, reading } = this.#remote;
    const bytes = files.reduce((sum, { item }) => sum + (item.size ?? 0), SLACK);
    const command = copyCommand(config, { list, stage: folder, bytes, reading });
    const ending = await rclone.ask(command, signal, createPatience(MOST_UNANSWERED));
    const troubles = troublesOf(ending, files, placeOf(config));
    const ofAll = ending.gaveUp ? troubleOf(ending, { remote: placeOf(config) }) : undefined;
    const whole = files.filter((file) => !troubles.has(file));
    const isProven = whole.every(({ item }) => contentCheck(item, reading).provesVersion);
    const arrived = isProven ? new Set(whole) : await this.#unmoved(whole, list, ofAll, signal);
    return { folder, arrived, troubles, ofAll };
  }

  /** The files of which the remote still says what the listing said: nobody wrote to them while they were copied. */
  async #unmoved(
    files: readonly ListedFile[],
    list: string,
    ofAll: F2gitError | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlySet<ListedFile>> {
    // An account that was refused is not tried once more.
    if (ofAll?.code === 'source-login') return new Set();
    const { rclone, config, reading } = this.#remote;
    const running = rclone.start(statSomeCommand(config, list, reading), signal, createPatience(MOST_UNANSWERED));
    const versions = new Map<string, string>();
    try {
      for await (const read of readItems(running.output, reading.hash)) {
        if (read.kind === 'item') versions.set(read.item.path, versionOf(read.item));
      }
      await running.ended;
    } finally {
      await running.stop();
    }
    return new Set(files.filter(({ item, version }) => versions.get(item.path) === version));
  }

  async #make(): Promise<void> {
    if (this.#isMade) return;
    this.#isMade = true;
    await mkdir(this.#parent, { recursive: true, mode: 0o700 });
    await sweep(this.#parent);
    await mkdir(this.#home, { mode: 0o700 });
  }
}

/** So many files without an answer are a server that does not answer: as many as rclone reads at once. */
const MOST_UNANSWERED = 4;

const PREFIX = 'rclone-';

/** Takes away what processes left that were killed. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^rclone-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorName(error) === 'EPERM';
  }
}

/** A line break would end the name in the list of files. */
function isSmall({ item: { path, size } }: ListedFile): boolean {
  return size !== null && size <= LARGEST && !/[\r\n]/.test(path);
}

function* inBatches(files: readonly ListedFile[]): Generator<readonly ListedFile[]> {
  let batch: ListedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const size = file.item.size ?? 0;
    if (batch.length === BATCH_FILES || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += size;
  }
  yield batch;
}

/** What rclone said of single files; when it only said something of all, that of each. */
function troublesOf(ending: Ending, files: readonly ListedFile[], remote: string): ReadonlyMap<ListedFile, F2gitError> {
  if (ending.code === 0 || ending.gaveUp) return new Map();
  const byPath = new Map(files.map((file) => [file.item.path, file]));
  const troubles = new Map<ListedFile, F2gitError>();
  for (const complaint of ending.log.complaints) {
    const file = complaint.path === undefined ? undefined : byPath.get(complaint.path);
    if (file !== undefined) troubles.set(file, troubleIn(ending, [complaint], { remote, path: file.item.path }));
  }
  if (troubles.size > 0) return onlyFinal(troubles);
  const trouble = troubleOf(ending, { remote });
  return onlyFinal(new Map(files.map((file) => [file, trouble])));
}

/**
 * What may be whole at the next try, which is to read it alone. Content that broke off may be that of another file, which
 * did not end and used up what all may take.
 */
const PASSING: ReadonlySet<ErrorCode> = new Set(['source-truncated', 'source-unreachable', 'source-throttled']);

function onlyFinal(troubles: ReadonlyMap<ListedFile, F2gitError>): ReadonlyMap<ListedFile, F2gitError> {
  return new Map([...troubles].filter(([, { code }]) => !PASSING.has(code)));
}

/** Checks and removes a file of the stage; undefined when it is not there as it was listed. */
async function handOver({ item }: ListedFile, path: string, { reading }: OpenRemote): Promise<Uint8Array | undefined> {
  const bytes = await readSmall(path);
  if (bytes === undefined) return undefined;
  await rm(path);
  const check = contentCheck(item, reading);
  try {
    check.add(bytes);
    check.end();
  } catch (error) {
    if (error instanceof F2gitError && error.code === 'source-changed') return undefined;
    throw error;
  }
  return bytes;
}

/** rclone writes some names in another way, and leaves out one of two that differ in the spelling of an umlaut only. */
async function readSmall(path: string): Promise<Uint8Array | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isFile() && stats.size <= LARGEST ? await readFile(path) : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemErrorName(error) ?? '')) return undefined;
    throw error;
  }
}
