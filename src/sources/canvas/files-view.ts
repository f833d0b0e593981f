/** A course as its Files page shows it: all folders and all files in two lists, joined. */
import { z } from 'zod';
import { F2gitError } from '../../errors.ts';
import type { EntryProblem } from '../source.ts';
import { ask, askAll, type Answer, PER_PAGE } from './api.ts';
import { type FolderPlace, type Places, placesOf } from './folders.ts';
import {
  type CanvasFile,
  type CanvasFolder,
  fileSchema,
  folderSchema,
  isPlainlyVisible,
  type Remains,
  sortOut,
  type Sorted,
} from './items.ts';
import { moduleGates } from './module-gates.ts';
import type { Modules } from './modules.ts';
import { type FoundFile, gateOfFile, type Looking, namesWithin, type View } from './view.ts';
import { all, type Gate, OPEN, SHUT } from './visibility.ts';

/** The two lists as Canvas gave them. */
export interface FilesAndFolders {
  readonly files: Sorted<CanvasFile>;
  readonly folders: Sorted<CanvasFolder>;
}

/**
 * By date of creation: what is uploaded while the pages are read comes at the end, what is renamed stays in its place.
 */
const FILES = `sort=created_at&order=asc&${PER_PAGE}`;

/** Asks for both lists, or for the folders and the one file that is meant. */
export async function readFilesAndFolders({ server, course, part, signal }: Looking): Promise<Answer<FilesAndFolders>> {
  const path = `/courses/${course}`;
  const one = async (id: string): Promise<Answer<readonly unknown[]>> => {
    const answer = await ask(server, `${path}/files/${id}`, z.unknown(), signal);
    return answer.kind === 'given' ? { kind: 'given', value: [answer.value] } : answer;
  };
  const [folders, files] = await Promise.all([
    askAll(server, `${path}/folders?${PER_PAGE}`, signal),
    part.kind === 'file' ? one(part.file) : askAll(server, `${path}/files?${FILES}`, signal),
  ]);
  if (folders.kind !== 'given') return folders;
  if (files.kind !== 'given') return files;
  const value = { files: sortOut(fileSchema, files.value), folders: sortOut(folderSchema, folders.value) };
  return { kind: 'given', value };
}

/**
 * The course by its files and folders. `modules` are given for staff: what Canvas would lock there is ours to lock.
 * @throws {F2gitError} `source-not-found` when the folder that is meant is in no list
 */
export async function viewByFiles(
  looking: Looking,
  lists: FilesAndFolders,
  modules: Modules | undefined,
): Promise<View> {
  const { files, folders } = lists;
  const places = await completePlaces(looking, lists);
  checkPart(looking, lists, places);
  const gateByModules = gatesBy(modules);
  const judge = judgeOf(looking, places, gateByModules);
  const found: FoundFile[] = [];
  const outside: string[] = [];
  const problems: EntryProblem[] = folders.broken.flatMap((one) => folderProblem(one, places, looking));
  let isWhole = folders.broken.every(
    ({ id, name, parent_folder_id: parent }) => ![id, name, parent].includes(undefined),
  );
  for (const file of files.items) {
    const judged = judge(file);
    if (judged.kind === 'found') found.push(judged.found);
    if (judged.kind === 'outside') outside.push(file.id);
    if (judged.kind === 'unknown') isWhole = false;
  }
  for (const remains of files.broken) {
    const kept = keepBroken(remains, places, { ...looking, gateByModules });
    found.push(...kept.found);
    problems.push(...kept.problems);
    isWhole &&= kept.isWhole;
  }
  return { found, problems, outside, isWhole };
}

function checkPart({ part }: Looking, { folders }: FilesAndFolders, places: Places): void {
  if (part.kind !== 'folder') return;
  const isThere = [...folders.items, ...folders.broken].some(({ id }) => {
    const place = id === undefined ? undefined : places(id);
    return place?.kind === 'placed' && namesWithin(part, place.names)?.length === 0;
  });
  if (!isThere) throw new F2gitError('source-not-found', { params: { missing: `folder "${part.names.join('/')}"` } });
}

/** When the modules let students at a file; one without a number may be in any of them. */
type GateByModules = (file: string | undefined) => Gate;

function gatesBy(modules: Modules | undefined): GateByModules {
  if (modules === undefined) return () => OPEN;
  const gates = moduleGates(modules);
  return (file) => (file === undefined ? SHUT : gates(file));
}

/** Where a file is and who may see it; `unknown` when no folder says so, `outside` when another part is meant. */
type Judge = (
  file: CanvasFile,
) => { readonly kind: 'found'; readonly found: FoundFile } | { readonly kind: 'unknown' | 'submission' | 'outside' };

function judgeOf({ courseGate, part, now }: Looking, places: Places, gateByModules: GateByModules): Judge {
  return (file) => {
    const place = placeOfFile(file, places);
    if (place.kind === 'submissions') return { kind: 'submission' };
    if (place.kind === 'unknown') return { kind: 'unknown' };
    const names = namesWithin(part, place.names);
    if (names === undefined) return { kind: 'outside' };
    const gate = all([courseGate, place.gate, gateOfFile(file, true, now), gateByModules(file.id)]);
    return { kind: 'found', found: { file, segments: [...names, file.display_name], gate } };
  };
}

export function placeOfFile({ folder_id: folder }: Pick<CanvasFile, 'folder_id'>, places: Places): FolderPlace {
  return folder === null || folder === undefined ? { kind: 'unknown', missing: '' } : places(folder);
}

/** Folders that are asked for one by one; more are missing only where something is very wrong. */
const MOST_MISSING = 20;

/**
 * Students are not told of a hidden folder, but of what they may see in it (a hidden root); and a folder may slip through
 * while the pages of the list are read.
 */
export async function completePlaces(looking: Looking, { files, folders }: FilesAndFolders): Promise<Places> {
  const { server, signal } = looking;
  const known = [...folders.items, ...folders.broken.flatMap(asShutFolder)];
  const asked = new Set<string>();
  for (;;) {
    const places = placesOf(known);
    const missing = new Set(
      files.items
        .map((file) => placeOfFile(file, places))
        .flatMap((one) => (one.kind === 'unknown' ? [one.missing] : [])),
    );
    const next = [...missing].find((id) => id !== '' && !asked.has(id));
    if (next === undefined || asked.size >= MOST_MISSING) return places;
    asked.add(next);
    const answer = await ask(server, `/folders/${next}`, z.unknown(), signal);
    if (answer.kind === 'given') known.push(...sortOut(folderSchema, [answer.value]).items);
  }
}

/** A folder of which only the name and the place are known shows nothing. */
function asShutFolder({ id, name, parent_folder_id }: Remains): readonly CanvasFolder[] {
  if (id === undefined || name === undefined || parent_folder_id === undefined) return [];
  return [{ id, name, parent_folder_id, locked: true, hidden: true }];
}

/** Whoever is told of a problem learns its name: it must be one that every student sees. */
function folderProblem(remains: Remains, places: Places, { part, courseGate }: Looking): readonly EntryProblem[] {
  const { id, name, parent_folder_id: parent } = remains;
  if (id === undefined || name === undefined || parent === undefined || !isPlainlyVisible(remains)) return [];
  const place = places(parent);
  const names =
    place.kind === 'placed' && isOpen(all([courseGate, place.gate])) ? namesWithin(part, place.names) : undefined;
  return names === undefined ? [] : [{ segments: [...names, name], ...UNREADABLE }];
}

/** What is kept of a file that could not be read; not whole where nothing is left that its place could be told by. */
function keepBroken(
  remains: Remains,
  places: Places,
  { courseGate, part, gateByModules }: Looking & { readonly gateByModules: GateByModules },
): Omit<View, 'outside'> {
  const { id, display_name: name, folder_id: folder } = remains;
  const place = folder === undefined ? undefined : places(folder);
  if (place?.kind === 'submissions') return { found: [], problems: [], isWhole: true };
  if (place?.kind !== 'placed') return LOST;
  const names = namesWithin(part, place.names);
  if (names === undefined) return { found: [], problems: [], isWhole: true };
  if (name === undefined) return LOST;
  const segments = [...names, name];
  if (isPlainlyVisible(remains) && isOpen(all([courseGate, place.gate, gateByModules(id)]))) {
    return { found: [], problems: [{ segments, ...UNREADABLE }], isWhole: true };
  }
  if (id === undefined) return LOST;
  return { found: [{ file: { id, display_name: name }, segments, gate: SHUT }], problems: [], isWhole: true };
}

const LOST: Omit<View, 'outside'> = { found: [], problems: [], isWhole: false };

const UNREADABLE = {
  code: 'source-invalid',
  params: { detail: 'what Canvas says of it cannot be understood' },
} as const satisfies Omit<EntryProblem, 'segments'>;

function isOpen(gate: Gate): boolean {
  return gate.kind === 'open' && gate.from === undefined && gate.until === undefined;
}
