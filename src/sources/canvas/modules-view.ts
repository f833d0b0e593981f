/** A course as its modules show it, where its Files page is switched off: module, heading, file. */
import { z } from 'zod';
import { F2gitError } from '../../errors.ts';
import type { EntryProblem } from '../source.ts';
import { ask, askAll, PER_PAGE } from './api.ts';
import { eachAtOnce } from './at-once.ts';
import { completePlaces, type FilesAndFolders, placeOfFile } from './files-view.ts';
import { type CanvasModuleItem, fileSchema } from './items.ts';
import { gateOfModule } from './module-gates.ts';
import type { Modules, ModuleWithItems } from './modules.ts';
import { type FileFacts, type FoundFile, gateOfFile, gateOfLock, type Looking, type View } from './view.ts';
import { all, any, type Gate, gateOf, OPEN, SHUT, windowOf } from './visibility.ts';

/** A file as its first module names it. */
interface Item {
  readonly file: string;
  readonly folder: readonly string[];
  readonly title: string;
  readonly item: CanvasModuleItem;
  readonly module: ModuleWithItems;
}

/** What was read of files one by one, and when: Canvas's list of a module has neither sizes nor dates. */
export interface RememberedFile {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly facts: Omit<FileFacts, 'url'>;
}

/** Files that are read again at each refresh, the longest not read first; a new version has a new id anyway. */
const MOST_READ_AGAIN = 20;
const READ_AGAIN_MS = 60 * 60_000;

/** The course as a student sees it. `remembered` are the files of the last listing. */
export async function viewByModules(
  looking: Looking,
  modules: Modules,
  remembered: ReadonlyMap<string, RememberedFile>,
): Promise<View & { readonly remembered: ReadonlyMap<string, RememberedFile> }> {
  const items = itemsOf(modules);
  const due = dueFiles(items, remembered, looking.now);
  const known = new Map([...remembered].filter(([file]) => !due.has(file)));
  const found: FoundFile[] = [];
  const problems: EntryProblem[] = [];
  const read = new Map<string, RememberedFile>();
  await eachAtOnce(items, async (one) => {
    const before = known.get(one.file);
    const file = before === undefined ? await readFile(looking, one.file) : { facts: before.facts, gate: OPEN };
    if (file instanceof F2gitError) {
      problems.push({ segments: [...one.folder, one.title], code: file.code });
      return;
    }
    const { facts, gate } = file;
    const { id, display_name, size, modified_at } = facts;
    read.set(one.file, before ?? { at: looking.now.getTime(), facts: { id, display_name, size, modified_at } });
    found.push({ file: facts, segments: [...one.folder, display_name], gate: all([gate, gateOfItem(one, looking)]) });
  });
  return { found, problems, outside: [], isWhole: isWholeOf(modules), remembered: read };
}

/** The course as a student sees it, for staff, who may read the files' lists themselves. */
export async function viewByModulesForStaff(looking: Looking, modules: Modules, lists: FilesAndFolders): Promise<View> {
  const places = await completePlaces(looking, lists);
  const byId = new Map(lists.files.items.map((file) => [file.id, file]));
  const entrances = await entrancesOf(looking, modules);
  const found: FoundFile[] = [];
  const problems: EntryProblem[] = [];
  let isWhole = isWholeOf(modules);
  for (const [id, items] of groupByFile(itemsOf(modules, 'all'))) {
    const first = items.find((one) => isShown(one, entrances)) ?? items[0];
    const file = byId.get(id);
    const place = file === undefined ? undefined : placeOfFile(file, places);
    if (place?.kind === 'submissions' || first === undefined) continue;
    if (file === undefined || place?.kind !== 'placed') {
      // Its number is known: what became of it is asked if somebody has it.
      isWhole &&= file === undefined;
      if (isOpenNow(first, entrances, looking))
        problems.push({ segments: [...first.folder, first.title], code: 'source-gone' });
      continue;
    }
    const ways = items.map(({ item, module }) => (item.published === false ? CLOSED : entrances.get(module.id)));
    const gateByModules = any(ways.map((way) => way?.gate ?? SHUT));
    const gate = all([looking.courseGate, place.readGate, gateOfFile(file, false, looking.now), gateByModules]);
    found.push({ file, segments: [...first.folder, file.display_name], gate });
  }
  return { found, problems, outside: [], isWhole };
}

/** A module as students have it. */
interface Entrance {
  /** Whether it is in their list, open or not. */
  readonly isListed: boolean;
  /** When all of them may enter. */
  readonly gate: Gate;
}

const CLOSED: Entrance = { isListed: false, gate: SHUT };

/** Students find a file first where they first see it, also in a module that is not open yet. */
function isShown({ item, module }: Item, entrances: ReadonlyMap<string, Entrance>): boolean {
  return item.published !== false && entrances.get(module.id)?.isListed === true;
}

/** Whoever is told of a problem learns the title: every student must see it. */
function isOpenNow(one: Item, entrances: ReadonlyMap<string, Entrance>, { courseGate, now }: Looking): boolean {
  const gate = all([courseGate, entrances.get(one.module.id)?.gate ?? SHUT]);
  return isShown(one, entrances) && windowOf(gate, now) === undefined;
}

/**
 * When every student may enter a module. One that is assigned to some of them is not for all: its overrides say so, one
 * request for each module; releases before 2024 do not know them.
 */
async function entrancesOf(
  { server, course, signal }: Looking,
  { modules }: Modules,
): Promise<ReadonlyMap<string, Entrance>> {
  const entrances = await eachAtOnce(modules, async (module): Promise<readonly [string, Entrance]> => {
    const gate = gateOfModule(module);
    const isAsked = gate.kind === 'open' && module.items.some(({ type }) => type === 'File');
    if (!isAsked) return [module.id, { isListed: module.published === true, gate }];
    const answer = await askAll(server, `/courses/${course}/modules/${module.id}/overrides?${PER_PAGE}`, signal);
    const isForSome = answer.kind === 'refused' || (answer.kind === 'given' && answer.value.length > 0);
    return [module.id, isForSome ? CLOSED : { isListed: true, gate }];
  });
  return new Map(entrances);
}

/** The files in modules, each where it is first (or everywhere), below its module and the heading above it. */
function itemsOf({ modules }: Modules, which: 'first' | 'all' = 'first'): readonly Item[] {
  const items: Item[] = [];
  const seen = new Set<string>();
  for (const module of modules) {
    let heading: readonly string[] = [];
    for (const item of module.items) {
      if (item.type === 'SubHeader') heading = item.title === null || item.title === undefined ? [] : [item.title];
      const { content_id: file } = item;
      if (item.type !== 'File' || file === null || file === undefined) continue;
      if (which === 'first' && seen.has(file)) continue;
      seen.add(file);
      items.push({ file, folder: [module.name, ...heading], title: item.title ?? file, item, module });
    }
  }
  return items;
}

function groupByFile(items: readonly Item[]): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.file, [...(groups.get(item.file) ?? []), item]);
  return groups;
}

/** A file item without the id of its file names something that nobody can find. */
function isWholeOf({ modules, isWhole }: Modules): boolean {
  const isNameless = ({ type, content_id: id }: CanvasModuleItem) =>
    type === 'File' && (id === null || id === undefined);
  return isWhole && !modules.some(({ items }) => items.some(isNameless));
}

/** Without `content_details`, only the file itself says whether it is locked. */
function dueFiles(
  items: readonly Item[],
  remembered: ReadonlyMap<string, RememberedFile>,
  now: Date,
): ReadonlySet<string> {
  const old = items
    .flatMap(({ file }) => {
      const at = remembered.get(file)?.at;
      return at !== undefined && now.getTime() - at >= READ_AGAIN_MS ? [{ file, at }] : [];
    })
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_READ_AGAIN);
  const untold = items.filter(({ item }) => item.content_details === null || item.content_details === undefined);
  return new Set([...old.map(({ file }) => file), ...untold.map(({ file }) => file)]);
}

async function readFile(
  { server, course, now, signal }: Looking,
  file: string,
): Promise<{ readonly facts: FileFacts; readonly gate: Gate } | F2gitError> {
  const answer = await ask(server, `/courses/${course}/files/${file}`, z.unknown(), signal);
  if (answer.kind === 'missing') return new F2gitError('source-gone');
  if (answer.kind === 'refused') return new F2gitError('source-forbidden');
  const { data } = fileSchema.safeParse(answer.value);
  return data === undefined ? new F2gitError('source-invalid') : { facts: data, gate: gateOfFile(data, false, now) };
}

/** What the list of the module says of a file: whether the asker may read it, and from when. */
function gateOfItem({ item: { content_details: details } }: Item, { courseGate, now }: Looking): Gate {
  if (details === null || details === undefined) return courseGate;
  const { locked = false, hidden = false, unlock_at, lock_at, locked_for_user, lock_info } = details;
  const own = gateOf({ locked, hidden, unlock_at, lock_at }, false);
  return all([courseGate, own, gateOfLock({ locked_for_user, lock_info, url: undefined }, now)]);
}
