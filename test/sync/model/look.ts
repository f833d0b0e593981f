/** What a scan of a model home gives that looks at no more than a plan needs. */
import type { RelPath } from '../../../src/core/paths.ts';
import type { LocalNode, LocalTree } from '../../../src/sync/tree.ts';
import { Lookout, type Needed } from '../../../src/sync/wanted-paths.ts';
import type { ModelHome } from './home.ts';

export function lookedAt(home: ModelHome, needed: Needed): LocalTree {
  const lookout = new Lookout(needed);
  const local = new Map<RelPath, LocalNode>();
  for (let wanted = lookout.next(local); wanted !== undefined; wanted = lookout.next(local)) {
    for (const [path, node] of home.scan(wanted)) {
      const known = local.get(path);
      if (known === undefined || known.kind === 'foreign') local.set(path, node);
    }
  }
  return local;
}
