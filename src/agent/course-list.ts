/**
 * `GET api/courses`: the courses somebody takes, with what an agent in another place must know of each to put it where the
 * server itself would. Fields that are missing are those of an older server.
 */
import { z } from 'zod';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { checkSegment } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { settingsFields, settingsOf, type CourseSettings } from './course-settings.ts';

export interface CourseFacts extends CourseSettings {
  readonly id: CourseId;
  readonly title: string;
  /** The folder in the home: one name. */
  readonly workspace: string;
  /** The address of the click on it at the server, for people; absent where an older server does not say it. */
  readonly link?: string;
}

export interface CourseList {
  readonly f2git: 1;
  readonly courses: readonly CourseFacts[];
}

/** @throws {F2gitError} `source-invalid` when a server sent anything else */
export function parseCourseList(json: unknown): readonly CourseFacts[] {
  const { data } = list.safeParse(json);
  if (data === undefined)
    throw new F2gitError('source-invalid', { params: { detail: 'no f2git server answers there' } });
  return data.courses.map(factsOf);
}

const list = z.object({
  f2git: z.literal(1),
  courses: z.array(
    z.object({
      id: z.string(),
      title: z.string().max(1000),
      workspace: z.string().optional(),
      link: z.string().max(2000).optional(),
      ...settingsFields,
    }),
  ),
});

function factsOf({ title, ...written }: z.infer<typeof list>['courses'][number]): CourseFacts {
  const id = parseCourseId(written.id);
  const workspace = written.workspace ?? written.id;
  // it names a folder in a home
  if (id === undefined || checkSegment(workspace) !== undefined || workspace.startsWith('.'))
    throw new F2gitError('source-invalid', { params: { detail: 'no f2git server answers there' } });
  const link = parseLink(written.link ?? '');
  return { id, title, workspace, ...settingsOf(written), ...(link && { link }) };
}

/** A browser is led to it. */
function parseLink(text: string): string | undefined {
  return /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text).href : undefined;
}
