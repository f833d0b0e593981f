/**
 * Taking something out of what is served, history included: a new served repository begins without it, the old one
 * stays unserved, only for the bases of merges. The order makes every crash harmless: first it is written down what is
 * purged, then the served repository is checked against that at every refresh.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseOid, type Oid } from '../core/ids.ts';
import { comparePaths, isWithin, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { ensureBareRepository } from './bare-repository.ts';
import { readIfPresent, syncFolder, temporaryPath, writeFileDurably } from './durable-file.ts';
import { newestCommit } from './heal.ts';
import { HiddenRepository } from './hidden-repository.ts';
import { appendHistory, readHistory, type PublishedContent } from './history.ts';
import { hashObject } from './object-format.ts';
import type { ObjectStore } from './object-store.ts';
import { PackWriter } from './pack-writer.ts';
import { commitSnapshot } from './snapshot.ts';

/** What a purge of a path takes out, and what of it stays because the course offers it elsewhere, too. */
export interface PurgeExtent {
  readonly contents: readonly Oid[];
  /** Where the rest is, sorted. */
  readonly elsewhere: readonly RelPath[];
}

/** An empty file tells nothing, and every course has some. */
const EMPTY_CONTENT = hashObject('blob', new Uint8Array());

/** Contents and their places. */
type Places = readonly Pick<PublishedContent, 'path' | 'oid'>[];

/**
 * What was ever published at or below `path`. What several are offered elsewhere now stays; where it was before does not
 * matter. Nor does where it is for one student each (`own`), who may have put a copy where they like at the platform.
 */
export function extentOf(
  path: RelPath,
  { published, offered, own }: Readonly<Record<'published' | 'offered' | 'own', Places>>,
): PurgeExtent {
  const here = new Set(
    [...published, ...own].filter((content) => isWithin(content.path, path)).map((content) => content.oid),
  );
  const others = [...offered, ...own.filter(({ oid }) => oid === EMPTY_CONTENT)].filter(
    (content) => here.has(content.oid) && !isWithin(content.path, path),
  );
  const spared = new Set(others.map(({ oid }) => oid));
  const elsewhere = [...new Set(others.map((content) => content.path))].sort(comparePaths);
  return { contents: [...here].filter((oid) => !spared.has(oid)), elsewhere };
}

/** @throws {F2gitError} `repository-newer`; `repository-unwritable` when the list is damaged: guessing would serve it */
export function readPurged(path: string): ReadonlySet<Oid> {
  const bytes = readIfPresent(path);
  if (bytes === undefined) return new Set();
  const { version, contents } = parseList(bytes.toString('utf8'), path);
  if (version > 1) throw new F2gitError('repository-newer', { params: { version } });
  return new Set(contents.flatMap((text) => parseOid(text) ?? []));
}

export function writePurged(path: string, contents: Iterable<Oid>): void {
  writeFileDurably(path, JSON.stringify({ version: 1, contents: [...contents].sort() }), 0o600);
}

/** The old repositories of a served one, oldest first. They may be read for merge bases, never served. */
export function unservedDirs(gitDir: string): readonly string[] {
  const folder = dirname(gitDir);
  const name = basename(gitDir, '.git');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .flatMap((entry) => {
      const [, prefix, number] = /^(.*)\.unserved-(\d+)\.git$/.exec(entry) ?? [];
      return prefix === name ? [{ entry, number: Number(number) }] : [];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ entry }) => join(folder, entry));
}

/**
 * Makes sure that the repository at `gitDir` holds none of `purged`. Does nothing when it does not. Call it only under
 * the course lock, before anything else looks for the repository.
 */
export async function enforcePurge(gitDir: string, purged: ReadonlySet<Oid>, at: Date): Promise<void> {
  if (purged.size === 0) return;
  if (fs.existsSync(gitDir)) {
    if (!holdsAny(gitDir, purged)) return;
    await buildWithout(gitDir, gitDir, purged, at, (draft) => {
      fs.renameSync(gitDir, join(dirname(gitDir), nextUnserved(gitDir)));
      fs.renameSync(draft, gitDir);
    });
    return;
  }
  // A crash fell between the two renames: the newest unserved one was served last.
  const last = unservedDirs(gitDir).at(-1);
  if (last !== undefined) await buildWithout(last, gitDir, purged, at, (draft) => fs.renameSync(draft, gitDir));
}

function holdsAny(gitDir: string, purged: ReadonlySet<Oid>): boolean {
  const repository = new HiddenRepository(gitDir);
  try {
    repository.store.rescan();
    return [...purged].some((oid) => repository.store.has(oid));
  } finally {
    repository.close();
  }
}

function nextUnserved(gitDir: string): string {
  const numbers = unservedDirs(gitDir).map((path) => Number(/-(\d+)\.git$/.exec(path)?.[1] ?? 0));
  return `${basename(gitDir, '.git')}.unserved-${Math.max(0, ...numbers) + 1}.git`;
}

/** Builds a repository of the present files without the purged ones and puts it in place with `install`. */
async function buildWithout(
  from: string,
  gitDir: string,
  purged: ReadonlySet<Oid>,
  at: Date,
  install: (draft: string) => void,
): Promise<void> {
  const draft = temporaryPath(dirname(gitDir));
  const source = new HiddenRepository(from);
  try {
    source.store.rescan();
    ensureBareRepository(draft);
    await copyFiles(source, draft, purged, at);
    install(draft);
    syncFolder(dirname(gitDir));
  } finally {
    source.close();
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** Where no commit can be read there is no saying what is served: its contents stay at hand, and nothing is committed. */
async function copyFiles(source: HiddenRepository, draft: string, purged: ReadonlySet<Oid>, at: Date): Promise<void> {
  const manifest = newestCommit(source);
  const target = new HiddenRepository(draft);
  const pack = PackWriter.start(target.paths.packs);
  try {
    await appendHistory(target.paths.own, readHistory(source.paths.own));
    if (manifest === undefined) {
      copyBlobs(source.store, pack, (object) => !purged.has(object));
      await pack.finish();
      return;
    }
    const files = manifest.files.filter(({ oid }) => !purged.has(oid));
    for (const { oid } of files) if (source.store.has(oid)) source.store.copyTo(pack, oid);
    await commitSnapshot({
      paths: target.paths,
      store: target.store,
      pack,
      reference: 'absent',
      // Trees are taken from a previous manifest only where they are in the same repository.
      previous: undefined,
      keepsHistory: false,
      files,
      at,
      beforeSwitch: () => undefined,
    });
  } finally {
    pack.discard();
    target.close();
  }
}

function copyBlobs(store: ObjectStore, pack: PackWriter, isMeant: (object: Oid) => boolean): void {
  for (const { index } of store.packs)
    for (const { oid } of index.objects())
      if (!pack.has(oid) && isMeant(oid) && store.describe(oid)?.kind === 'blob') store.copyTo(pack, oid);
}

function parseList(text: string, path: string): { readonly version: number; readonly contents: readonly string[] } {
  try {
    const { version, contents } = JSON.parse(text) as { readonly version?: unknown; readonly contents?: unknown };
    const isList = Array.isArray(contents) && contents.every((each) => typeof each === 'string');
    if (typeof version === 'number' && isList) return { version, contents };
  } catch {
    // no JSON: damaged like any other
  }
  throw new F2gitError('repository-unwritable', { params: { path, detail: 'damaged' } });
}
