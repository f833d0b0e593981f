/**
 * Which version each file has. Metadata tells every change but one: a content replaced in place by one of the same size
 * changes its entity tag alone. So entity tags are asked for in rotation, and files of no bytes, which may be links, are
 * looked into once.
 */
import { F2gitError } from '../../errors.ts';
import { type Api, atOnce } from './api.ts';
import { lookInto, presentTag } from './content.ts';
import type { FileRef } from './documents.ts';
import { type FileKind, type KnownFile, stampOf } from './known.ts';
import type { FoundFile } from './reading.ts';

/** Files changed so recently are corrected most. Milliseconds. */
const YOUNG_MS = 14 * 24 * 60 * 60 * 1000;

/** How often a content is asked for by its entity tag: young ones, and the others. Seconds. */
const YOUNG_EVERY = 15 * 60;
const OLD_EVERY = 7 * 24 * 60 * 60;

/** How long a content that could not be given is left alone. Seconds. */
const FAILING_AT_LEAST = 30;
const FAILING_AT_MOST = 15 * 60;

/**
 * Entity tags asked for in one refresh: each costs the server as much as any request, a tenth of a second and more, and
 * a student may be waiting. What is not asked now comes first next time.
 */
const MAX_CHECKS = 16;

/**
 * Gives every found file its version; `known` is what was known of each.
 * @throws {F2gitError} `source-login`, and what looking into empty files throws
 */
export async function giveVersions(
  api: Api,
  found: ReadonlyMap<string, FoundFile>,
  known: ReadonlyMap<string, KnownFile>,
  now: Date,
  signal: AbortSignal,
): Promise<Map<string, KnownFile>> {
  const seconds = Math.floor(now.getTime() / 1000);
  const versions = new Map<string, KnownFile>();
  for (const [id, { ref }] of found) versions.set(id, versionOf(ref, known.get(id), seconds));
  await lookIntoEmpty(api, found, versions, seconds, signal);
  await checkTags(api, found, versions, now, signal);
  return versions;
}

function versionOf(ref: FileRef, before: KnownFile | undefined, checked: number): KnownFile {
  const print = `${ref.file} ${String(ref.changed / 1000)} ${String(ref.size)}`;
  const { folder } = ref;
  if (before?.print === print) {
    const { kind, ...rest } = before;
    const isKept = kind !== undefined && (kind !== 'failing' || !isTimeToAskAgain(before, checked));
    return { ...rest, folder, ...(isKept ? { kind } : {}) };
  }
  // that Stud.IP once gave the file itself is true of its later versions too
  const read = before?.read === undefined ? {} : { read: before.read };
  return { folder, print, checked, ...read, ...(ref.url === undefined ? {} : { kind: 'link' }) };
}

async function lookIntoEmpty(
  api: Api,
  found: ReadonlyMap<string, FoundFile>,
  versions: Map<string, KnownFile>,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const unclear = [...found].filter(([id, { ref, window }]) => {
    return window !== undefined && ref.size === 0 && versions.get(id)?.kind === undefined;
  });
  await atOnce(unclear, signal, async ([id, { ref }], one) => {
    const { tag, kind } = await lookInto(api, id, ref.name, one);
    const version = versions.get(id);
    if (version === undefined || kind === undefined) return;
    const read = tag === undefined ? {} : { read: { stamp: stampOf(version), tag } };
    versions.set(id, { ...failingOrNot(version, kind, seconds), kind, checked: seconds, ...read });
  });
}

async function checkTags(
  api: Api,
  found: ReadonlyMap<string, FoundFile>,
  versions: Map<string, KnownFile>,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const seconds = Math.floor(now.getTime() / 1000);
  const due = [...versions]
    .filter(([id, version]) => isDue(found.get(id), version, now))
    .sort(([, a], [, b]) => a.checked - b.checked)
    .slice(0, MAX_CHECKS);
  await atOnce(due, signal, async ([id, version], one) => {
    const tag = await presentTag(api, id, one).catch(passingTrouble);
    if (tag === 'passing') return;
    // a known content of no bytes that answers without a tag, or is withdrawn meanwhile: the next listing tells
    const known = version.read?.stamp === stampOf(version) ? version.read.tag : version.tag;
    const isSame = tag === undefined || tag === known;
    // what comes with a tag is not passed on from elsewhere, whatever it was taken for
    const { folder, print } = version;
    const before = !isSame && version.kind === 'relayed' ? { folder, print } : version;
    versions.set(id, { ...before, checked: seconds, ...(isSame ? {} : { tag }) });
  });
}

/** What is known of a file after it showed itself as `kind`: since when it cannot be given, or that it can. `now`: seconds. */
export function failingOrNot(file: KnownFile, kind: FileKind | undefined, now: number): KnownFile {
  const { failingSince = now, ...others } = file;
  return kind === 'failing' ? { ...others, failingSince } : others;
}

/**
 * Nothing tells a file whose data is lost from a store of files that is away for a minute. So it is left alone for half a
 * minute first, and then for as long as it has failed already. `now`: seconds.
 */
function isTimeToAskAgain({ failingSince, checked }: KnownFile, now: number): boolean {
  const failing = checked - (failingSince ?? checked);
  return hasPassed(Math.min(Math.max(failing, FAILING_AT_LEAST), FAILING_AT_MOST), checked, now);
}

function isDue(found: FoundFile | undefined, { kind, checked }: KnownFile, now: Date): boolean {
  if (found?.window === undefined) return false;
  const hasTag = kind === undefined || kind === 'empty' || (kind === 'relayed' && found.ref.size > 0);
  if (!hasTag) return false;
  const isYoung = now.getTime() - found.ref.changed < YOUNG_MS;
  return hasPassed(isYoung ? YOUNG_EVERY : OLD_EVERY, checked, now.getTime() / 1000);
}

/** All in seconds. A clock that was set back says nothing of how long ago something was. */
function hasPassed(span: number, since: number, now: number): boolean {
  return now < since || now - since >= span;
}

/** A check that could not be made is made next time; the listing itself is whole without it. */
function passingTrouble(error: unknown): 'passing' {
  const isPassing = error instanceof F2gitError && ['source-unreachable', 'source-throttled'].includes(error.code);
  if (!isPassing) throw error;
  return 'passing';
}
