/**
 * Ids of a source that has none of its own are given by whoever reads it, and given anew where that memory is lost (a new
 * server, another laptop's cache): what was one file's id may then be another's. So that no file takes over what is
 * recorded of another one, what was recorded under another numbering is found again by its path in the course.
 */
import { createHash } from 'node:crypto';
import { entryId, type EntryId } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';

/**
 * What is remembered, with the ids of `offer`; `state` itself where they mean the same. What is not offered now goes by
 * an id that no file has, and goes on when something comes back under its path. Pure.
 */
export function numberedAs(state: WorkspaceState, offer: Pick<Offer, 'numbering' | 'files'>): WorkspaceState {
  const former = state.numbering;
  const { numbering, files } = offer;
  if (former === undefined || numbering === undefined || former === numbering) return state;
  const offered = new Map(files.map(({ path, id }) => [path, id]));
  const renamed = new Map<EntryId, EntryId>();
  const base = new Map<EntryId, BaseRecord>();
  for (const record of state.base.values()) {
    const wanted = offered.get(record.coursePath);
    const id = wanted === undefined || base.has(wanted) ? idOfFormer(former, record.id) : wanted;
    renamed.set(record.id, id);
    base.set(id, { ...record, id });
  }
  // A version that was refused of a file nothing is recorded of stays refused: a pin names its content, too.
  const [unknown, known] = [[...state.pins].filter(([id]) => !renamed.has(id)), [...renamed]];
  const moved = known.flatMap(([id, now]) => {
    const refused = state.pins.get(id);
    return refused === undefined ? [] : [[now, refused] as const];
  });
  return { ...state, numbering, base, pins: new Map([...unknown, ...moved]) };
}

/** An id no course gives to a file. */
function idOfFormer(numbering: string, id: EntryId): EntryId {
  return entryId(
    `former:${createHash('sha1')
      .update(JSON.stringify([numbering, id]))
      .digest('hex')}`,
  );
}
