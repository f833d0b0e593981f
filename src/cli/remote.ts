/** `pull` by a link: a server's offer and contents over HTTP, for the same agent as in a home. */
import { resolve } from 'node:path';
import { openCourseClient, type CourseClient } from '../agent/course-client.ts';
import { connectOverHttp } from '../agent/http-connection.ts';
import type { Invocation } from './arguments.ts';
import type { CourseLink } from './link-address.ts';
import { prepareWorkspace } from './new-workspace.ts';
import { presentState } from './present-state.ts';
import type { PulledCourse } from './pulled-course.ts';
import type { Shell } from './shell.ts';

/** Opens the course behind `link` for the folder named on the command line, or one named after the course. */
export function openLink(link: CourseLink, invocation: Invocation, shell: Shell): PulledCourse {
  const workspace = resolve(shell.cwd, invocation.positionals[1] ?? link.course);
  presentState(workspace);
  const place = invocation.flags.has('dry-run') ? undefined : prepareWorkspace(workspace);
  const remote = openRemote(link, shell.signal);
  return {
    workspace,
    origin: { kind: 'link', link: addressOf(link) },
    ...(link.open === undefined ? {} : { open: link.open }),
    ...(link.dir === undefined ? {} : { scope: link.dir }),
    contents: remote.contents,
    offer: () => remote.offer(),
    close: async () => {
      await remote.close();
      place?.tidy();
    },
  };
}

/** A course on a server. @throws from its methods {F2gitError} as `CourseClient` */
export function openRemote(link: CourseLink, signal: AbortSignal): CourseClient {
  const { server, course, user } = link;
  const query = user === undefined ? {} : { user };
  return openCourseClient(connectOverHttp({ server, course, query, shown: addressOf(link) }), signal);
}

/** The link without what only concerns one click. */
function addressOf(link: CourseLink): string {
  const url = new URL(`go/${link.course}`, link.server);
  if (link.user !== undefined) url.searchParams.set('user', link.user);
  return url.href;
}
