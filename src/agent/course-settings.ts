/**
 * What was chosen for a course, as an agent in another place must know it to leave the same files where the server itself
 * would. Fields that are missing are those of an older server.
 */
import { z } from 'zod';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { USUAL_POLICY, type Policy } from '../sync/plan-types.ts';

export interface CourseSettings {
  /** The file opened when the link names none. */
  readonly open?: RelPath;
  readonly policy: Policy;
}

/** The settings among the fields of a document. */
export const settingsFields = {
  open: z.string().optional(),
  policy: z
    .object({
      deletedFiles: z.enum(['restore', 'respect']).optional(),
      courseCopies: z.enum(['report', 'beside']).optional(),
      codeCells: z.enum(['lines', 'whole']).optional(),
    })
    .optional(),
};

/** The settings in a document with `settingsFields`; the usual ones for what it does not say. */
export function settingsOf(document: z.infer<z.ZodObject<typeof settingsFields>>): CourseSettings {
  const open = parseRelPath(document.open ?? '');
  const { deletedFiles, courseCopies } = USUAL_POLICY;
  const { codeCells, ...rest } = document.policy ?? {};
  const policy = {
    deletedFiles: rest.deletedFiles ?? deletedFiles,
    courseCopies: rest.courseCopies ?? courseCopies,
    ...(codeCells === undefined ? {} : { codeCells }),
  };
  return { ...(open && { open }), policy };
}
