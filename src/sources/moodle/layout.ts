/** Where sections and activities lie: which folder each becomes, and which sections it lies in. Pure. */
import type { EntryProblem } from '../source.ts';
import { nameFolders, unescapeOnce, type WantedFolder } from './folder-names.ts';
import { type Module, moduleSchema, type Section, sectionSchema } from './schema.ts';

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
  /** False when a section could not be understood, or an activity had no name under which it could be a problem. */
  readonly complete: boolean;
}

/** Lays out a course. A section or activity that cannot be understood is a problem on its folder. */
export function layOut(answer: readonly unknown[]): Layout {
  const read = answer.map((raw) => readSection(raw));
  const sections = read.flatMap(({ section }) => (section === undefined ? [] : [section]));
  const listed = read.flatMap(({ modules }) => modules);
  const parents = parentsOf(sections, listed);
  const wanted = [...sections.flatMap((one) => sectionFolder(one, parents)), ...listed.flatMap(moduleFolder)];
  const folders = nameFolders(wanted);
  const folderOf = (key: string): readonly string[] => folders.get(key) ?? [];
  const modules = listed.map(({ module, section }): PlacedModule => {
    const chain = chainOf(section, parents);
    return {
      module,
      title: titleOf(module),
      above: folderOf(sectionKey(section)),
      folder: folderOf(moduleKey(module)),
      isSingle: isSingleFile(module),
      sections: chain.map((one) => (isAdrift(one, parents) ? { ...one, visible: false } : one)),
      gates: [module, ...chain.flatMap((one) => parents.get(one.id)?.gate ?? [])],
    };
  });
  const isComplete = read.every(({ section, bad }) => section !== undefined && !bad.includes(undefined));
  return { sections, modules, problems: problemsOf(read, folderOf), complete: isComplete };
}

function problemsOf(
  read: readonly ReadSection[],
  folderOf: (key: string) => readonly string[],
): readonly EntryProblem[] {
  return read.flatMap(({ bad, section }) =>
    bad.map((name): EntryProblem => ({
      segments: [...(section === undefined ? [] : folderOf(sectionKey(section))), name ?? '?'],
      code: 'source-invalid',
      params: { detail: 'the platform describes it in an unknown way' },
    })),
  );
}

interface ReadSection {
  readonly section?: Section;
  readonly modules: readonly { readonly module: Module; readonly section: Section }[];
  /** What could not be understood, by its name where it has one. */
  readonly bad: readonly (string | undefined)[];
}

function readSection(raw: unknown): ReadSection {
  const parsed = sectionSchema.safeParse(raw);
  if (!parsed.success) return { modules: [], bad: [nameIn(raw)] };
  const section = parsed.data;
  const read = section.modules.map((one) => ({ one, module: moduleSchema.safeParse(one) }));
  return {
    section,
    modules: read.flatMap(({ module }) => (module.success ? [{ module: module.data, section }] : [])),
    bad: read.flatMap(({ one, module }) => (module.success ? [] : [nameIn(one)])),
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
