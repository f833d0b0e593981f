/**
 * What became of files that a list no longer names. A student's list leaves out what is hidden or locked as if it were
 * deleted, and any list can lose a file between two of its pages; but asked by its id, Canvas says 404 for a deleted
 * file and only for one. So nothing is taken for deleted before that was asked.
 */
import { z } from 'zod';
import type { EntryId } from '../../core/ids.ts';
import { ask, type CanvasServer } from './api.ts';
import { eachAtOnce } from './at-once.ts';

/** Gives those of `files` that still exist, whether the asker may read them or not. */
export async function stillThere(
  server: CanvasServer,
  course: string,
  files: readonly EntryId[],
  signal: AbortSignal,
): Promise<ReadonlySet<EntryId>> {
  const there = await eachAtOnce(files, async (id) => {
    const answer = await ask(server, `/courses/${course}/files/${id}`, z.unknown(), signal);
    return answer.kind === 'missing' ? [] : [id];
  });
  return new Set(there.flat());
}
