/** Where sections and activities lie: which folder each becomes, and which sections it lies in. Pure. */
import type { EntryProblem } from '../source.ts';
import { nameFolders, unescapeOnce, type WantedFolder } from './folder-names.ts';
import { marksSchema, type Module, moduleSchema, type Section, sectionSchema } from './schema.ts';
import { sightOf } from './visibility.ts';

/** An activity with the folders around it. */
export interface PlacedModule {
  readonly module: Module;
  /** Its name as people see it. */
  readonly title: string;
  /** The folder of its section. */
  readonly above: readonly string[];
  /** Its own folder. */
  readonly folder: readonly string[];
  /** A single file stands in its section's folder by itself. */
  readonly isSingle: boolean;
  /** Its section, and those that one lies in. */
  readonly sections: readonly Section[];
  /** Itself, and the subsections it lies in: they are activities, with restrictions of their own. */
  readonly gates: readonly Module[];
}

export interface Layout {
  readonly sections: readonly Section[];
  readonly modules: readonly PlacedModule[];
  readonly problems: readonly EntryProblem[];
  /** False when something that could not be understood has no place where it could be a problem. */
  readonly complete: boolean;
}

/** Lays out a course. A section or activity that cannot be understood is a problem. */
export function layOut(answer: readonly unknown[]): Layout {
  const read = answer.map((raw) => readSection(raw));
  const sections = read.flatMap(({ section }) => (section === undefined ? [] : [section]));
  const listed = read.flatMap(({ modules }) => modules);
  const parents = parentsOf(sections, listed);
  const wanted = [...sections.flatMap((one) => sectionFolder(one, parents)), ...listed.flatMap(moduleFolder)];
  const folders = nameFolders(wanted);
  const folderOf = (key: string): readonly string[] => folders.get(key) ?? [];
  const modules = listed.map(({ module, section }): PlacedModule => ({
    module,
    title: titleOf(module),
    above: folderOf(sectionKey(section)),
    folder: folderOf(moduleKey(module)),
    isSingle: isSingleFile(module),
    ...surroundings(module, section, parents),
  }));
  const broken = read.flatMap(({ section, bad }) => bad.map((one) => placeOfBroken(one, section, parents, folderOf)));
  const problems = broken.map((segments): EntryProblem => ({
    segments: segments ?? ['?'],
    code: 'source-invalid',
    params: { detail: 'the platform describes it in an unknown way' },
  }));
  return { sections, modules, problems, complete: !broken.includes(undefined) };
}

/** What decides who sees an activity: the sections around it, and the activities that are their gates. */
function surroundings(module: Module, section: Section, parents: Parents): Pick<PlacedModule, 'sections' | 'gates'> {
  const chain = chainOf(section, parents);
  return {
    sections: chain.map((one) => (isAdrift(one, parents) ? { ...one, visible: false } : one)),
    gates: [module, ...chain.flatMap((one) => parents.get(one.id)?.gate ?? [])],
  };
}

/**
 * Where something that cannot be understood would lie; undefined where it has no name, or one that is perhaps not for
 * students.
 */
function placeOfBroken(
  { name, marks }: Broken,
  section: Section | undefined,
  parents: Parents,
  folderOf: (key: string) => readonly string[],
): readonly string[] | undefined {
  if (name === undefined || marks === undefined || section === undefined) return undefined;
  const { gates, sections } = surroundings(marks, section, parents);
  return sightOf(gates, sections).kind === 'open' ? [...folderOf(sectionKey(section)), name] : undefined;
}

interface ReadSection {
  readonly section?: Section;
  readonly modules: readonly { readonly module: Module; readonly section: Section }[];
  /** What could not be understood: an activity of it, or all of it. */
  readonly bad: readonly Broken[];
}

interface Broken {
  readonly name?: string;
  /** Who sees it, where at least that can be understood. */
  readonly marks?: Module;
}

function readSection(raw: unknown): ReadSection {
  const parsed = sectionSchema.safeParse(raw);
  if (!parsed.success) return { modules: [], bad: [{}] };
  const section = parsed.data;
  const read = section.modules.map((one) => ({ one, module: moduleSchema.safeParse(one) }));
  return {
    section,
    modules: read.flatMap(({ module }) => (module.success ? [{ module: module.data, section }] : [])),
    bad: read.flatMap(({ one, module }) => (module.success ? [] : [brokenModule(one)])),
  };
}

function brokenModule(raw: unknown): Broken {
  const name = nameIn(raw);
  const marks = marksSchema.safeParse(raw);
  return {
    ...(name === undefined ? {} : { name }),
    ...(marks.success ? { marks: { ...marks.data, id: 0, name: '', modname: '' } } : {}),
  };
}

/** The section a subsection lies in, and the activity that stands there for it; by the subsection's own number. */
type Parents = ReadonlyMap<number, { readonly section: Section; readonly gate: Module }>;

function parentsOf(sections: readonly Section[], listed: ReadSection['modules']): Parents {
  const places = new Map(
    listed.flatMap(({ module, section }) =>
      module.modname === 'subsection' && module.instance != null
        ? [[module.instance, { section, gate: module }] as const]
        : [],
    ),
  );
  return new Map(
    sections.flatMap((section) => {
      const parent = isSubsection(section) ? places.get(section.itemid ?? 0) : undefined;
      return parent === undefined ? [] : [[section.id, parent] as const];
    }),
  );
}

function isSubsection({ component }: Section): boolean {
  return component === 'mod_subsection';
}

/** A subsection whose place is not shown: nobody can say who sees it. */
function isAdrift(section: Section, parents: Parents): boolean {
  return isSubsection(section) && !parents.has(section.id);
}

/** A section with those it lies in, the innermost first; a circle ends where it closes. */
function chainOf(section: Section, parents: Parents): readonly Section[] {
  const chain: Section[] = [];
  let next: Section | undefined = section;
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = parents.get(next.id)?.section;
  }
  return chain;
}

/** The first section is the course's own: what Moodle calls it depends on the language, so it is the root. */
function sectionFolder(section: Section, parents: Parents): readonly WantedFolder[] {
  if (section.section === 0) return [];
  const parent = parents.get(section.id)?.section;
  const isCircle = parent !== undefined && chainOf(parent, parents).includes(section);
  const isBelow = parent !== undefined && parent.section !== 0 && !isCircle;
  const name = unescapeOnce(section.name).trim();
  return [
    {
      key: sectionKey(section),
      ...(isBelow ? { parent: sectionKey(parent) } : {}),
      name: name === '' ? `section ${String(section.id)}` : name,
      id: section.id,
      kind: 'section',
    },
  ];
}

function moduleFolder({ module, section }: ReadSection['modules'][number]): readonly WantedFolder[] {
  if (!hasFolder(module)) return [];
  const parent = section.section === 0 ? {} : { parent: sectionKey(section) };
  return [{ key: moduleKey(module), ...parent, name: titleOf(module), id: module.id, kind: 'activity' }];
}

/** Links and books are notes beside the others; of a page, the first part is what Moodle makes of its text. */
function hasFolder(module: Module): boolean {
  const { modname, contents = [] } = module;
  if (modname === 'url' || modname === 'book' || isSingleFile(module)) return false;
  return contents.length > (modname === 'page' ? 1 : 0);
}

/** A resource with one file at its top is that file. */
function isSingleFile({ modname, contents = [] }: Module): boolean {
  if (modname !== 'resource' || contents.length !== 1) return false;
  const [only] = contents;
  const path = typeof only === 'object' && only !== null && 'filepath' in only ? only.filepath : '/';
  return path === '/' || typeof path !== 'string';
}

function titleOf({ id, modname, name }: Module): string {
  const title = unescapeOnce(name).trim();
  return title === '' ? `${modname} ${String(id)}` : title;
}

function nameIn(raw: unknown): string | undefined {
  const name = typeof raw === 'object' && raw !== null && 'name' in raw ? raw.name : undefined;
  return typeof name === 'string' && name.trim() !== '' ? unescapeOnce(name).trim() : undefined;
}

function sectionKey({ id }: Section): string {
  return `section ${String(id)}`;
}

function moduleKey({ id }: Module): string {
  return `activity ${String(id)}`;
}
