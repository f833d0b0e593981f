/**
 * The flat manifest of a commit: every file with its object, size, mode, entry id and stamp, and every folder's tree,
 * in one file beside the repository's objects. It answers in milliseconds what walking trees answers in hundreds, and
 * it holds the commit's own text, so that a lost commit or tree can be written again.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseOid, type EntryId, type Oid } from '../core/ids.ts';
import { comparePaths, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, removeIfThere, syncFolder, writeFileDurably } from './durable-file.ts';

export interface ManifestFile {
  readonly path: RelPath;
  readonly oid: Oid;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
  readonly id: EntryId;
  /** The source's stamp of this content, so that a lost `course.json` costs no download. */
  readonly stamp: string;
}

export interface Manifest {
  readonly commit: Oid;
  readonly tree: Oid;
  /** The commit object, as git stores it. */
  readonly commitText: string;
  /** Sorted by path. */
  readonly files: readonly ManifestFile[];
  /** The tree of every folder; the root is `''`. */
  readonly folders: ReadonlyMap<string, Oid>;
}

/** How many commits keep their manifest; an older one is made again from its trees when somebody asks. */
const KEPT_MANIFESTS = 12;
const FORMAT = 'f2git-manifest 1';

/** Stores a manifest durably and forgets the oldest ones. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeFileDurably(join(folder, `manifest-${manifest.commit}`), encodeManifest(manifest));
  for (const name of manifestNames(folder).slice(0, -KEPT_MANIFESTS)) {
    if (name !== `manifest-${manifest.commit}`) removeIfThere(join(folder, name));
  }
}

/**
 * The stored manifest of `commit`, or undefined when there is none or it is damaged.
 * @throws {F2gitError} `repository-newer` when a newer f2git wrote it
 */
export function readManifest(folder: string, commit: Oid): Manifest | undefined {
  const bytes = readIfPresent(join(folder, `manifest-${commit}`));
  const manifest = bytes === undefined ? undefined : decodeManifest(bytes);
  return manifest?.commit === commit ? manifest : undefined;
}

/** Whether a manifest of `commit` is stored, damaged or not. */
export function hasManifest(folder: string, commit: Oid): boolean {
  return fs.existsSync(join(folder, `manifest-${commit}`));
}

/** Removes the manifest of a commit that nothing points to. */
export function removeManifest(folder: string, commit: Oid): void {
  removeIfThere(join(folder, `manifest-${commit}`));
  syncFolder(folder);
}

/** Every readable stored manifest, the newest last. */
export function readManifests(folder: string): readonly Manifest[] {
  return manifestNames(folder)
    .map((name) => decodeManifest(fs.readFileSync(join(folder, name))))
    .filter((manifest) => manifest !== undefined);
}

/** What differs between two manifests; files keep their identity by entry id. */
export interface ManifestChanges {
  readonly added: readonly ManifestFile[];
  readonly updated: readonly ManifestFile[];
  readonly renamed: readonly { readonly from: RelPath; readonly file: ManifestFile }[];
  readonly removed: readonly ManifestFile[];
}

/** Compares two commits; `before` may be absent. Stamps do not count. */
export function compareManifests(
  before: { readonly files: readonly ManifestFile[] } | undefined,
  after: { readonly files: readonly ManifestFile[] },
): ManifestChanges {
  const old = new Map((before?.files ?? []).map((file) => [file.id, file]));
  const added: ManifestFile[] = [];
  const updated: ManifestFile[] = [];
  const renamed: { from: RelPath; file: ManifestFile }[] = [];
  for (const file of after.files) {
    const was = old.get(file.id);
    old.delete(file.id);
    if (was === undefined) added.push(file);
    else if (was.path !== file.path) renamed.push({ from: was.path, file });
    else if (was.oid !== file.oid || was.executable !== file.executable) updated.push(file);
  }
  return { added, updated, renamed, removed: [...old.values()] };
}

/** A line with a checksum, one with the heading, and one with folders and files, which few need. The id is left out where it is the path. */
function encodeManifest(manifest: Manifest): string {
  const heading = JSON.stringify({ commit: manifest.commit, tree: manifest.tree, text: manifest.commitText });
  const content = JSON.stringify({
    folders: [...manifest.folders],
    files: manifest.files.map(({ path, oid, size, executable, id, stamp }) => [
      path,
      oid,
      size,
      executable ? 1 : 0,
      stamp,
      ...(id === (path as string) ? [] : [id]),
    ]),
  });
  const body = `${heading}\n${content}`;
  return `${FORMAT} ${sum(body)}\n${body}`;
}

type FileRow = readonly [path: RelPath, oid: Oid, size: number, executable: 0 | 1, stamp: string, id?: EntryId];

interface Heading {
  readonly commit: Oid;
  readonly tree: Oid;
  readonly text: string;
}

interface Content {
  readonly folders: readonly (readonly [string, Oid])[];
  readonly files: readonly FileRow[];
}

/** The body is what `encodeManifest` wrote: the checksum says so, and it is why its types are taken for granted. */
function decodeManifest(bytes: Buffer): Manifest | undefined {
  const end = bytes.indexOf('\n');
  const first = bytes.toString('utf8', 0, Math.max(end, 0));
  const version = /^f2git-manifest (\d+) /.exec(first)?.[1];
  if (version !== undefined && version !== '1') throw new F2gitError('repository-newer', { params: { version } });
  const body = bytes.toString('utf8', end + 1);
  if (first !== `${FORMAT} ${sum(body)}`) return undefined;
  const [heading = '', content] = body.split('\n');
  return content === undefined ? undefined : manifestOf(JSON.parse(heading) as Heading, content);
}

/** Files and folders are decoded when they are first asked for: a course that did not change needs none. */
function manifestOf({ commit, tree, text }: Heading, content: string): Manifest {
  const decode = once(() => JSON.parse(content) as Content);
  const folders = once(() => new Map(decode().folders));
  const files = once(() => decode().files.map(decodeFile));
  return {
    commit,
    tree,
    commitText: text,
    get files() {
      return files();
    },
    get folders() {
      return folders();
    },
  };
}

function decodeFile([path, oid, size, executable, stamp, id]: FileRow): ManifestFile {
  return { path, oid, size, executable: executable === 1, id: id ?? (path as string as EntryId), stamp };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function sum(body: string): string {
  return createHash('sha1').update(body).digest('hex');
}

/** Oldest first. */
function manifestNames(folder: string): readonly string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => name.startsWith('manifest-') && parseOid(name.slice(9)) !== undefined)
    .map((name) => ({ name, time: fs.statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => a.time - b.time || comparePaths(a.name, b.name))
    .map(({ name }) => name);
}
