/** Which paths of a home a plan has to know. */
import { parentOf, type RelPath } from '../core/paths.ts';
import type { PlanInput } from './plan-types.ts';
import type { Wanted } from './scan.ts';

/** Every placement and every offered path, and all names beside them. */
export function wanted({ base, offered }: Pick<PlanInput, 'base' | 'offered'>): Wanted {
  const paths = new Set<RelPath>();
  for (const { path } of offered) paths.add(path);
  for (const { placement, coursePath } of base.values()) paths.add(placement).add(coursePath);
  const folders = new Set<RelPath | ''>();
  for (const path of paths) folders.add(parentOf(path) ?? '');
  return { paths, folders };
}
