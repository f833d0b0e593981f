/**
 * Recovery: what a dead run left half done is tidied up, and saves that came late into displaced files go back to their
 * names. It decides nothing about the course: the plan that follows starts from what is on the disk.
 */
import type { EntryId, Oid, RunId } from '../core/ids.ts';
import { ancestorsOf, STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { backupFile, listBackups, removeEmptyBackups } from './backup.ts';
import { contentOf, readableContent } from './content-of.ts';
import { ensureFolder, removeIfThere } from './durable.ts';
import { exchangesOf } from './exchange.ts';
import { leaversIn } from './hand-over.ts';
import type { Home } from './home.ts';
import {
  isUnfinished,
  listRuns,
  readRecord,
  removeRecord,
  writeRecord,
  type Change,
  type RecordedStep,
  type RunRecord,
} from './journal.ts';
import { sweepLeases } from './lease.ts';
import { finishMove, giveBack, STAGE, type Workplace } from './place.ts';
import type { Notice } from './plan-types.ts';
import { changesOf, isDone, resume, takeExchangeBack } from './resume.ts';
import type { ScanCache } from './scan-cache.ts';
import { clearStage } from './stage.ts';
import { saveState } from './state.ts';
import { keepBeside } from './take-back.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';
import { errnoOf } from './trouble.ts';
import { noticesIn, untoldSince } from './untold.ts';

/** Whether something is to be recovered, or another run is at work; a few looks, nothing is changed. */
export function hasLeftovers(home: Home, state: WorkspaceState | undefined, cache: ScanCache): boolean {
  if (hasTemporaries(home)) return true;
  return state !== undefined && lateSaves(home, state.run, cache).length > 0;
}

/** Whether a run is at work, or one that died left something half done. */
export function hasTemporaries(home: Home): boolean {
  return home.list(STATE_FOLDER).some(isTemporary);
}

/** What a run goes on with after recovery. */
export interface Recovered {
  readonly state: WorkspaceState | undefined;
  /** What runs that died had done and nobody was told. */
  readonly untold: readonly Notice[];
  /** The journal keeps that until a run records what the workspace remembers. */
  readonly isUntoldKept: boolean;
  /** The newest run, if it died. */
  readonly dead?: RunId;
  /** Folders a dead run had made where no state can remember them yet. */
  readonly made?: readonly RelPath[];
}

/**
 * Tidies up; to be called with the lease. Gives the state to go on with: what a dead run had done counts as delivered, a
 * file whose late save went back to its name does not. Gives `state` itself when there was neither.
 */
export async function recover(home: Home, state: WorkspaceState | undefined, cache: ScanCache): Promise<Recovered> {
  sweepLeases(home);
  const dead = deadRun(home);
  const resumed = dead === undefined ? { state, untold: [], isUntoldKept: false } : await settleDead(home, dead, state);
  keepStray(home);
  clearStage(home);
  for (const folder of [STATE_FOLDER, `${STATE_FOLDER}/runs`]) sweepUnfinished(home, folder);
  if (resumed.state === undefined) return resumed;
  return { ...resumed, state: await giveBackLateSaves(home, resumed.state, cache) };
}

/** The stage, a lease or what is left of one, a file of ours that never got its name. */
function isTemporary(name: string): boolean {
  return name === 'stage' || name === 'lease' || name.startsWith('lease.') || name.endsWith('.new');
}

function sweepUnfinished(home: Home, folder: string): void {
  if (home.stat(folder)?.kind !== 'folder') return;
  for (const name of home.list(folder)) if (name.endsWith('.new')) removeIfThere(home, `${folder}/${name}`);
}

interface Late {
  readonly step: RecordedStep;
  readonly change: Change;
  readonly was: Oid;
  readonly backup: string;
}

/** What the last run displaced and somebody saved into since. */
function lateSaves(home: Home, run: RunId, cache: ScanCache): readonly Late[] {
  if (home.stat(`${STATE_FOLDER}/backups/${run}`) === undefined) return [];
  const steps = readRecord(home, run)?.steps ?? [];
  return steps.flatMap((step) =>
    step.changes.flatMap((change): readonly Late[] => {
      const { was, backup } = change;
      if (was === undefined || backup === undefined) return [];
      const now = contentOf(home, backupFile(run, backup), cache);
      return now === undefined || now === was ? [] : [{ step, change, was, backup }];
    }),
  );
}

async function giveBackLateSaves(home: Home, state: WorkspaceState, cache: ScanCache): Promise<WorkspaceState> {
  const late = lateSaves(home, state.run, cache);
  if (late.length === 0) return state;
  const base = new Map<EntryId, BaseRecord>(state.base);
  const folders = new Set(state.folders);
  const place = workplace(home, state.run);
  const steps = readRecord(home, state.run)?.steps ?? [];
  const exchanges = exchangesOf(steps, ({ changes }) => changes);
  for (const { step, change, was, backup } of late) {
    const exchange = exchanges.find((each) => each.some(({ id }) => id === step.id));
    if (exchange === undefined) {
      if (giveBackIfThere(place, change.path, backup, was, change.is)) setBack(base, [step]);
    } else if (isDone(home, changesOf(exchange))) {
      for (const folder of await takeWholeBack(place, exchange, folders)) folders.add(folder);
      setBack(base, exchange);
    } else {
      // The other files of the exchange cannot go back any more.
      keepBeside(place, change, changesOf(exchange));
    }
  }
  return { ...state, base, folders };
}

/** Gives the folders that came back with it: the run had made them once, or it would not have taken them away. */
async function takeWholeBack(
  place: Workplace,
  exchange: readonly RecordedStep[],
  made: ReadonlySet<RelPath>,
): Promise<readonly RelPath[]> {
  const isFolder = (path: RelPath): boolean => place.home.stat(path)?.kind === 'folder';
  const above = exchange.flatMap(({ before }) => (before === undefined ? [] : ancestorsOf(before.placement)));
  const gone = above.filter((folder) => !isFolder(folder));
  await takeExchangeBack(place, exchange, made);
  return gone.filter(isFolder);
}

function setBack(base: Map<EntryId, BaseRecord>, steps: readonly RecordedStep[]): void {
  for (const { after } of steps) if (after !== undefined) base.delete(after.id);
  for (const { before } of steps) if (before !== undefined) base.set(before.id, before);
}

function giveBackIfThere(place: Workplace, path: RelPath, backup: string, was: Oid, is: Oid | undefined): boolean {
  const stat = place.home.stat(`${place.backups}/${backup}`);
  if (stat === undefined) return false;
  return giveBack(place, { path, backup, oid: was, stat, ...(is !== undefined && { placed: is }) });
}

/** The newest run, if it never came to its end. */
function deadRun(home: Home): RunRecord | undefined {
  const newest = listRuns(home).at(-1);
  return newest === undefined || !isUnfinished(home, newest) ? undefined : readRecord(home, newest);
}

async function settleDead(home: Home, dead: RunRecord, state: WorkspaceState | undefined): Promise<Recovered> {
  const isRecorded = state?.run === dead.run;
  const settled = dead.phase === 'started' ? await settleRun(home, dead, state) : { state, steps: [] };
  const kept = untoldSince(home, state);
  const told = [...(dead.untold ?? []), ...noticesIn({ ...dead, steps: settled.steps })];
  const untold = isRecorded ? told : kept;
  return { ...settled, untold, isUntoldKept: kept.length > 0, dead: dead.run };
}

interface Settled extends Pick<Recovered, 'state' | 'made'> {
  /** What of its intentions came true. */
  readonly steps: readonly RecordedStep[];
}

/** Undoes half steps of a dead run and writes down which of its intentions came true. */
async function settleRun(home: Home, record: RunRecord, state: WorkspaceState | undefined): Promise<Settled> {
  const place = workplace(home, record.run);
  settleChanges(place, record.steps);
  const isRecorded = state?.run === record.run;
  const found = isRecorded ? state : await resume(place, record, state);
  const resumed = withMadeFolders(home, record, found);
  dropSecondNames(home, record);
  // Before the journal says that this run is over: from then on nobody looks at its intentions again.
  if (resumed.state !== undefined && resumed.state !== state) saveState(home, resumed.state);
  const steps = record.steps
    .map((step) => asDone(step, (change) => cameTrue(place, change)))
    .filter((step) => step.changes.length > 0);
  const phase = isRecorded ? 'finished' : 'interrupted';
  removeEmptyBackups(home, record.run);
  if (steps.length === 0) removeRecord(home, record.run);
  else writeRecord(home, { ...record, phase, steps: isRecorded ? steps.map(withoutNotice) : steps });
  return { ...resumed, steps };
}

/** Of a step that was not done to its end there is nothing to tell. */
function asDone(step: RecordedStep, isTrue: (change: Change) => boolean): RecordedStep {
  const changes = step.changes.filter(isTrue);
  return { ...(changes.length < step.changes.length ? withoutNotice(step) : step), changes };
}

function withoutNotice({ id, before, after, pinBefore, changes }: RecordedStep): RecordedStep {
  return { id, ...(before && { before }), ...(after && { after }), ...(pinBefore && { pinBefore }), changes };
}

/** A backup that is a file which still stands is none; what died may have left it, and what took it back as well. */
function dropSecondNames(home: Home, { run, steps }: RunRecord): void {
  const backups = listBackups(home, run);
  if (backups.length === 0) return;
  const paths = changesOf(steps).flatMap(({ path, from }) => (from === undefined ? path : [path, from]));
  const standing = new Set(paths.map((path) => home.stat(path)?.inode));
  for (const { file } of backups) if (standing.has(home.stat(file)?.inode)) home.remove(file);
}

/** Folders the dead run had made are remembered, so that they go some day when they are empty. */
function withMadeFolders(
  home: Home,
  { makes = [] }: RunRecord,
  state: WorkspaceState | undefined,
): Pick<Recovered, 'state' | 'made'> {
  const made = makes.filter((folder) => home.stat(folder)?.kind === 'folder');
  if (state === undefined) return { state, made };
  if (made.every((folder) => state.folders.has(folder))) return { state };
  return { state: { ...state, folders: new Set([...state.folders, ...made]) } };
}

function settleChanges(place: Workplace, steps: readonly RecordedStep[]): void {
  const exchanges = exchangesOf(steps, ({ changes }) => changes);
  const handOvers = exchanges.flatMap((exchange) => [...leaversIn(changesOf(exchange))]);
  const leavers = new Set(handOvers.map(([, leaver]) => leaver));
  const makers = new Set(handOvers.map(([taker]) => taker).filter(({ from }) => from === undefined));
  for (const change of changesOf(steps)) {
    // A path that was changing hands has one file or the other: whoever takes the exchange back knows which.
    if (!leavers.has(change) && !makers.has(change)) settleChange(place, change);
  }
}

function settleChange(place: Workplace, change: Change): void {
  try {
    if (change.from !== undefined) settleMove(place.home, change.from, change.path);
    else if (change.backup !== undefined && change.was !== undefined)
      settleHeld(place, change, change.backup, change.was);
    else if (change.was === undefined) settlePlaceholder(place.home, change);
  } catch (error) {
    // This path cannot be reached now; the plan will say so, and the next run settles it.
    if (errnoOf(error) === undefined && !(error instanceof F2gitError && error.code === 'file-changed-meanwhile'))
      throw error;
  }
}

/** Both names, or the name aside, are on the disk: the move is finished. */
function settleMove(home: Home, from: RelPath, to: RelPath): void {
  const [old, now, aside] = [home.stat(from), home.stat(to), home.stat(`${STAGE}/moved`)];
  if (now?.kind !== 'file') return;
  if (aside?.inode === now.inode) home.remove(`${STAGE}/moved`);
  else if (old?.inode === now.inode) finishMove(home, from, to);
}

/** A second name of a file that still stands is no backup; a displaced file that was saved into goes back. */
function settleHeld(place: Workplace, change: Change, backup: string, was: Oid): void {
  const { home } = place;
  const file = `${place.backups}/${backup}`;
  const held = home.stat(file);
  if (held === undefined) return;
  if (held.inode === home.stat(change.path)?.inode) home.remove(file);
  else if (contentOf(home, file) !== was) giveBackIfThere(place, change.path, backup, was, change.is);
}

/** Where files cannot have two names, a new file begins empty; one that stayed so is not the student's. */
function settlePlaceholder(home: Home, change: Change): void {
  const stat = home.stat(change.path);
  if (stat?.kind !== 'file' || stat.size > 0 || contentOf(home, change.path) === change.is) return;
  home.remove(change.path);
}

function cameTrue({ home, backups }: Workplace, change: Change): boolean {
  if (change.backup !== undefined) return home.stat(`${backups}/${change.backup}`) !== undefined;
  if (change.from !== undefined && home.stat(change.from)?.inode === home.stat(change.path)?.inode) return false;
  return readableContent(home, change.path) === change.is;
}

/** A file that was on its way to a new name and has no other: nobody knows where it belongs, so it is kept. */
function keepStray(home: Home): void {
  const aside = `${STAGE}/moved`;
  if (home.stat(aside) === undefined) return;
  const folder = `${STATE_FOLDER}/backups/found`;
  ensureFolder(home, folder);
  let name = `${folder}/file`;
  for (let count = 2; home.stat(name) !== undefined; count++) name = `${folder}/file.${count}`;
  home.rename(aside, name);
}

function workplace(home: Home, run: RunId): Workplace {
  return { home, backups: `${STATE_FOLDER}/backups/${run}` };
}
