/** What `check` should say of rclone and of how it tells versions on this remote. */
import type { SourceFact } from '../../core/source-facts.ts';
import { placeOf, versionCommand } from './commands.ts';
import type { OpenRemote } from './content.ts';
import type { ListedItem } from './list.ts';
import { stampOf } from './stamp.ts';
import { troubleOf } from './trouble.ts';

/** Asks the program for its version; `items` are those of the last list. */
export async function factsOf(
  { rclone, config, reading }: OpenRemote,
  items: Iterable<ListedItem>,
  signal: AbortSignal,
): Promise<readonly SourceFact[]> {
  const ending = await rclone.ask(versionCommand(), signal);
  if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(config) });
  const version = /^rclone v(\S{1,40})/.exec(ending.output)?.[1];
  const undated = [...items].filter((item) => stampOf(item) === undefined).length;
  return [
    { code: 'platform', params: { system: 'rclone', ...(version === undefined ? {} : { version }) } },
    reading.hash === undefined
      ? { code: 'changes-by-date' }
      : { code: 'changes-by-digest', params: { digest: reading.hash.toUpperCase() } },
    ...(isGuardedWhole(version) ? [] : [UNGUARDED]),
    ...(undated === 0 ? [] : [{ code: 'files-undated', params: { count: undated }, level: 'warning' } as const]),
  ];
}

/** The first version that takes a proxy for every address (rclone.org/changelog, `--http-proxy`). */
const FIRST_GUARDED = { major: 1, minor: 71 };

const UNGUARDED: SourceFact = {
  code: 'loopback-unguarded',
  params: { version: `${String(FIRST_GUARDED.major)}.${String(FIRST_GUARDED.minor)}` },
  level: 'warning',
};

function isGuardedWhole(version = ''): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FIRST_GUARDED.major || (major === FIRST_GUARDED.major && minor >= FIRST_GUARDED.minor);
}
