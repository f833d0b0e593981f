/** The modules of a course with their items, however many requests Canvas wants for them. */
import { askAll, type Answer, type CanvasServer, PER_PAGE } from './api.ts';
import { type CanvasModule, type CanvasModuleItem, moduleItemSchema, moduleSchema, sortOut } from './items.ts';

export interface ModuleWithItems extends Omit<CanvasModule, 'items'> {
  /** In their order. */
  readonly items: readonly CanvasModuleItem[];
  /** Whether every item could be read. */
  readonly isWhole: boolean;
}

export interface Modules {
  readonly modules: readonly ModuleWithItems[];
  /** Whether every module and item could be read. */
  readonly isWhole: boolean;
}

const DETAILS = 'include[]=content_details';

/** Reads them all. @throws {F2gitError} as `askAll` */
export async function readModules(server: CanvasServer, course: string, signal: AbortSignal): Promise<Answer<Modules>> {
  const path = `/courses/${course}/modules`;
  const answer = await askAll(server, `${path}?include[]=items&${DETAILS}&${PER_PAGE}`, signal);
  if (answer.kind !== 'given') return answer;
  const { items: listed, broken } = sortOut(moduleSchema, answer.value);
  let isWhole = broken.length === 0;
  const modules: ModuleWithItems[] = [];
  for (const module of listed) {
    const raw = module.items ?? (await readItems(server, `${path}/${module.id}/items`, signal));
    const items = raw === undefined ? undefined : sortOut(moduleItemSchema, raw);
    const isModuleWhole = items?.broken.length === 0;
    isWhole &&= isModuleWhole;
    modules.push({ ...module, items: items?.items ?? [], isWhole: isModuleWhole });
  }
  return { kind: 'given', value: { modules, isWhole } };
}

/** Canvas leaves out the items of a module that has more than its largest page (`lib/api/v1/context_module.rb`). */
async function readItems(server: CanvasServer, path: string, signal: AbortSignal) {
  const answer = await askAll(server, `${path}?${DETAILS}&${PER_PAGE}`, signal);
  return answer.kind === 'given' ? answer.value : undefined;
}

/** The ids of all files that are in modules. */
export function filesIn({ items }: ModuleWithItems): readonly string[] {
  return items.flatMap(({ type, content_id }) =>
    type === 'File' && typeof content_id === 'string' ? [content_id] : [],
  );
}
