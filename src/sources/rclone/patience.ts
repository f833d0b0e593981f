/** When a run of rclone is ended for what it complains about: whatever it would ask for next would fail as well. */
import type { ErrorCode } from '../../errors.ts';
import type { IsEnough } from './child.ts';
import { codeOf } from './trouble.ts';

/** After one of these nothing more is asked: directories lock accounts that go on trying. */
const ofAll: ReadonlySet<ErrorCode> = new Set(['source-login', 'source-host-unknown']);
/** Each costs seconds of waiting, and a server that wants a pause as much as a longer one. */
const unanswered: ReadonlySet<ErrorCode> = new Set(['source-throttled', 'source-unreachable']);

/** Makes the judge of one run, which bears less than `most` files or folders without an answer. */
export function createPatience(most: number): IsEnough {
  let count = 0;
  return (complaint) => {
    const code = codeOf(complaint);
    if (code !== undefined && unanswered.has(code)) count += 1;
    return count >= most || (code !== undefined && ofAll.has(code));
  };
}
