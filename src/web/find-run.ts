/** A run by its id: from memory, or, when this server was not there yet, from the journal in the person's home. */
import type { RunId } from '../core/ids.ts';
import type { Course } from './ports.ts';
import { endedRun, type Run } from './runs.ts';
import type { Site } from './site.ts';
import type { PersonalVisit } from './visit.ts';

/**
 * This person's own run, or undefined; an id nobody ever gave out costs nothing. Of what is not in memory, only runs that changed something are kept, in the
 * workspaces of `courses`; without them of all courses the person takes.
 */
export async function findRun(
  id: RunId,
  visit: PersonalVisit,
  site: Site,
  courses: readonly Course[] = site.courses.all.filter((course) => site.identity.mayTake(visit.person, course.id)),
): Promise<Run | undefined> {
  const { person, response } = visit;
  const live = site.runs.find(person, id);
  if (live !== undefined) return live;
  const leaving = new AbortController();
  response.on('close', () => leaving.abort());
  for (const course of courses.filter(({ id: of }) => site.runIds.mayBe(id, person, of))) {
    const job = { run: id, person, course: course.id, workspace: course.workspaceOf(person).path };
    const report = await site.agent.recall(job, leaving.signal);
    if (report !== undefined) return endedRun(person, course.id, report);
  }
  return undefined;
}
