/**
 * The order of steps: whoever needs a path comes after whoever leaves it. Where files change places in a ring there is
 * no such order; then a ring of renames becomes a ring of replacements, and where folders are part of it, some make room
 * first and come back later: those with the course's content if there are any.
 */
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Draft } from './drafts.ts';
import type { Step } from './plan-types.ts';

interface Node {
  draft: Draft;
  /** Nodes that must come first; a twin's only as long as that is possible. */
  readonly needs: Set<Node>;
  readonly twins: Set<Node>;
  readonly neededBy: Node[];
}

/** The steps of `drafts`, otherwise in the given order. */
export function inOrder(drafts: readonly Draft[]): readonly Step[] {
  const nodes = linked(drafts);
  const steps: Step[] = [];
  const waiting = new Set(nodes);
  let ready: readonly Node[] = nodes.filter(isReady);
  while (waiting.size > 0) {
    const next: Node[] = [];
    for (const node of ready) {
      if (!waiting.delete(node)) continue;
      steps.push(node.draft.step);
      next.push(...release(node));
    }
    ready = next;
    if (ready.length === 0 && waiting.size > 0) ready = breakRing(waiting, steps);
  }
  return steps;
}

function linked(drafts: readonly Draft[]): readonly Node[] {
  const nodes = drafts.map((draft): Node => ({ draft, needs: new Set(), twins: new Set(), neededBy: [] }));
  const leaver = new Map<RelPath, Node>();
  for (const node of nodes) if (node.draft.vacates !== undefined) leaver.set(node.draft.vacates, node);
  const link = (node: Node, path: RelPath, links: Set<Node>): void => {
    const other = leaver.get(path);
    if (other === undefined || other === node) return;
    links.add(other);
    other.neededBy.push(node);
  };
  for (const node of nodes) {
    for (const path of node.draft.needs) link(node, path, node.needs);
    for (const path of node.draft.twins) link(node, path, node.twins);
  }
  return nodes;
}

function isReady(node: Node): boolean {
  return node.needs.size === 0 && node.twins.size === 0;
}

/** Tells those who waited for `node`; gives those that are ready now. */
function release(node: Node): readonly Node[] {
  for (const other of node.neededBy) {
    other.needs.delete(node);
    other.twins.delete(node);
  }
  return node.neededBy.filter(isReady);
}

/** All that wait are in a ring or wait for one. Breaks one ring; gives those that are ready now. */
function breakRing(waiting: ReadonlySet<Node>, steps: Step[]): readonly Node[] {
  const ring = findRing(waiting);
  const twin = ring.find((node, index) => !node.needs.has(following(ring, index)));
  if (twin === undefined && ring.every(({ draft }) => draft.asReplace !== undefined)) {
    for (const node of ring) {
      node.draft = { ...node.draft, step: node.draft.asReplace ?? node.draft.step };
      node.needs.clear();
      node.twins.clear();
    }
    return [...ring];
  }
  const pristine = ring.filter(({ draft }) => draft.isEdited !== true);
  if (pristine.length > 0) return pristine.flatMap((node) => makeRoom(node, steps));
  if (twin === undefined) return makeRoom(ring[0] as Node, steps);
  // Only where two spellings are one name the executor finds the path taken, and the next run does the rest.
  twin.twins.clear();
  return [twin].filter(isReady);
}

/** Follows what is needed until a node comes again. Each node of the ring needs the one after it. */
function findRing(waiting: ReadonlySet<Node>): readonly Node[] {
  const path: Node[] = [];
  const place = new Map<Node, number>();
  let [node] = waiting;
  while (node !== undefined && !place.has(node)) {
    place.set(node, path.length);
    path.push(node);
    [node] = node.needs.size > 0 ? node.needs : node.twins;
  }
  if (node === undefined) throw new F2gitError('bug', { params: { detail: 'a step waits for nothing' } });
  return path.slice(place.get(node));
}

function following(ring: readonly Node[], index: number): Node {
  return ring[(index + 1) % ring.length] as Node;
}

function makeRoom(node: Node, steps: Step[]): readonly Node[] {
  if (node.draft.asTwoSteps === undefined) throw new F2gitError('bug', { params: { detail: 'a ring without a move' } });
  const [room, place] = node.draft.asTwoSteps;
  steps.push(room);
  node.draft = { step: place, needs: node.draft.needs, twins: node.draft.twins };
  const freed = release(node);
  node.neededBy.length = 0;
  return freed.filter((other) => other !== node);
}
