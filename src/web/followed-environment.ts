/** The environment of an audience: followed when somebody asks for it, and with each commit where a hook waits. */
import type { CourseConfig } from '../config.ts';
import type { CourseId, Oid } from '../core/ids.ts';
import type { AudienceRepository } from '../repo/offering.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import type { NewVersion } from './environment-hook.ts';

/** What became of a course's environment. */
export type EnvironmentEvent =
  | ({ readonly kind: 'new' } & NewVersion)
  | { readonly kind: 'failed'; readonly course: CourseId; readonly error: unknown };

export interface FollowedEnvironment {
  /** @throws {F2gitError} as `EnvironmentRepository.follow` */
  follow(signal?: AbortSignal): Promise<ServedRepository>;
  /** The course is at `head` now. Nobody waits for what follows of it. */
  note(head: Oid): void;
  close(): void;
}

export function followEnvironment(
  served: AudienceRepository,
  audience: string,
  { id, isPerStudent, environment: { extra, hook } }: Pick<CourseConfig, 'id' | 'isPerStudent' | 'environment'>,
  tell: (event: EnvironmentEvent) => void,
): FollowedEnvironment {
  const environment = served.openEnvironment(extra);
  let noted: Oid | undefined;
  const follow = async (signal?: AbortSignal): Promise<ServedRepository> => {
    const { repository, commit, tag, isNew } = await environment.follow(signal);
    if (isNew) tell({ kind: 'new', course: id, audience, commit, tag });
    return repository;
  };
  return {
    follow,
    note: (head) => {
      if (hook === undefined || isPerStudent || noted === head) return;
      noted = head;
      follow().catch((error: unknown) => tell({ kind: 'failed', course: id, error }));
    },
    close: () => environment.close(),
  };
}
