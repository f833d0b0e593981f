/** `pull` by a link: a server's offer and contents over HTTP, for the same agent as in a home. */
import { openCourseClient, type CourseClient } from '../agent/course-client.ts';
import { connectOverHttp } from '../agent/http-connection.ts';
import { F2gitError } from '../errors.ts';
import type { Offer } from '../core/offer.ts';
import type { Secret } from '../core/secret.ts';
import { sayForStudents } from '../messages/for-students.ts';
import type { Language } from '../messages/language.ts';
import type { Invocation } from './arguments.ts';
import type { CourseLink } from './link-address.ts';
import { prepareWorkspace } from './new-workspace.ts';
import { isByLink } from './origin.ts';
import { presentState } from './present-state.ts';
import type { PulledCourse } from './pulled-course.ts';
import { reportServerAway } from './server-away.ts';
import { keepServerToken, readServerToken } from './server-tokens.ts';
import { signInByCode } from './server-sign-in.ts';
import type { Shell } from './shell.ts';
import { folderFor } from './workspace-folder.ts';

/** Opens the course behind `link` for the folder named on the command line, or one named after the course. */
export function openLink(link: CourseLink, invocation: Invocation, shell: Shell): PulledCourse {
  const { language } = shell.terminal;
  const isThisCourse = (around: string): boolean => isByLink(around, addressOf(link));
  const workspace = folderFor(shell.cwd, invocation.positionals[1], link.course, isThisCourse);
  presentState(workspace);
  const place = invocation.flags.has('dry-run') ? undefined : prepareWorkspace(workspace);
  let remote = openRemote(link, shell.signal, readServerToken(link, shell.environment));
  const signIn = async (): Promise<void> => {
    const token = await signInByCode(link, addressOf(link), shell);
    keepServerToken(link, token, shell.environment);
    await remote.close();
    remote = openRemote(link, shell.signal, token);
  };
  return {
    workspace,
    origin: { kind: 'link', link: addressOf(link) },
    ...(link.open === undefined ? {} : { open: link.open }),
    ...(link.dir === undefined ? {} : { scope: link.dir }),
    contents: {
      history: () => remote.contents.history(),
      read: (oid) => remote.contents.read(oid),
      writeTo: (oid, fd, signal) => remote.contents.writeTo(oid, fd, signal),
    },
    offer: async () => {
      try {
        return toldIn(language, await remote.offer());
      } catch (error) {
        if (!(error instanceof F2gitError) || error.code !== 'code-needed') throw error;
        await signIn();
        return toldIn(language, await remote.offer());
      }
    },
    settings: () => remote.settings(),
    withoutOffer: (error) => reportServerAway(workspace, addressOf(link), error, shell),
    close: async () => {
      await remote.close();
      place?.tidy();
    },
  };
}

/** The server speaks its own language; what it says of the whole course can be said here as well. */
function toldIn(language: Language, { source, ...offer }: Offer): Offer {
  const problems = source.problems.map(({ path, code, message }) => {
    const said = path === '' ? sayForStudents(code, offer.title, language) : undefined;
    return { path, code, message: said ?? message };
  });
  return { ...offer, source: { ...source, problems } };
}

/** A course on a server, read with `token` if there is one. @throws from its methods {F2gitError} as `CourseClient` */
export function openRemote(link: CourseLink, signal: AbortSignal, token?: Secret): CourseClient {
  const { server, course, user } = link;
  const query = user === undefined ? {} : { user };
  const auth = token === undefined ? {} : { auth: { kind: 'bearer', token } as const };
  return openCourseClient(connectOverHttp({ server, course, query, ...auth, shown: addressOf(link) }), signal);
}

/** The link without what only concerns one click. */
function addressOf(link: CourseLink): string {
  const url = new URL(`go/${link.course}`, link.server);
  if (link.user !== undefined) url.searchParams.set('user', link.user);
  return url.href;
}
