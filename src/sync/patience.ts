/** A file that is being saved this moment is looked at again a few times. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOKS = 12;
/** In milliseconds; longer than a file must lie still. */
const PAUSE = 25;

/** What `work` gives, which is done again as long as it gives `busy`: for a third of a second in all. */
export async function patiently<Result>(work: () => Result | 'busy'): Promise<Result | 'busy'> {
  for (let looks = 1; ; looks++) {
    const result = work();
    if (result !== 'busy' || looks === LOOKS) return result;
    await sleep(PAUSE);
  }
}
