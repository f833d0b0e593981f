/** From what is known to what is served: the files the audience may have now, in one commit if they changed. */
import type { Oid } from '../core/ids.ts';
import { ancestorsOf, foldPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { CourseFolder, Loaded } from './course-folder.ts';
import type { CourseLock } from './course-lock.ts';
import type { CourseState, KnownEntry } from './course-state.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import type { Sinks, Stores } from './refresh.ts';
import { commitSnapshot, isSameTree, sortFiles } from './snapshot.ts';
import { verdictOf, type Rules } from './verdicts.ts';

export interface PublishInput {
  readonly folder: CourseFolder;
  readonly stores: Stores;
  /** What was on disk before. */
  readonly before: Loaded;
  /** What is known now. */
  readonly state: CourseState;
  /** Hold the contents fetched meanwhile. */
  readonly sinks: Sinks;
  readonly rules: Rules;
  readonly at: Date;
  readonly lock: CourseLock;
}

/** Makes the new state durable: contents first, then the commit, then `course.json`. Gives the state as stored. */
export async function publish(input: PublishInput): Promise<CourseState> {
  const { folder, stores, before, state, sinks, rules, at } = input;
  const { repository } = folder;
  await sinks.scheduled.finish();
  const isHere = hereAfter(input);
  if (repository.isDamaged) await restoreLost(input, isHere);
  if (isPublished({ tip: before.tip, state }, rules, at)) {
    await sinks.offered.finish();
    return saved(folder, state, before.tip.manifest, isHere);
  }
  const files = desiredFiles({ tip: before.tip, state }, stores, rules, at, sinks);
  if (isSameTree(before.tip.manifest, files)) {
    await sinks.offered.finish();
    return saved(folder, withHead(state, before.tip.manifest?.commit, files), before.tip.manifest, isHere);
  }
  assertLegalTree(files);
  await copyLacking(files, input, isHere);
  const manifest = await commitSnapshot({
    paths: repository.paths,
    store: repository.store,
    pack: sinks.offered.takePack(),
    reference: before.tip.reference,
    previous: before.tip.manifest,
    keepsHistory: true,
    files,
    at,
    beforeSwitch: () => {
      input.lock.assertHeld();
      rememberHolds(folder, before.state, state);
    },
  });
  return saved(folder, withHead(state, manifest.commit, files), manifest, isHere);
}

type IsHere = (object: Oid) => boolean;

/** Whether the repository has an object: most are those of a commit that is known to be whole. */
function hereAfter({ before, stores }: PublishInput): IsHere {
  const known = new Set(before.isWhole ? before.tip.manifest?.files.map(({ oid }) => oid) : []);
  return (object) => known.has(object) || stores.repository.store.has(object);
}

/** What is served and was lost here may be elsewhere; what has to be fetched again is in the sinks already. */
async function restoreLost(input: PublishInput, isHere: IsHere): Promise<void> {
  const { files = [] } = input.before.tip.manifest ?? {};
  await copyLacking(
    files.filter(({ oid }) => !input.rules.isPurged(oid)),
    input,
    isHere,
  );
}

async function copyLacking(
  files: readonly ManifestFile[],
  { sinks, stores }: PublishInput,
  isHere: IsHere,
): Promise<void> {
  for (const { oid } of files) {
    if (isHere(oid) || sinks.offered.has(oid)) continue;
    const elsewhere = stores.others.find((store) => store.has(oid));
    if (elsewhere !== undefined) await sinks.offered.copyFrom(elsewhere, oid);
  }
}

function saved(folder: CourseFolder, state: CourseState, manifest: Manifest | undefined, isHere: IsHere): CourseState {
  const { store } = folder.repository;
  const isWhole = manifest !== undefined && isAllOf(manifest, state, isHere);
  folder.save(state, isWhole ? store.wholeGeneration : undefined);
  return state;
}

/** Whether there is nothing to know of the course but the commit: as `StoredState.wholeIn` means it. */
function isAllOf(manifest: Manifest, state: CourseState, isHere: IsHere): boolean {
  const { head, complete, problems, unwanted, entries } = state;
  if (head !== manifest.commit || !complete || problems.length > 0 || (unwanted?.length ?? 0) > 0) return false;
  if (entries.length !== manifest.files.length) return false;
  return entries.every((entry, position) => {
    if (entry.oid === undefined || entry.held || entry.problem !== undefined) return false;
    if (entry.doubted !== undefined || entry.visible !== undefined) return false;
    return isAsCommitted(entry, manifest.files[position]) && isHere(entry.oid);
  });
}

function isAsCommitted(entry: KnownEntry, file: ManifestFile | undefined): boolean {
  const isSame = file?.path === entry.path && file.oid === entry.oid && file.executable === entry.executable;
  return isSame && file.id === entry.id && entry.publishedAs === entry.path;
}

/**
 * Whether the commit, and what `state` says of it, is all there is to publish at `at`. False says nothing: it is a quick
 * look for the usual case, in which the entries are known in the order of the commit.
 */
export function isPublished({ tip: { manifest }, state }: Pick<Loaded, 'tip' | 'state'>, rules: Rules, at: Date) {
  if (manifest === undefined || state.head !== manifest.commit) return false;
  let position = 0;
  for (const entry of state.entries) {
    if (entry.oid === undefined || verdictOf(rules, entry, at) !== 'offered') continue;
    if (!isAsCommitted(entry, manifest.files[position++])) return false;
  }
  return position === manifest.files.length;
}

/** The files the audience may have at `at`, sorted: what is offered and whose content is here. */
export function desiredFiles(
  { tip, state }: Pick<Loaded, 'tip' | 'state'>,
  { repository, others }: Stores,
  rules: Rules,
  at: Date,
  sinks?: Sinks,
): readonly ManifestFile[] {
  const inTip = new Map((tip.manifest?.files ?? []).map((file) => [file.id, file.oid]));
  const files = state.entries.flatMap((entry): readonly ManifestFile[] => {
    const { oid, id, path, size, executable, stamp } = entry;
    if (oid === undefined || verdictOf(rules, entry, at) !== 'offered') return [];
    const isHere =
      inTip.get(id) === oid ||
      repository.store.has(oid) ||
      others.some((store) => store.has(oid)) ||
      sinks?.offered.has(oid) === true;
    return isHere ? [{ path, oid, size, executable, id, stamp }] : [];
  });
  return sortFiles(files);
}

/** Holds are on disk before anything else of the new state: a crash in between must not make the brake forget. */
function rememberHolds(folder: CourseFolder, before: CourseState, after: CourseState): void {
  const held = new Set(after.entries.filter((entry) => entry.held).map(({ id }) => id));
  const entries = before.entries.map((entry) => (held.has(entry.id) && !entry.held ? { ...entry, held: true } : entry));
  if (entries.some((entry, position) => entry !== before.entries[position])) folder.save({ ...before, entries });
}

function withHead(state: CourseState, head: CourseState['head'], files: readonly ManifestFile[]): CourseState {
  const published = new Set(files.map(({ id }) => id));
  const entries = state.entries.map((entry): KnownEntry => {
    const isCurrent = entry.publishedAs === entry.path || !published.has(entry.id);
    return isCurrent ? entry : { ...entry, publishedAs: entry.path };
  });
  return { ...state, ...(head === undefined ? {} : { head }), entries };
}

/** Names were checked and clashes settled before; a tree that git or a home could not hold must never be written. */
function assertLegalTree(files: readonly ManifestFile[]): void {
  const names = new Set<string>();
  const folders = new Set<string>();
  for (const { path } of files) {
    for (const folder of ancestorsOf(path)) folders.add(foldPath(folder));
    const key = foldPath(path);
    if (names.has(key)) throw new F2gitError('bug', { params: { detail: 'two files at one path', path } });
    names.add(key);
  }
  for (const name of names) {
    if (folders.has(name)) throw new F2gitError('bug', { params: { detail: 'a file where a folder is', path: name } });
  }
}
