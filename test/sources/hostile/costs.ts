/** How many requests our rules, and those of the programs we start, allow for each thing that is asked for. */
import { httpLimits } from '../../../src/sources/http-limits.ts';
import { catCommand, copyCommand, listCommand } from '../../../src/sources/rclone/commands.ts';
import type { SourceType } from '../../../src/sources/source.ts';
import type { Place } from './cells.ts';

/** Requests for a list, and for a content. */
export interface Costs {
  readonly list: number;
  readonly content: number;
}

/** A content that ended early or changed is fetched once more (`fetchTwice` of fetch-contents.ts). */
const FETCHES = 2;
/**
 * Each fetch may ask for the rest, or whether it is still the file that was listed. Where that fails, the question is
 * repeated, and the content is not.
 */
const CONTENT_REQUESTS = Math.max(FETCHES * (1 + 1), 1 + httpLimits.tries);

/** What passes may be asked for again, as often as `retry.ts` says. */
const repeated: Costs = { list: httpLimits.tries, content: CONTENT_REQUESTS };
/** A chain of redirects is followed once. */
const redirected: Costs = { list: 1 + httpLimits.redirects, content: 1 + httpLimits.redirects };

const remote = { remote: 'remote', path: 'course' } as Parameters<typeof listCommand>[0];
const reading = {} as Parameters<typeof listCommand>[1];
/** Tries of one request by rclone itself, as we tell it. Its `--retries`, of the whole, is 1. */
const triesIn = (command: readonly string[]): number =>
  command[command.indexOf('--retries') + 1] === '1' ? Number(command[command.indexOf('--low-level-retries') + 1]) : NaN;
const LISTED = triesIn(listCommand(remote, reading));
const COPIED = triesIn(copyCommand(remote, { list: '', stage: '', bytes: 0, reading }));
const ALONE = triesIn(catCommand(remote, 'remote:course/a.txt'));

/**
 * rclone copies many files together, and what did not come is read alone, in each fetch: it looks where the file is, reads
 * it, and we look whether it stayed. The looks of the copy are among the lists that every refresh asks for.
 */
const byRclone = (look: number, read: number): number => COPIED * read + FETCHES * (look + ALONE * read + look);
/** Go's HTTP client follows ten redirects (`defaultCheckRedirect` of net/http), and rclone asks for no such chain twice. */
const GO_CHAIN = 1 + 10;

const ofRclone = {
  'content that fails': { list: 1, content: byRclone(1, 1) },
  'lists that fail': { list: LISTED, content: byRclone(LISTED, 1) },
  redirects: { list: GO_CHAIN, content: COPIED * GO_CHAIN + GO_CHAIN + 2 },
} as const satisfies Readonly<Record<string, Costs>>;

/** What anything may cost that is wrong for a moment. */
export function usualCosts(type: SourceType): Costs {
  return type === 'rclone' ? ofRclone['lists that fail'] : repeated;
}

/** What a fault of `group` in `place` may cost. Lists that lie make contents look as if they had changed. */
export function costsOf(type: SourceType, group: string, place: Place): Costs {
  const usual = usualCosts(type);
  const { list, content } = strictCosts(type, group, place);
  return place === 'content' ? { list: 1, content } : { list, content: usual.content };
}

function strictCosts(type: SourceType, group: string, place: Place): Costs {
  if (group === 'Redirects') return type === 'rclone' ? ofRclone.redirects : redirected;
  return type === 'rclone' && place === 'content' ? ofRclone['content that fails'] : usualCosts(type);
}
