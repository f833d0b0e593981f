/** The contents of courses that agents read, open from one click to the next: of so many courses and students. */
import { KeptOpen, type Use } from '../core/kept-open.ts';
import { openContents, type OpenedContents } from '../repo/open-contents.ts';
import type { AgentJob } from './agent.ts';

/** Each holds its packs open. */
const MOST_UNUSED = 32;

export function keptContents(): KeptOpen<OpenedContents> {
  return new KeptOpen({ most: MOST_UNUSED, now: () => Date.now(), close: (contents) => contents.close() });
}

/** What the job's student may have. End it when the job has ended. */
export function contentsFor({ supplies, offer }: AgentJob, kept: KeptOpen<OpenedContents>): Use<OpenedContents> {
  const key = JSON.stringify([supplies.folder, supplies.audience, offer.identity]);
  return kept.use(key, () => openContents(supplies, offer.identity));
}
