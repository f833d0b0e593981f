/**
 * A course in memory, for tests of everything that takes an offer: versions are published one after the other, the
 * history remembers all of them, contents are checked by their ids.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { entryId, oid, parseCourseId, type EntryId, type Oid } from '../../src/core/ids.ts';
import type { Contents, Frozen, Offer, OfferedFile, SourceState } from '../../src/core/offer.ts';
import { comparePaths, relPathOf, type RelPath } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';

/** Text, bytes, or either with the executable bit. */
export type CourseFile = string | Uint8Array | { readonly content: string | Uint8Array; readonly executable: boolean };
export type CourseFiles = Readonly<Record<string, CourseFile>>;

export interface CourseOptions {
  /** `path` (default): a file's id is its path. `stable`: `rename` keeps the id. */
  readonly identity?: 'path' | 'stable';
  readonly name?: string;
}

/** A course with its first version. `course({ 'a.txt': 'one' })` */
export function course(files: CourseFiles, options: CourseOptions = {}): MemoryCourse {
  return new MemoryCourse(files, options);
}

interface Version {
  readonly id: EntryId;
  readonly oid: Oid;
  readonly size: number;
  readonly executable: boolean;
}

export class MemoryCourse {
  /** What the next offers say beside the files. */
  frozen: readonly Frozen[] = [];
  deletions: Offer['deletions'] = 'certain';
  source: SourceState = { state: 'fresh', complete: true, requests: 1, bytes: 0, problems: [] };
  /** Contents that cannot be had at the moment. */
  readonly missing = new Set<Oid>();
  /** How often the history was asked for. */
  historyReads = 0;

  private readonly options: CourseOptions;
  private readonly files = new Map<RelPath, Version>();
  private readonly blobs = new Map<Oid, Uint8Array>();
  private readonly byId = new Set<string>();
  private readonly byPath = new Set<string>();
  private ids = 0;

  constructor(files: CourseFiles, options: CourseOptions) {
    this.options = options;
    this.publish(files);
  }

  /** The course's tree is exactly this from now on; files of the same path keep their id. */
  publish(files: CourseFiles): this {
    for (const path of this.files.keys()) if (!(path in files)) this.files.delete(path);
    return this.put(files);
  }

  /** Adds and changes files; the others stay. */
  put(files: CourseFiles): this {
    for (const [path, file] of Object.entries(files)) this.putOne(relPathOf(path), file);
    return this;
  }

  remove(...paths: readonly string[]): this {
    for (const path of paths) this.files.delete(relPathOf(path));
    return this;
  }

  /** Renames a file; it keeps its id where the course claims stable identity. */
  rename(from: string, to: string): this {
    const version = this.files.get(relPathOf(from));
    if (version === undefined) throw new Error(`no such file in the course: ${from}`);
    this.files.delete(relPathOf(from));
    const id = this.options.identity === 'stable' ? version.id : entryId(to);
    this.set(relPathOf(to), { ...version, id });
    return this;
  }

  offer(): Offer {
    const files = [...this.files]
      .map(([path, version]): OfferedFile => ({ path, ...version }))
      .filter(({ path }) => !this.frozen.some((frozen) => path === frozen.path || path.startsWith(`${frozen.path}/`)))
      .sort((a, b) => comparePaths(a.path, b.path));
    const name = this.options.name ?? 'intro';
    const id = parseCourseId(name);
    if (id === undefined) throw new Error(`not a course id: ${name}`);
    const { frozen, deletions, source } = this;
    const head = sha1(JSON.stringify([files, frozen]));
    const whole = frozen.length === 0 ? { isWhole: true as const } : {};
    return { course: id, title: name, identity: `memory:${name}`, head, files, frozen, ...whole, deletions, source };
  }

  contents(): Contents {
    const find = (id: Oid): Uint8Array => {
      const bytes = this.missing.has(id) ? undefined : this.blobs.get(id);
      if (bytes === undefined) throw new F2gitError('object-missing', { params: { oid: id } });
      return bytes;
    };
    return {
      history: () => {
        this.historyReads++;
        return Promise.resolve({
          has: (id: EntryId, path: RelPath, version: Oid) =>
            this.byId.has(`${id} ${version}`) || this.byPath.has(`${path} ${version}`),
          versions: (id: EntryId, path: RelPath) =>
            [...this.blobs.keys()]
              .filter((version) => this.byId.has(`${id} ${version}`) || this.byPath.has(`${path} ${version}`))
              .reverse(),
        });
      },
      read: (id) => Promise.resolve(id).then(find),
      writeTo: (id, fd) =>
        Promise.resolve(id)
          .then(find)
          .then((bytes) => {
            for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
          }),
    };
  }

  /** The id of the version offered at `path` now. */
  oidOf(path: string): Oid {
    const version = this.files.get(relPathOf(path));
    if (version === undefined) throw new Error(`no such file in the course: ${path}`);
    return version.oid;
  }

  idOf(path: string): EntryId {
    const version = this.files.get(relPathOf(path));
    if (version === undefined) throw new Error(`no such file in the course: ${path}`);
    return version.id;
  }

  private putOne(path: RelPath, file: CourseFile): void {
    const isPlain = typeof file === 'string' || file instanceof Uint8Array;
    const bytes = Buffer.from(isPlain ? (file as string) : (file.content as string));
    const id = this.files.get(path)?.id ?? this.newId(path);
    const version = oidOfBytes(bytes);
    this.blobs.set(version, bytes);
    this.set(path, { id, oid: version, size: bytes.length, executable: isPlain ? false : file.executable });
  }

  private set(path: RelPath, version: Version): void {
    this.files.set(path, version);
    this.byId.add(`${version.id} ${version.oid}`);
    this.byPath.add(`${path} ${version.oid}`);
  }

  private newId(path: RelPath): EntryId {
    return this.options.identity === 'stable' ? entryId(`id-${++this.ids}`) : entryId(path);
  }
}

/** Git's object id of a file with this content. */
export function oidOfBytes(content: string | Uint8Array): Oid {
  const bytes = Buffer.from(content as string);
  return oid(createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'));
}

function sha1(text: string): Oid {
  return oid(createHash('sha1').update(text).digest('hex'));
}
