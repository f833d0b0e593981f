/** Releasing held deletions as people mean it: those they were shown, as the source says now. */
import type { Offer } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError, isErrorCode } from '../errors.ts';
import type { CourseRepository } from './course-repository.ts';
import type { StaffFile } from './staff-view.ts';

/** What was confirmed, and what nobody can have meant because it is held only since this very look. */
export interface Confirmed {
  readonly released: readonly StaffFile[];
  readonly unseen: readonly StaffFile[];
}

/**
 * Looks at the source first, so that what is confirmed is what is there now: a file that came back is not deleted, and
 * what vanished since somebody last looked waits for a confirmation of its own.
 * @throws {F2gitError} what the source failed with, `source-incomplete`: what cannot be seen now cannot be confirmed now
 */
export async function confirmHeld(
  repository: Pick<CourseRepository, 'held' | 'refresh' | 'confirm'>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: OnProgress },
): Promise<Confirmed> {
  const known = new Set(repository.held().map(({ path }) => path));
  const offer = await repository.refresh({ freshness: 0, force: true, signal, ...(onProgress && { onProgress }) });
  refuseUnlessSeen(offer);
  const released = known.size === 0 ? [] : await repository.confirm(signal, known);
  return { released, unseen: repository.held() };
}

function refuseUnlessSeen({ source }: Offer): void {
  if (source.state === 'unreachable') {
    const code = source.problems[0]?.code ?? '';
    throw new F2gitError(isErrorCode(code) ? code : 'source-unreachable');
  }
  if (!source.complete) throw new F2gitError('source-incomplete');
}
