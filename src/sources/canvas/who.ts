/** Who asks, and what students of the course have of it: Canvas shows staff more than it shows them. */
import type { z } from 'zod';
import { type ErrorParams, F2gitError } from '../../errors.ts';
import { ask, askAll, type CanvasServer, given, PER_PAGE } from './api.ts';
import { courseSchema, permissionsSchema, sortOut, tabSchema } from './items.ts';

export type Standing =
  /** Canvas itself leaves out what students may not see. */
  | { readonly kind: 'student' }
  /** Canvas shows everything: what students may see is to be worked out. */
  | {
      readonly kind: 'staff';
      readonly isPublished: boolean;
      /** Whether students have these pages in the course's menu. */
      readonly hasFiles: boolean;
      readonly hasModules: boolean;
    };

/** Rights any of which makes Canvas show unpublished modules too (`ContextModule.modules_visible_to`), old and new. */
const RIGHTS_TO_MODULES = [
  'view_unpublished_items',
  'manage_content',
  'manage_course_content_add',
  'manage_course_content_edit',
  'manage_course_content_delete',
];

/**
 * Rights any of which makes Canvas show more than students see: hidden files, what is locked, unpublished modules
 * (`Api::V1::Attachment#can_view_hidden_files?`, `ContextModule#available_for?`).
 */
const RIGHTS = [
  'read_as_admin',
  'manage_files',
  'manage_files_add',
  'manage_files_edit',
  'manage_files_delete',
  ...RIGHTS_TO_MODULES,
];

/**
 * Reads the asker's rights, and for staff the state of the course.
 * @throws {F2gitError} `source-not-found`, `source-forbidden`, `source-login`
 */
export async function readCourse(server: CanvasServer, course: string, signal: AbortSignal): Promise<Standing> {
  const path = `/courses/${course}`;
  const query = RIGHTS.map((right) => `permissions[]=${right}`).join('&');
  const rights = await ask(server, `${path}/permissions?${query}`, permissionsSchema, signal);
  if (rights.kind === 'given' && !hasAny(rights.value, RIGHTS)) return { kind: 'student' };
  if (rights.kind === 'given' && !hasAny(rights.value, RIGHTS_TO_MODULES)) {
    throw forbidden(
      'the account sees hidden files, and not the unpublished modules that lock others; use one of a student or of a teacher',
    );
  }
  const [facts, tabs] = await Promise.all([
    ask(server, path, courseSchema, signal),
    askAll(server, `${path}/tabs?${PER_PAGE}`, signal),
  ]);
  if (facts.kind === 'missing') throw notThere(facts.error.params);
  const { workflow_state, enrollments } = given(facts);
  if (workflow_state === 'deleted') throw notThere();
  // Releases without the question about rights at least say as what one takes part.
  const isStudent = enrollments?.length !== 0 && enrollments?.every(({ type }) => STUDENT.test(type)) === true;
  if (rights.kind !== 'given' && isStudent) return { kind: 'student' };
  if (tabs.kind !== 'given') {
    throw forbidden('the pages of its menu cannot be read, and they decide what students may see', tabs.error.params);
  }
  const shown = new Set(
    sortOut(tabSchema, tabs.value).items.flatMap(({ id, hidden }) => (hidden === true ? [] : [id])),
  );
  const isPublished = workflow_state === 'available' || workflow_state === 'completed';
  return { kind: 'staff', isPublished, hasFiles: shown.has('files'), hasModules: shown.has('modules') };
}

const STUDENT = /^(student|StudentEnrollment|observer|ObserverEnrollment)$/;

function hasAny(rights: z.infer<typeof permissionsSchema>, names: readonly string[]): boolean {
  return names.some((name) => rights[name] === true || rights[name] === 'true');
}

function notThere(params: ErrorParams = {}): F2gitError {
  const detail = 'there is nothing with this number, or it was deleted';
  return new F2gitError('source-not-found', { params: { ...params, detail } });
}

function forbidden(detail: string, params: ErrorParams = {}): F2gitError {
  return new F2gitError('source-forbidden', { params: { ...params, detail } });
}
