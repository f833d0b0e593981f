/** The file in a course's own folder that is kept for its schedule (DESIGN 7): for staff, never for students. */
import { foldPath } from '../core/paths.ts';

/** The second name is for platforms that rename `.yaml` files. */
const NAMES: readonly string[] = ['f2git.yaml', 'f2git.txt'];

/** Whether `path`, a path of the course, is that file. It is never delivered. */
export function isScheduleFile(path: string): boolean {
  return NAMES.includes(foldPath(path));
}
