/** What a course holds, out of the one answer that lists it: sections and activities become folders and files. Pure. */
import { createHash } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import { linkNote } from '../link-note.ts';
import type { EntryProblem, Window } from '../source.ts';
import { type Content, contentSchema, type Module } from './schema.ts';
import { type Layout, layOut, type PlacedModule } from './layout.ts';
import { readFileAddress } from './stored-file.ts';
import { isStaffListing, sightOf } from './visibility.ts';

/** A file to download, or a note f2git writes itself. */
export interface CourseItem {
  readonly id: EntryId;
  readonly segments: readonly string[];
  readonly stamp: string;
  /** Bytes. */
  readonly size: number;
  /** When it last changed (milliseconds since 1970, the server's clock); absent for notes. */
  readonly modified?: number;
  readonly visible?: Window;
  readonly content: { readonly url: string } | { readonly note: Uint8Array };
}

export interface ReadCourse {
  readonly items: readonly CourseItem[];
  readonly problems: readonly EntryProblem[];
  /** Whether everything named could be placed, if only as a problem. */
  readonly complete: boolean;
  /** Activities by context: whether the listing shows all that is in them. */
  readonly contexts: ReadonlyMap<string, 'shown' | 'unseen'>;
  /** Activities of which nothing is delivered, by kind: a forum, a quiz. */
  readonly notDelivered: ReadonlyMap<string, number>;
  /** Activities that hold something students are not shown now. */
  readonly withheld: number;
  /** Whether it shows what students do not see. */
  readonly isStaffView: boolean;
}

/** Reads the sections of `core_course_get_contents`; with `activity`, the number of one, only what is in that. */
export function readCourse(answer: readonly unknown[], site: string, activity?: string): ReadCourse {
  const whole = layOut(answer);
  const layout = activity === undefined ? whole : layoutOfOne(whole, activity);
  const reader = new CourseReader(site);
  for (const placed of layout.modules) reader.take(placed);
  return {
    items: reader.items.sort((a, b) => (a.id < b.id ? -1 : 1)),
    problems: [...layout.problems, ...reader.problems],
    complete: layout.complete && reader.complete,
    contexts: reader.contexts,
    notDelivered: reader.notDelivered,
    withheld: reader.withheld,
    isStaffView: isStaffListing(
      layout.sections,
      layout.modules.map(({ module }) => module),
    ),
  };
}

/** An activity by itself is the root. What else the course has, understood or not, is no part of it. */
function layoutOfOne(layout: Layout, activity: string): Layout {
  const modules = layout.modules
    .filter(({ module }) => String(module.id) === activity)
    .map((placed) => ({ ...placed, above: [], folder: [] }));
  // One that is not listed is not empty.
  return { ...layout, modules, problems: [], complete: modules.length > 0 };
}

/** Kinds of activities that have files: without `contents`, the account may not look inside. */
const FILE_KINDS = new Set(['resource', 'folder', 'page', 'book', 'url', 'imscp']);

class CourseReader {
  readonly items: CourseItem[] = [];
  readonly problems: EntryProblem[] = [];
  readonly contexts = new Map<string, 'shown' | 'unseen'>();
  readonly notDelivered = new Map<string, number>();
  complete = true;
  withheld = 0;
  readonly #site: string;

  constructor(site: string) {
    this.#site = site;
  }

  take(placed: PlacedModule): void {
    const { module, sections, gates } = placed;
    const sight = sightOf(gates, sections);
    const isLocked = module.contents === undefined && (module.uservisible === false || FILE_KINDS.has(module.modname));
    if (sight.kind === 'withheld' || isLocked) this.withheld += 1;
    if (module.contents === undefined) {
      if (!isLocked) this.#countOther(module);
      if (module.contextid != null) this.contexts.set(String(module.contextid), 'unseen');
      return;
    }
    const found = this.#read(placed, module.contents);
    const isOpen = sight.kind === 'open';
    this.items.push(...found.items.map((item) => (isOpen ? item : { ...item, visible: sight.window })));
    // The name of what students may not see is no business of theirs, not even in a problem.
    if (isOpen) this.problems.push(...found.problems);
    const isWhole = found.problems.length === 0 || isOpen;
    for (const context of found.contexts) this.contexts.set(context, isWhole ? 'shown' : 'unseen');
    this.complete &&= found.isNamed;
  }

  #countOther({ modname }: Module): void {
    // It stands for a section, whose activities are delivered.
    if (modname === 'subsection') return;
    this.notDelivered.set(modname, (this.notDelivered.get(modname) ?? 0) + 1);
  }

  #read(placed: PlacedModule, contents: readonly unknown[]): FoundInModule {
    const found = new FoundInModule(placed, this.#site);
    if (placed.module.modname === 'book') found.noteOnPage();
    else for (const one of contents) found.take(one);
    if (placed.module.modname === 'url' && contents.length === 0) found.noteOnPage();
    return found;
  }
}

/** What one activity holds. */
class FoundInModule {
  readonly items: CourseItem[] = [];
  readonly problems: EntryProblem[] = [];
  readonly contexts = new Set<string>();
  /** Whether every item has a name, if only that of its activity. */
  isNamed = true;
  readonly #placed: PlacedModule;
  readonly #site: string;

  constructor(placed: PlacedModule, site: string) {
    this.#placed = placed;
    this.#site = site;
    const { contextid } = placed.module;
    if (contextid != null) this.contexts.add(String(contextid));
  }

  take(raw: unknown): void {
    const content = contentSchema.safeParse(raw);
    if (!content.success) this.#problem(raw, 'source-invalid', 'the platform describes it in an unknown way');
    else if (content.data.type === 'file') this.#takeFile(content.data);
    else if (content.data.type === 'url') this.#note(content.data.fileurl ?? '');
  }

  /** Stands for what Moodle shows as a page of its own: the text of a page, the chapters of a book. */
  noteOnPage(): void {
    this.#note(this.#placed.module.url ?? '');
  }

  #takeFile(content: Content): void {
    const { module, folder, isSingle } = this.#placed;
    if (content.isexternalfile === true) {
      this.#problem(content, 'kind-refused', 'it lies in another system, and Moodle only refers to it');
      return;
    }
    const address = readFileAddress(content.fileurl ?? '', this.#site);
    if (address.kind === 'generated') {
      this.noteOnPage();
      return;
    }
    const isOther =
      address.kind === 'stored' && module.contextid != null && address.context !== String(module.contextid);
    if (address.kind === 'elsewhere' || isOther) {
      this.#problem(content, 'source-invalid', 'its address leads out of the course');
      return;
    }
    this.contexts.add(address.context);
    const path = pathOf(content);
    const name = `${address.context}/${address.component}`;
    this.items.push({
      id: idOf(isSingle ? name : `${name}/${address.area}/${path.join('/')}`),
      segments: isSingle ? [...this.#placed.above, content.filename] : [...folder, ...path],
      stamp: `${String(content.filesize)} ${String(content.timemodified ?? 0)}`,
      size: content.filesize,
      modified: (content.timemodified ?? 0) * 1000,
      content: { url: address.url },
    });
  }

  #note(target: string): void {
    const { module, above, title } = this.#placed;
    const segments = [...above, `${title}.md`];
    const note = linkNote({ title, target });
    if (note === undefined) {
      this.problems.push({
        segments,
        code: 'kind-refused',
        params: { detail: 'a link to something that is no web address' },
      });
      return;
    }
    const context = module.contextid == null ? `cm${String(module.id)}` : String(module.contextid);
    const stamp = createHash('sha256').update(note).digest('base64url');
    const id = idOf(`${context}/mod_${module.modname}/note`);
    // A page that is listed with several generated parts is one page.
    if (this.items.some((item) => item.id === id)) return;
    this.items.push({ id, segments, stamp, size: note.length, content: { note } });
  }

  /** On the file's path where it has a name, else on all of the activity. */
  #problem(raw: unknown, code: EntryProblem['code'], detail: string): void {
    const { folder, above, isSingle } = this.#placed;
    const named = contentSchema.pick({ filename: true, filepath: true }).safeParse(raw);
    if (!named.success && isSingle) this.isNamed = false;
    const path = named.success ? pathOf(named.data) : [];
    const place = isSingle ? above : folder;
    this.problems.push({ segments: [...place, ...path], code, params: { detail } });
  }
}

function pathOf({ filepath, filename }: Pick<Content, 'filepath' | 'filename'>): readonly string[] {
  return [...(filepath ?? '/').split('/').filter((name) => name !== ''), filename];
}

/** Very long ones by their digest, as ids are bounded; what they stand for can then not be asked for any more. */
function idOf(key: string): EntryId {
  return entryId(key.length <= 4096 ? key : `sha256/${createHash('sha256').update(key).digest('hex')}`);
}
