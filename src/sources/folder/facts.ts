/** What `check` should say of a folder: what is in it, and what of that students would miss. */
import { accessSync, constants, lstatSync } from 'node:fs';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { F2gitError } from '../../errors.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { join } from './name.ts';
import type { Found } from './walk.ts';

/** Files between two turns of others. */
const TURN = 2_000;

/** Asks for the rights on each file of the listing: it was only seen so far. @throws {F2gitError} `cancelled` */
export async function factsOf({ root, listing, paths }: Found, signal: AbortSignal): Promise<readonly SourceFact[]> {
  const { entries, problems } = listing;
  const unreadable: string[] = [];
  let newest: number | undefined;
  for (const [index, { id, segments }] of entries.entries()) {
    const path = join(root, paths.get(id) ?? id);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined) newest = Math.max(newest ?? -Infinity, stats.mtimeMs);
    if (!isReadable(path)) unreadable.push(segments.join('/'));
    if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
    if (index % TURN === TURN - 1) await othersTurn();
  }
  const placesOf = (code: string): readonly string[] =>
    problems.filter((problem) => problem.code === code).map(({ segments }) => segments.join('/'));
  return [
    {
      code: 'folder-content',
      params: {
        count: entries.length,
        bytes: entries.reduce((sum, { size }) => sum + (size ?? 0), 0),
        ...(newest === undefined ? {} : { newest: new Date(newest).toISOString() }),
      },
    },
    ...someWarning('files-unreadable', [...placesOf('source-forbidden'), ...unreadable]),
    ...someWarning('links-skipped', placesOf('kind-refused')),
  ];
}

function isReadable(path: Buffer | string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    // what is gone by now is no matter of rights
    return !['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** A single place helps to find the others. */
function someWarning(code: 'files-unreadable' | 'links-skipped', places: readonly string[]): readonly SourceFact[] {
  const [example] = places;
  return example === undefined ? [] : [{ code, params: { count: places.length, example }, level: 'warning' }];
}
