/**
 * Walks a WebDAV tree folder by folder. `Depth: infinity` is never asked: servers refuse it or, worse, answer one level
 * as if it were all.
 */
import { MAX_DEPTH } from '../../core/paths.ts';
import { F2gitError } from '../../errors.ts';
import { aheadOf } from '../server-clock.ts';
import type { EntryProblem } from '../source.ts';
import { type Child, type ChildProblem, type FolderAnswer, readFolder } from './folder.ts';
import { type DavName, decodeSegment, segmentsOfHref } from './href.ts';
import { Known, type Place, placeOf, type RememberedFolder, treeEtag, type WalkMemory } from './known.ts';
import { type DavProps, TOO_MUCH } from './multistatus.ts';
import { type DavAnswer, type DavServer, type HoldBudget, propfind } from './propfind.ts';
import { sizeOf, stampOf } from './stamp.ts';

export interface WalkInput {
  readonly server: DavServer;
  /** The folder to list, ending with `/`. */
  readonly url: string;
  readonly isPublicShare: boolean;
  readonly memory: WalkMemory | undefined;
  readonly now: () => Date;
}

export interface FoundFile {
  /** Below the root. */
  readonly path: readonly DavName[];
  readonly stamp: string;
  readonly size: number | null;
  /** When it last changed, by this machine's clock (milliseconds since 1970); absent when the server gives no date. */
  readonly modified?: number;
}

export interface WalkedTree {
  readonly kind: 'tree';
  /** Where the root answered, ending with `/`; on the origin that was asked. */
  readonly url: string;
  readonly files: readonly FoundFile[];
  readonly problems: readonly EntryProblem[];
  /** False when the server listed an item without a usable address. */
  readonly complete: boolean;
  readonly folders: ReadonlyMap<string, RememberedFolder>;
  /** When every folder was last asked for. */
  readonly walked: Date;
}

export type Walked =
  | WalkedTree
  /** Every answer is the one the memory holds. */
  | { readonly kind: 'unchanged' }
  /** The address is that of one file, such as a share of a single file. */
  | { readonly kind: 'file'; readonly url: string; readonly props: DavProps };

/** Requests under way at once. */
const PARALLEL = 4;

/** A symbolic link to a folder above itself multiplies folders without end. */
const MAX_FOLDERS = 20_000;
const MAX_FILES = 200_000;
/** Characters of all names as addresses have them: 200,000 files with 60 each. Each character takes some ten bytes in the end. */
const MAX_NAMES = 12 * 1024 * 1024;

/** Unread answers kept at once: an unchanged course of 5,000 files has 2 MB. */
const HELD_BYTES = 32 * 1024 * 1024;

/** A file younger than this when the server answered may change again within the precision of its date. */
const SETTLED_MS = 3000;

/**
 * Lists everything below `input.url`. A folder that cannot be read is a problem on its path.
 * @throws {F2gitError} when the root cannot be read, the credentials fail midway, the server is gone, `too-large`
 */
export async function walk(input: WalkInput, signal: AbortSignal): Promise<Walked> {
  const abort = new AbortController();
  try {
    return await new Walk(input, AbortSignal.any([signal, abort.signal])).run();
  } finally {
    abort.abort();
  }
}

type Contents = Extract<FolderAnswer, { kind: 'folder' }>;

class Walk {
  readonly #input: WalkInput;
  readonly #signal: AbortSignal;
  readonly #known: Known;
  readonly #budget: HoldBudget = { left: HELD_BYTES };
  readonly #waiting: Place[] = [];
  /** Answers equal to the remembered ones: read only if anything else changed. */
  readonly #same: { readonly place: Place; readonly answer: DavAnswer }[] = [];
  readonly #files: FoundFile[] = [];
  readonly #problems: EntryProblem[] = [];
  readonly #folders = new Map<string, RememberedFolder>();
  #rootPath: readonly DavName[] = [];
  #url: string;
  #asked = 0;
  #named = 0;
  #isChanged = false;
  #isNamed = true;
  #isPruned = false;

  constructor(input: WalkInput, signal: AbortSignal) {
    this.#input = input;
    this.#signal = signal;
    this.#url = input.url;
    this.#known = new Known(input.memory, input.now());
  }

  async run(): Promise<Walked> {
    const root = placeOf([]);
    const answer = await this.#ask(root);
    this.#settleRoot(answer.url);
    if (this.#known.isSameAnswer(root, answer.digest)) {
      this.#keepSame(root, answer);
    } else {
      const contents = this.#contentsOf([], answer);
      if (contents.kind === 'file') return { kind: 'file', url: this.#url, props: contents.self };
      if (contents.kind === 'refused') throw new F2gitError(contents.code, { params: contents.params });
      this.#take(root, answer, contents);
    }
    await this.#visitWaiting();
    if (!this.#isChanged && !this.#known.isDue) return { kind: 'unchanged' };
    this.#readSame();
    return this.#result();
  }

  #result(): WalkedTree {
    return {
      kind: 'tree',
      url: this.#url,
      files: this.#files,
      problems: this.#problems,
      complete: this.#isNamed,
      folders: this.#folders,
      walked: this.#isPruned ? (this.#input.memory?.walked ?? this.#input.now()) : this.#input.now(),
    };
  }

  #ask({ path }: Place): Promise<DavAnswer> {
    const url = this.#url + path.map(({ encoded }) => `${encoded}/`).join('');
    return propfind(this.#input.server, url, 1, this.#budget, this.#signal);
  }

  #contentsOf(path: readonly DavName[], answer: DavAnswer): FolderAnswer {
    return readFolder(answer.responses(), [...this.#rootPath, ...path], this.#input.server.dialect);
  }

  /** Names are compared with where the root answered. Requests follow it only within the origin: they are signed. */
  #settleRoot(answered: string): void {
    const url = new URL(answered);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    this.#rootPath = segmentsOfHref(url.pathname);
    if (url.origin === new URL(this.#url).origin) this.#url = url.origin + url.pathname;
  }

  async #visitWaiting(): Promise<void> {
    const running = new Set<Promise<void>>();
    while (this.#waiting.length > 0 || running.size > 0) {
      for (const place of this.#waiting.splice(0, PARALLEL - running.size)) {
        const visit: Promise<void> = this.#visit(place).finally(() => running.delete(visit));
        running.add(visit);
      }
      await Promise.race(running);
    }
  }

  async #visit(place: Place): Promise<void> {
    const read = await this.#read(place).catch((error: unknown) => this.#folderProblem(error));
    if (read instanceof F2gitError) this.#reportFolder(place, read);
    else if (read.contents === undefined) this.#keepSame(place, read.answer);
    else this.#take(place, read.answer, read.contents);
  }

  /** Asks for a folder below the root and reads it, unless it answers as remembered. */
  async #read(place: Place): Promise<{ readonly answer: DavAnswer; readonly contents?: Contents }> {
    const answer = await this.#ask(place);
    if (this.#known.isSameAnswer(place, answer.digest)) return { answer };
    const contents = this.#contentsOf(place.path, answer);
    if (contents.kind === 'folder') return { answer, contents };
    const params = contents.kind === 'refused' ? contents.params : { detail: 'the folder has become a file' };
    throw new F2gitError(contents.kind === 'refused' ? contents.code : 'source-invalid', { params });
  }

  /** The problem of one folder; an error that concerns the whole source is thrown on. */
  async #folderProblem(error: unknown): Promise<F2gitError> {
    if (!(error instanceof F2gitError)) throw error;
    switch (error.code) {
      case 'source-not-found':
        return new F2gitError('source-gone', { params: error.params, cause: error });
      case 'source-forbidden':
      case 'source-gone':
      case 'source-invalid':
      case 'source-truncated':
      case 'too-large':
        return error;
      case 'source-unreachable':
        // For a folder they cannot read, nginx and SabreDAV answer 500 and Apache may drop the connection. If the root
        // still answers, the server is there and this folder is what is wrong.
        await propfind(this.#input.server, this.#url, 0, { left: 0 }, this.#signal);
        return error;
      default:
        throw error;
    }
  }

  #keepSame(place: Place, answer: DavAnswer): void {
    this.#same.push({ place, answer });
    for (const folder of this.#known.foldersIn(place)) this.#enter(folder, undefined);
  }

  /** Now that something changed, reads the answers that did not. Their folders are visited already. */
  #readSame(): void {
    for (const { place, answer } of this.#same) {
      const contents = this.#contentsOf(place.path, answer);
      // The same bytes were read as a folder when they were remembered.
      if (contents.kind !== 'folder') throw new F2gitError('bug', { params: { detail: 'remembered answer is none' } });
      this.#keep(place, answer, contents);
    }
  }

  #take(place: Place, answer: DavAnswer, contents: Contents): void {
    this.#isChanged = true;
    this.#keep(place, answer, contents);
    for (const folder of contents.folders) this.#enter(placeOf([...place.path, folder]), folder.props);
    for (const problem of contents.problems) this.#reportChild(place, problem);
  }

  #keep(place: Place, answer: DavAnswer, contents: Contents): void {
    const { self, files } = contents;
    this.#countNames(contents);
    const ahead = aheadOf(answer.date, this.#input.now());
    const found = files.map((file) => foundFile(place, file, ahead));
    this.#addFiles(found);
    const etag = treeEtag(self, this.#input.isPublicShare);
    const isSettled = newestDate(files) < (answer.date ?? this.#input.now()).getTime() - SETTLED_MS;
    this.#folders.set(place.key, {
      ...(isSettled ? { answer: answer.digest } : {}),
      ...(etag === undefined ? {} : { tree: { etag, files: found.map(rememberedFile) } }),
    });
  }

  #countNames({ files, folders, problems }: Contents): void {
    for (const { encoded } of [...files, ...folders]) this.#named += encoded.length;
    for (const { name = '' } of problems) this.#named += name.length;
    if (this.#named > MAX_NAMES) throw new F2gitError('too-large', { params: { detail: TOO_MUCH } });
  }

  /** Takes a folder from memory where that is sound, else visits it. */
  #enter(place: Place, props: DavProps | undefined): void {
    const tree = this.#known.unchangedTree(place, props, this.#input.isPublicShare);
    if (tree === undefined) {
      this.#queue(place);
      return;
    }
    this.#isPruned = true;
    for (const folder of tree.folders) {
      this.#addFiles(
        folder.files.map(([encoded, stamp, size]) => ({
          path: [...folder.place.path, decodeSegment(encoded)],
          stamp,
          size,
        })),
      );
      const remembered = this.#input.memory?.folders.get(folder.place.key);
      if (remembered !== undefined) this.#folders.set(folder.place.key, remembered);
    }
    for (const folder of tree.ask) this.#queue(folder);
  }

  #queue(place: Place): void {
    this.#asked += 1;
    if (this.#asked > MAX_FOLDERS) throw new F2gitError('too-large', { params: { folders: MAX_FOLDERS } });
    // What lies deeper has no legal path; a link to a folder above itself ends here too.
    if (place.path.length < MAX_DEPTH) this.#waiting.push(place);
    else this.#reportFolder(place, new F2gitError('name-refused', { params: { depth: MAX_DEPTH } }));
  }

  #addFiles(files: readonly FoundFile[]): void {
    if (this.#files.length + files.length > MAX_FILES) {
      throw new F2gitError('too-large', { params: { files: MAX_FILES } });
    }
    this.#files.push(...files);
  }

  #reportFolder({ path }: Place, { code, params }: F2gitError): void {
    this.#isChanged = true;
    this.#problems.push({ segments: path.map(({ name }) => name), code, params });
  }

  #reportChild({ path }: Place, { name, code, params }: ChildProblem): void {
    if (name === undefined) this.#isNamed = false;
    const segments = [...path.map((one) => one.name), name ?? NAMELESS];
    this.#problems.push({ segments, code, ...(params === undefined ? {} : { params }) });
  }
}

/** Stands for an item without a usable name in reports. */
const NAMELESS = '?';

function foundFile(place: Place, { name, encoded, props }: Child, ahead: number): FoundFile {
  const date = Date.parse(props.modified ?? '');
  return {
    path: [...place.path, { name, encoded }],
    stamp: stampOf(props),
    size: sizeOf(props),
    ...(Number.isNaN(date) ? {} : { modified: date + ahead }),
  };
}

function rememberedFile({ path, stamp, size }: FoundFile): readonly [string, string, number | null] {
  return [path.at(-1)?.encoded ?? '', stamp, size];
}

/** The youngest file's date in milliseconds; a date that cannot be read counts as now. */
function newestDate(files: readonly Child[]): number {
  return files.reduce((newest, { props }) => {
    const time = Date.parse(props.modified ?? '');
    // Without a date the entity tag tells versions apart on its own.
    if (Number.isNaN(time)) return props.etag === undefined ? Infinity : newest;
    return Math.max(newest, time);
  }, -Infinity);
}
