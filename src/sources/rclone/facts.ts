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
    ...(undated === 0 ? [] : [{ code: 'files-undated', params: { count: undated }, level: 'warning' } as const]),
  ];
}
