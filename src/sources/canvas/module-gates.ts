/** When every student may enter a module, for those who may see all of them. Pure. */
import { filesIn, type Modules, type ModuleWithItems } from './modules.ts';
import { any, type Gate, gateOf, OPEN, SHUT } from './visibility.ts';

/**
 * A module that depends on what a student has done is open to some and not to others: what all may see does not hold
 * it. That is one with prerequisites, and one whose requirements must be met in order (`ContextModule#available_for?`).
 */
export function gateOfModule(module: ModuleWithItems): Gate {
  const { published, prerequisite_module_ids, require_sequential_progress, items, isWhole, unlock_at } = module;
  if (published !== true || (prerequisite_module_ids ?? []).length > 0) return SHUT;
  const hasRequirements = items.some(({ completion_requirement: one }) => one !== undefined && one !== null);
  if (require_sequential_progress === true && (hasRequirements || !isWhole)) return SHUT;
  return gateOf({ locked: false, hidden: false, unlock_at });
}

/**
 * A file that is in modules can be read when any of them is open (`ContextModuleItem#locked_by_module_item?`); one that
 * is in none always. Where not all modules are known, a file that is in none of those may be in another one.
 */
export function moduleGates({ modules, isWhole }: Modules): (file: string) => Gate {
  const gates = new Map<string, Gate[]>();
  for (const module of modules) {
    const gate = gateOfModule(module);
    for (const file of filesIn(module)) gates.set(file, [...(gates.get(file) ?? []), gate]);
  }
  return (file) => {
    const known = gates.get(file);
    if (known !== undefined) return any(known);
    return isWhole ? OPEN : SHUT;
  };
}
