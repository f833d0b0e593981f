/** Which folders a plan needs and which it may leave empty. */
import type { EntryId } from '../core/ids.ts';
import { ancestorsOf, comparePaths, type RelPath } from '../core/paths.ts';
import type { PlanInput, Step } from './plan-types.ts';
import type { BaseRecord, LocalTree } from './tree.ts';

/** The folders above the targets of `steps` that are not there, parents first. */
export function foldersToMake(steps: readonly Step[], local: LocalTree): readonly RelPath[] {
  const folders = new Set<RelPath>();
  for (const action of steps.flatMap((step) => step.actions)) {
    if (action.kind !== 'create' && action.kind !== 'move') continue;
    for (const ancestor of ancestorsOf(action.kind === 'move' ? action.to : action.path)) {
      if (local.get(ancestor)?.kind !== 'folder') folders.add(ancestor);
    }
  }
  return [...folders].sort(comparePaths);
}

/** The folders f2git made that course files leave and that hold none afterwards, children first. */
export function foldersToRemove(steps: readonly Step[], input: PlanInput): readonly RelPath[] {
  const left = new Set<RelPath>();
  for (const { before, after } of steps) {
    if (before === undefined || before.placement === after?.placement) continue;
    for (const ancestor of ancestorsOf(before.placement)) if (input.folders.has(ancestor)) left.add(ancestor);
  }
  if (left.size === 0) return [];
  for (const record of recordsAfter(steps, input.base)) {
    for (const ancestor of ancestorsOf(record.placement)) left.delete(ancestor);
  }
  for (const action of steps.flatMap((step) => step.actions))
    if (action.kind === 'remove-folder') left.delete(action.path);
  const isThere = (folder: RelPath): boolean => input.local.get(folder)?.kind === 'folder';
  return [...left].filter(isThere).sort((a, b) => comparePaths(b, a));
}

function recordsAfter(steps: readonly Step[], base: ReadonlyMap<EntryId, BaseRecord>): Iterable<BaseRecord> {
  const records = new Map(base);
  for (const { before } of steps) if (before !== undefined) records.delete(before.id);
  for (const { after } of steps) if (after !== undefined) records.set(after.id, after);
  return records.values();
}
