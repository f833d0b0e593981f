/**
 * The quick look of a run that finds nothing to do. When a run leaves every file of the course as it was delivered, the
 * scan cache is marked with what led to that: the state and the commit. The same commit, the same state and every file
 * still with its stat signature ask the question that was answered then, so nothing has to be read and planned again.
 */
import type { Offer } from '../core/offer.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import type { Home } from './home.ts';
import { isDelivered } from './items.ts';
import type { ScanCache } from './scan-cache.ts';
import type { WorkspaceState } from './tree.ts';

const STATE_FILE = `${STATE_FOLDER}/state.json`;

/** Whether a look at the home would find what the last run left, with nothing to do. */
export function isSettled(home: Home, offer: Offer, cache: ScanCache): boolean {
  if (offer.isWhole !== true || cache.settled === undefined) return false;
  return cache.settled === questionOf(home, offer) && cache.isAsStored(home);
}

/**
 * The mark for a cache that knows every file of the course and all that the run displaced; undefined when another run
 * has more to look at than that.
 */
export function settledMark(home: Home, offer: Offer, state: WorkspaceState, cache: ScanCache): string | undefined {
  if (offer.isWhole !== true || state.pins.size > 0 || state.base.size !== offer.files.length) return undefined;
  // That there are no files is said each time, and known only by looking.
  if (offer.files.length === 0) return undefined;
  for (const file of offer.files) {
    const record = state.base.get(file.id);
    if (record === undefined || !isDelivered(record, file) || cache.contentOf(file.path) !== file.oid) return undefined;
  }
  return questionOf(home, offer);
}

/** What besides the files themselves a plan depends on. A state that was written again is another file. */
function questionOf(home: Home, { course, identity, head }: Offer): string | undefined {
  const stat = home.stat(STATE_FILE);
  if (stat?.kind !== 'file') return undefined;
  return JSON.stringify([course, identity, head, stat.inode, stat.size, stat.modified, stat.changed]);
}
