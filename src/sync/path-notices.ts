/** What must be said about paths, not about one course file: rows 1 and 2 of the merge table. */
import type { Frozen } from '../core/offer.ts';
import { comparePaths, isWithin, type RelPath } from '../core/paths.ts';
import type { Item } from './items.ts';
import type { Notice, PlanInput } from './plan-types.ts';

/** One notice for each path nothing could be done at. */
export class PathNotices {
  private readonly input: PlanInput;
  private readonly notices = new Map<RelPath, Notice>();

  constructor(input: PlanInput) {
    this.input = input;
    for (const frozen of [...input.frozen].sort(compareFrozen)) {
      const notice = concerns(frozen.path, input.scope) ? frozenNotice(frozen) : undefined;
      if (notice !== undefined) this.add(notice);
    }
  }

  /** What is at `path` cannot be read, and nothing is done about `item` because of that. */
  unreadable(path: RelPath, item: Item): void {
    const node = this.input.local.get(path);
    if (node?.kind !== 'unreadable') return;
    const code = node.why === 'busy' ? 'file-changed-meanwhile' : 'file-unreadable';
    this.add({ path, action: 'skipped', rule: '2', code });
    // Of a folder it goes without saying that nothing comes into it.
    if (node.isFile === true && (isWithin(item.natural, path) || isMoved(item))) this.keptAway(item, path);
  }

  /** The file the course has as `item` cannot come, because nobody knows what is at `path`. */
  keptAway({ natural, offered }: Item, path: RelPath): void {
    if (offered === undefined || natural === path) return;
    this.add({ path: natural, action: 'skipped', rule: '2', code: 'place-unreadable', detail: path });
  }

  all(): readonly Notice[] {
    return [...this.notices.values()].sort((a, b) => comparePaths(a.path, b.path));
  }

  private add(notice: Notice): void {
    if (!this.notices.has(notice.path)) this.notices.set(notice.path, notice);
  }
}

function isMoved({ record, offered }: Item): boolean {
  return record !== undefined && record.coursePath !== offered?.path;
}

function frozenNotice({ path, why, code, message, name }: Frozen): Notice | undefined {
  switch (why) {
    case 'withheld':
      return undefined;
    case 'held':
      return { path, action: 'held', rule: '1' };
    case 'problem':
      return {
        path,
        action: 'skipped',
        rule: '1',
        ...(code === undefined ? {} : { code }),
        ...(name === undefined ? {} : { name }),
        ...(message === undefined ? {} : { detail: message }),
      };
  }
}

function concerns(path: RelPath, scope: RelPath | undefined): boolean {
  return scope === undefined || isWithin(path, scope) || isWithin(scope, path);
}

function compareFrozen(a: Frozen, b: Frozen): number {
  return comparePaths(a.path, b.path) || comparePaths(a.why, b.why) || comparePaths(a.message ?? '', b.message ?? '');
}
