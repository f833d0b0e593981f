/** What the journal of a workspace still knows of a run that ended. */
import type { RunId } from '../core/ids.ts';
import { asF2gitError } from '../errors.ts';
import { openHome } from './home.ts';
import { journalSize, readRecord } from './journal.ts';
import { stateTrouble } from './trouble.ts';

/** The journal of a run over 50,000 files has some 20 MB; whoever makes one larger only hides it from themselves. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The report of `run` as it stands in the journal; undefined when there is none, or no workspace that can be read.
 * Changes nothing. The journal is the student's own file: anything may stand in it.
 */
export function recallRun(workspace: string, run: RunId): unknown {
  try {
    const home = openHome(workspace);
    try {
      return journalSize(home, run) > MOST_BYTES ? undefined : readRecord(home, run)?.report;
    } finally {
      home.dispose();
    }
  } catch (error) {
    const known = asF2gitError(stateTrouble(workspace, error));
    // no workspace, or one that cannot be read, has no journal; a bug of ours is told
    if (known.code === 'bug') throw known;
    return undefined;
  }
}
