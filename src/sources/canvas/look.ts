/** Looks at a course: who asks, and what the course's pages show to students. */
import { F2gitError } from '../../errors.ts';
import type { CanvasConfig, CoursePart } from './address.ts';
import { type Answer, type CanvasServer, given } from './api.ts';
import { type FilesAndFolders, readFilesAndFolders, viewByFiles } from './files-view.ts';
import { type RememberedFile, viewByModules, viewByModulesForStaff } from './modules-view.ts';
import { type Modules, readModules } from './modules.ts';
import type { Looking, View } from './view.ts';
import { OPEN, SHUT } from './visibility.ts';
import { readCourse, type Standing } from './who.ts';

export interface LookInput {
  readonly server: CanvasServer;
  readonly config: CanvasConfig;
  /** What was read of files one by one for the last listing. */
  readonly remembered: ReadonlyMap<string, RememberedFile>;
  readonly now: Date;
}

export interface Seen extends View {
  readonly remembered: ReadonlyMap<string, RememberedFile>;
  readonly standing: Standing;
  /** Which pages of the course the files are from. */
  readonly from: 'files' | 'modules';
}

/** @throws {F2gitError} whatever keeps the course from being listed as a whole */
export async function look({ server, config, remembered, now }: LookInput, signal: AbortSignal): Promise<Seen> {
  const { course, part } = config;
  const standing = await readCourse(server, course, signal);
  const courseGate = standing.kind === 'staff' && !standing.isPublished ? SHUT : OPEN;
  const looking: Looking = { server, course, part, courseGate, now, signal };
  const [lists, modules] = await Promise.all([
    readFilesAndFolders(looking),
    standing.kind === 'staff' ? readModules(server, course, signal) : undefined,
  ]);
  const rules = modules === undefined ? undefined : rulesOf(modules);
  const hasFiles = standing.kind === 'student' || standing.hasFiles;
  if (lists.kind === 'given' && hasFiles) {
    return { ...(await viewByFiles(looking, lists.value, rules)), remembered: new Map(), standing, from: 'files' };
  }
  if (part.kind !== 'course') throw partRefused(lists, part);
  if (standing.kind === 'student' || rules === undefined) {
    const shown = shownTo(standing, await readModules(server, course, signal));
    return { ...(await viewByModules(looking, shown, remembered)), standing, from: 'modules' };
  }
  const view = await lookByModules(looking, standing, rules, given(lists));
  return { ...view, remembered: new Map(), standing, from: 'modules' };
}

/** Where the Files page is off. Without a page of modules either, students have no way to any file. */
function lookByModules(
  looking: Looking,
  { hasModules }: Standing & { readonly kind: 'staff' },
  modules: Modules,
  lists: FilesAndFolders,
): Promise<View> {
  const courseGate = hasModules ? looking.courseGate : SHUT;
  return viewByModulesForStaff({ ...looking, courseGate }, modules, lists);
}

/** Whoever takes part in a course may list its modules: Canvas refuses only those who may not enter. */
function shownTo({ kind }: Standing, modules: Answer<Modules>): Modules {
  if (kind !== 'student' || modules.kind !== 'refused') return readable(modules);
  const detail = 'the account is not in the course, or the course is not published or has ended';
  throw new F2gitError('source-forbidden', { params: { ...modules.error.params, detail } });
}

/** Without the modules nobody can say what they lock: then nothing is listed rather than too much. */
function readable(modules: Answer<Modules>): Modules {
  if (modules.kind === 'given') return modules.value;
  const detail = 'neither its Files page nor its modules say what students may see';
  throw new F2gitError('source-forbidden', { params: { ...modules.error.params, detail } });
}

/** Staff are told of each module whether it is published; an account that is not cannot tell what students see. */
function rulesOf(modules: Answer<Modules>): Modules {
  const rules = readable(modules);
  if (rules.modules.every(({ published }) => typeof published === 'boolean')) return rules;
  const detail = 'its modules do not say whether they are published, and that decides what students may see';
  throw new F2gitError('source-forbidden', { params: { detail } });
}

/** One file or folder cannot be found by modules. */
function partRefused(lists: Answer<FilesAndFolders>, part: CoursePart): F2gitError {
  if (lists.kind === 'missing' && part.kind === 'file') {
    const detail = 'the file was deleted, or replaced by a version with another number; copy the address of its folder';
    return new F2gitError('source-not-found', { params: { ...lists.error.params, detail } });
  }
  const params = lists.kind === 'given' ? {} : lists.error.params;
  const detail = 'the Files page of the course is switched off; give the address of the course itself';
  return new F2gitError('source-forbidden', { params: { ...params, detail } });
}
