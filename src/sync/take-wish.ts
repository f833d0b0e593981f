/** From what a person asks for to what is put in its place: which file of the course, which backup, which cell. */
import type { Oid, RunId } from '../core/ids.ts';
import type { Contents, Offer, OfferedFile } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { listBackups } from './backup.ts';
import { blobOid } from './blob.ts';
import type { Home } from './home.ts';
import { readRecord } from './journal.ts';
import { takeCell } from './notebook/take-cell.ts';
import { MAX_NOTEBOOK_BYTES } from './notebook/read.ts';
import { changed } from './place.ts';
import { readStill } from './scan.ts';
import type { BackupWish, CellWish, CourseWish, TakeWish, Wish } from './take.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';

/** What a person asks for, and where it is to be had. */
export interface Asked extends TakeWish {
  /** Only this cell of a notebook, of the course's version. */
  readonly cell?: string;
}

export interface Shelves {
  readonly home: Home;
  readonly state: WorkspaceState;
  /** The course as it is offered now, or what this run replaced. */
  readonly from: 'course' | RunId;
  /** Needed for `from: 'course'`. */
  readonly offer?: Offer;
  readonly contents?: Contents;
  /** Takes in what exists nowhere else: notebooks with a cell put into them. */
  readonly composed: Map<Oid, Uint8Array>;
}

/**
 * Finds what is asked for.
 * @throws {F2gitError} `file-unknown`, `run-unknown`, `cell-unknown`; `file-changed-meanwhile` for a notebook being saved
 */
export async function findWish(asked: Asked, shelves: Shelves): Promise<Wish> {
  if (shelves.from !== 'course') return backupWish(asked, shelves.home, shelves.from);
  return asked.cell === undefined ? courseWish(asked, shelves) : cellWish({ ...asked, cell: asked.cell }, shelves);
}

function courseWish(asked: Asked, shelves: Shelves): CourseWish {
  return { ...wishOf(asked), kind: 'course', offered: offeredFor(asked.file, shelves) };
}

function offeredFor(file: RelPath, { state, offer }: Shelves): OfferedFile {
  if (offer === undefined) throw new F2gitError('bug', { params: { detail: 'no offer to take from' } });
  const record = recordAt(file, state);
  const offered = offer.files.find(({ id, path }) => (record === undefined ? path === file : id === record.id));
  if (offered === undefined) throw new F2gitError('file-unknown', { params: { path: file } });
  return offered;
}

function recordAt(file: RelPath, { base }: WorkspaceState): BaseRecord | undefined {
  const records = [...base.values()];
  return records.find(({ placement }) => placement === file) ?? records.find(({ coursePath }) => coursePath === file);
}

function backupWish(asked: Asked, home: Home, run: RunId): BackupWish {
  const { file } = asked;
  const record = readRecord(home, run);
  if (record === undefined) throw new F2gitError('run-unknown', { params: { workspace: home.root, run } });
  const changes = record.steps.flatMap((step) => step.changes).filter((change) => change.path === file);
  const backups = listBackups(home, run);
  for (const { was, backup } of changes) {
    const kept = backups.find(({ path }) => path === backup);
    if (was !== undefined && kept !== undefined) return { ...wishOf(asked), kind: 'backup', kept, oid: was };
  }
  throw new F2gitError('file-unknown', { params: { path: file, run } });
}

async function cellWish({ file, cell }: Asked & { readonly cell: string }, shelves: Shelves): Promise<CellWish> {
  const offered = offeredFor(file, shelves);
  const record = recordAt(file, shelves.state);
  const unknown = new F2gitError('cell-unknown', { params: { path: file, cell } });
  if (record === undefined || offered.size > MAX_NOTEBOOK_BYTES) throw unknown;
  const local = readNow(shelves.home, record.placement);
  const course = await shelves.contents?.read(offered.oid);
  const bytes = course && takeCell(course, local.bytes, { cell, declined: record.declined ?? [] });
  if (bytes === undefined) throw unknown;
  const oid = blobOid(bytes);
  shelves.composed.set(oid, bytes);
  const content = { from: 'merge', oid, size: bytes.length } as const;
  return { kind: 'cell', file: record.placement, record, cell, was: local.oid, content };
}

/** @throws {F2gitError} `file-changed-meanwhile`; `file-unknown` when it is not there */
function readNow(home: Home, path: RelPath): { readonly bytes: Uint8Array; readonly oid: Oid } {
  const stat = home.stat(path);
  if (stat?.kind !== 'file' || stat.size > MAX_NOTEBOOK_BYTES)
    throw new F2gitError('file-unknown', { params: { path } });
  const pieces: Buffer[] = [];
  const reading = readStill(home, path, (bytes) => pieces.push(Buffer.from(bytes)));
  if (reading === 'busy') throw changed(path);
  return { bytes: Buffer.concat(pieces), oid: reading.oid };
}

function wishOf({ file, as }: Asked): TakeWish {
  return { file, ...(as !== undefined && { as }) };
}
