/** The file in a course's own folder that is kept for its schedule (DESIGN 7): for staff, never for students. */
import { foldPath } from '../core/paths.ts';

/** The second name is for platforms that rename `.yaml` files. */
const NAMES: readonly string[] = ['f2git.yaml', 'f2git.txt'];

/**
 * Whether a file of the course is that one, by its path or by what people see at the source: of two of the same name at the
 * source one has another path. It is never delivered.
 */
export function isScheduleFile(path: string, sourcePath = path): boolean {
  return NAMES.includes(foldPath(path)) || NAMES.includes(foldPath(sourcePath));
}
