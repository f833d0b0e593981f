/** The courses of another server, as the pages in a student's own server need them. */
import { join } from 'node:path';
import { EVERYBODY } from '../repo/course-folder.ts';
import type { TaggedOffer } from '../agent/course-client.ts';
import type { CourseFacts } from '../agent/course-list.ts';
import { connectOverHttp, coursesOverHttp, type ServerAddress } from '../agent/http-connection.ts';
import type { CourseId } from '../core/ids.ts';
import { relPathOf } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Audience, Course, Courses } from '../web/ports.ts';

export interface RemoteCourses extends Courses {
  /**
   * Asks the server which courses there are, now and then. What was known before stays when it does not answer.
   * @throws {F2gitError} `source-…` when it never did
   */
  load(signal: AbortSignal): Promise<void>;
  /** The address of the click on a course at its own server, as people reach that. */
  linkOf(course: CourseId): string;
}

/** A course that is new is there for whoever looks again. */
const FRESH_MS = 30_000;

export function openRemoteCourses(server: ServerAddress, home: string, now: () => Date): RemoteCourses {
  const known = new Map<string, Course>();
  const links = new Map<string, string>();
  let loaded: number | undefined;
  return {
    get all() {
      return [...known.values()];
    },
    get: (id) => known.get(id),
    linkOf: (id) => links.get(id) ?? `${server.shown}go/${id}`,
    // links made for other programs are the server's to understand
    bySource: () => undefined,
    async load(signal) {
      if (loaded !== undefined && now().getTime() - loaded < FRESH_MS) return;
      try {
        for (const facts of await coursesOverHttp(server, signal)) {
          if (!known.has(facts.id)) known.set(facts.id, remoteCourse(facts, server, home));
          if (facts.link !== undefined) links.set(facts.id, facts.link);
        }
        loaded = now().getTime();
      } catch (error) {
        if (loaded === undefined) throw error;
      }
    },
  };
}

function remoteCourse(facts: CourseFacts, server: ServerAddress, home: string): Course {
  const { id, title, open, workspace, policy } = facts;
  const audience = remoteAudience(facts, server);
  const path = join(home, workspace);
  return {
    id,
    title,
    ...(open === undefined ? {} : { open }),
    workspaceOf: () => ({ path, home, folder: relPathOf(workspace), shown: `~/${workspace}` }),
    audienceOf: () => ({ ...audience, supplies: { folder: '', audience: EVERYBODY, policy } }),
    audienceWhere: () => undefined,
    audiences: () => [audience],
    nextChange: () => undefined,
  };
}

/** Contents go straight from the server into the home; nobody else is served from here. */
function remoteAudience({ id, policy }: CourseFacts, server: ServerAddress): Audience {
  let known: TaggedOffer | undefined;
  return {
    name: EVERYBODY,
    refresh: async (onProgress, signal) => {
      const connection = connectOverHttp({ ...server, course: id });
      try {
        const answer = await connection.offer(known?.tag, onProgress, signal);
        if (answer.kind === 'offer') known = answer;
        if (known === undefined) throw new F2gitError('source-invalid');
        const { offer } = known;
        return answer.kind === 'offer' ? offer : { ...offer, source: { ...offer.source, state: answer.source } };
      } finally {
        await connection.close();
      }
    },
    offer: () => Promise.resolve(known?.offer),
    blob: () => undefined,
    published: () => [],
    zip: () => undefined,
    served: () => undefined,
    environment: () => Promise.reject(new F2gitError('environment-missing')),
    isBehind: () => false,
    supplies: { folder: '', audience: EVERYBODY, policy },
  };
}
