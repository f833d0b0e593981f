/** One look at a course: every file with what students may see of it, and what could not be read. */
import { MAX_DEPTH } from '../../core/paths.ts';
import { F2gitError } from '../../errors.ts';
import type { EntryProblem, Window } from '../source.ts';
import { type Api, atOnce, wholeList } from './api.ts';
import { courseFolders } from './course-folders.ts';
import { type BadItem, type FileRef, type Folder, readFileRefs } from './documents.ts';
import { type FolderTree, placeFolders, type PlacedFolder } from './folder-tree.ts';
import type { KnownFolder } from './known.ts';
import type { Resolved } from './place.ts';
import { isFree, readTerms, type Terms } from './terms.ts';

export interface FoundFile {
  readonly ref: FileRef;
  /** Names from the top to the file. */
  readonly segments: readonly string[];
  /** When students may see it; undefined while it is withheld. */
  readonly window: Window | undefined;
}

export interface Reading {
  /** By id. */
  readonly found: ReadonlyMap<string, FoundFile>;
  readonly problems: readonly EntryProblem[];
  /** Whether everything outside the problems was seen. */
  readonly complete: boolean;
  /** All folders below the top, and those known before that may be there still, by id. */
  readonly folders: ReadonlyMap<string, KnownFolder>;
  /** Whether the account may see what students do not. */
  readonly isStaff: boolean;
  /** Folders left out because they hold what single students hand in, or are one group's. */
  readonly personal: number;
  readonly terms: Terms;
}

/** More files than this are no course. */
const MAX_FILES = 200_000;

/** Stands for an item without a readable name in reports. */
const NAMELESS = '?';

/**
 * Reads the course; `known` are its folders as they were before: only then can one be named that Stud.IP fails on.
 * @throws {F2gitError} what concerns the whole course: `source-login`, `source-forbidden`, `source-unreachable`, …
 */
export function readCourse(
  api: Api,
  place: Resolved,
  known: ReadonlyMap<string, KnownFolder>,
  signal: AbortSignal,
): Promise<Reading> {
  return new CourseReader(api, place, known, signal).run();
}

class CourseReader {
  readonly #api: Api;
  readonly #place: Resolved;
  readonly #known: ReadonlyMap<string, KnownFolder>;
  readonly #signal: AbortSignal;
  readonly #found = new Map<string, FoundFile>();
  readonly #problems: EntryProblem[] = [];
  /** Folders Stud.IP fails on. */
  readonly #broken = new Set<string>();
  /** Folders that were known and are deleted. */
  readonly #gone = new Set<string>();
  #terms: Terms = new Map();
  #isStaff = true;
  #complete = true;

  constructor(api: Api, place: Resolved, known: ReadonlyMap<string, KnownFolder>, signal: AbortSignal) {
    this.#api = api;
    this.#place = place;
    this.#known = known;
    this.#signal = signal;
  }

  async run(): Promise<Reading> {
    const { only } = this.#place;
    const tree = await this.#readTree();
    this.#terms = await readTerms(this.#api, this.#signal);
    if (only === undefined) await this.#readFiles(tree);
    else this.#takeOnly(only, tree);
    return {
      found: this.#found,
      problems: outermost(this.#problems),
      complete: this.#complete,
      folders: new Map([...this.#knownFolders(), ...foldersBelow(tree)]),
      isStaff: this.#isStaff,
      personal: [...tree.placed.values()].filter(isPersonal).length,
      terms: this.#terms,
    };
  }

  async #readTree(): Promise<FolderTree> {
    const { items, broken } = await courseFolders(this.#api, this.#place.course, this.#signal);
    const folders = items.flatMap((one) => (one.kind === 'good' ? [one.item] : []));
    const root = folders.find(({ parent }) => parent === undefined);
    const top = this.#place.top ?? root?.id ?? '';
    this.#isStaff = root?.isEditable !== false || folders.some(({ type }) => type === 'HiddenFolder');
    const others = broken === 0 ? [] : await this.#identify(folders);
    const tree = placeFolders([...folders, ...others], top);
    for (const one of items) if (one.kind === 'bad') this.#reportBad(one, tree);
    const isSomeUnknown = broken > others.length || tree.homeless.length > 0;
    if (isSomeUnknown) this.#reportNameless([], 'Stud.IP does not say which folder it fails on');
    if (this.#place.only === undefined && !tree.placed.has(top)) {
      throw new F2gitError('source-forbidden', { params: { detail: 'the folder is not in the list of its course' } });
    }
    return tree;
  }

  /** Finds the folders Stud.IP fails on among those that were listed before and are not now. */
  async #identify(listed: readonly Folder[]): Promise<readonly Folder[]> {
    const ids = new Set(listed.map(({ id }) => id));
    const missing = [...this.#known].filter(([id]) => !ids.has(id));
    await atOnce(missing, this.#signal, async ([id], signal) => {
      const { kind } = await this.#api.single(`folders/${id}`, signal);
      if (kind === 'broken') this.#broken.add(id);
      if (kind === 'missing') this.#gone.add(id);
    });
    return missing.filter(([id]) => this.#broken.has(id)).map(([id, known]) => standIn(id, known));
  }

  *#knownFolders(): Generator<readonly [string, KnownFolder]> {
    for (const [id, folder] of this.#known) if (!this.#gone.has(id)) yield [id, folder];
  }

  async #readFiles({ placed }: FolderTree): Promise<void> {
    await atOnce(placed.values(), this.#signal, async ({ folder, segments, view }, signal) => {
      if (segments === undefined || view.kind === 'private') return;
      if (segments.length > MAX_DEPTH) this.#report(segments, tooDeep());
      else if (this.#broken.has(folder.id)) this.#report(segments, brokenFolder());
      else if (view.kind === 'unknown') this.#report(segments, pluginFolder(folder));
      else if (folder.isReadable && folder.count !== 0) await this.#readFolder({ folder, segments, view }, signal);
    });
  }

  async #readFolder(place: PlacedFolder & { segments: readonly string[] }, signal: AbortSignal): Promise<void> {
    const { folder, segments } = place;
    const path = `folders/${folder.id}/file-refs?include=file`;
    const list = await wholeList(this.#api, path, signal).catch((error: unknown) => this.#folderTrouble(error, signal));
    if (list instanceof F2gitError) {
      this.#report(segments, list);
    } else if (list.kind === 'broken') {
      this.#report(segments, brokenFolder());
    } else {
      for (const one of readFileRefs(list.data, list.included)) {
        if (one.kind === 'bad') this.#reportBadFile(one, segments);
        else if (one.item.folder === folder.id) this.#take(one.item, place);
        else this.#reportBadFile({ kind: 'bad', name: one.item.name }, segments);
      }
    }
  }

  /** The trouble of one folder; what concerns the whole site is thrown on. */
  async #folderTrouble(error: unknown, signal: AbortSignal): Promise<F2gitError> {
    if (!(error instanceof F2gitError)) throw error;
    switch (error.code) {
      case 'source-not-found':
        return new F2gitError('source-gone', { params: error.params, cause: error });
      case 'source-forbidden':
      case 'source-invalid':
      case 'source-changed':
      case 'source-truncated':
      case 'too-large':
        return error;
      default:
        if (await this.#api.isOneThingsFault(error, signal)) return failingFolder(error);
        throw error;
    }
  }

  #take(ref: FileRef, { segments = [], view }: PlacedFolder): void {
    if (this.#found.size >= MAX_FILES) throw new F2gitError('too-large', { params: { files: MAX_FILES } });
    const isVisible = view.kind === 'open' && isFree(ref, this.#terms, this.#isStaff);
    const window = isVisible ? view.window : undefined;
    this.#found.set(ref.id, { ref, segments: [...segments, ref.name], window });
  }

  /** A single file: also where its folder is out of sight, if Stud.IP lets a student who has its address download it. */
  #takeOnly(ref: FileRef, { placed }: FolderTree): void {
    const place = placed.get(ref.folder);
    if (place !== undefined) {
      this.#take(ref, place);
      return;
    }
    const isVisible = !this.#isStaff && isFree(ref, this.#terms, false);
    this.#found.set(ref.id, { ref, segments: [ref.name], window: isVisible ? {} : undefined });
  }

  #report(segments: readonly string[], { code, params }: F2gitError): void {
    this.#problems.push({ segments, code, params });
  }

  #reportBad({ name, parent }: BadItem, { placed }: FolderTree): void {
    const above = parent === undefined ? undefined : placed.get(parent);
    if (above !== undefined && above.segments === undefined) return;
    if (name === undefined || above?.segments === undefined) this.#reportNameless([], NO_NAME);
    else this.#problems.push({ segments: [...above.segments, name], code: 'source-invalid' });
  }

  #reportBadFile({ name }: BadItem, folder: readonly string[]): void {
    if (name === undefined) this.#reportNameless(folder, NO_NAME);
    else this.#problems.push({ segments: [...folder, name], code: 'source-invalid' });
  }

  /** Without a name nobody can say what it is not: nothing may be taken for deleted. */
  #reportNameless(folder: readonly string[], detail: string): void {
    this.#complete = false;
    this.#problems.push({ segments: [...folder, NAMELESS], code: 'source-invalid', params: { detail } });
  }
}

const NO_NAME = 'Stud.IP lists something without a name';

function brokenFolder(): F2gitError {
  const detail = 'Stud.IP fails on this folder: a file in it is of a plugin that is gone';
  return new F2gitError('source-invalid', { params: { detail } });
}

function failingFolder(cause: F2gitError): F2gitError {
  return new F2gitError('source-invalid', { params: { detail: 'Stud.IP fails on this request' }, cause });
}

function tooDeep(): F2gitError {
  return new F2gitError('name-refused', { params: { depth: MAX_DEPTH } });
}

function pluginFolder({ type }: Folder): F2gitError {
  return new F2gitError('kind-refused', { params: { kind: type } });
}

/** A folder that is there under the name it had, of which nothing can be learned. */
function standIn(id: string, { parent, name }: KnownFolder): Folder {
  return {
    ...{ id, name, type: 'StandardFolder', isReadable: true, isEditable: false, count: undefined, rights: {} },
    ...(parent === undefined ? {} : { parent }),
  };
}

function isPersonal({ segments, view }: PlacedFolder): boolean {
  return segments !== undefined && view.kind === 'private';
}

function foldersBelow({ placed }: FolderTree): ReadonlyMap<string, KnownFolder> {
  const below = [...placed].filter(([, { segments }]) => segments !== undefined);
  return new Map(below.map(([id, { folder }]) => [id, knownFolder(folder)]));
}

function knownFolder({ name, parent }: Folder): KnownFolder {
  return parent === undefined ? { name } : { name, parent };
}

/** A problem on a folder says all there is to say of what is below, and it is said once. */
function outermost(problems: readonly EntryProblem[]): readonly EntryProblem[] {
  const byPlace = new Map(problems.map((problem) => [JSON.stringify(problem.segments), problem]));
  const isAbove = (segments: readonly string[], length: number) =>
    byPlace.has(JSON.stringify(segments.slice(0, length)));
  return [...byPlace.values()].filter(({ segments }) => !segments.some((_, length) => isAbove(segments, length)));
}
