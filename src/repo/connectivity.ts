/** Whether every object a commit needs is there; git's own check, without reading contents. */
import type { Oid } from '../core/ids.ts';
import type { ObjectStore } from './object-store.ts';
import { parseCommit } from './tree-walk.ts';
import { parseTree } from './trees.ts';

/** `tip`: the commit with its files. `history`: all commits before it, too. */
export function isConnected(store: ObjectStore, commit: Oid, depth: 'tip' | 'history'): boolean {
  const seen = new Set<Oid>();
  const waiting = [commit];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const object = store.has(next) ? store.find(next) : undefined;
    const parsed = object?.kind === 'commit' ? parseCommit(Buffer.from(object.bytes).toString('utf8')) : undefined;
    if (parsed === undefined || !isTreeConnected(store, parsed.tree, seen)) return false;
    if (depth === 'history') waiting.push(...parsed.parents);
  }
  return true;
}

function isTreeConnected(store: ObjectStore, tree: Oid, seen: Set<Oid>): boolean {
  if (seen.has(tree)) return true;
  seen.add(tree);
  const object = store.has(tree) ? store.find(tree) : undefined;
  const rows = object?.kind === 'tree' ? parseTree(object.bytes) : undefined;
  if (rows === undefined) return false;
  return rows.every(({ mode, oid }) => (mode === '40000' ? isTreeConnected(store, oid, seen) : store.has(oid)));
}
