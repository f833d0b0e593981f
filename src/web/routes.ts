/** Every address of the server, in one table: who may ask, with which method, and who answers. */
import { answerBlob, answerCourses, answerTree } from './agent-routes.ts';
import {
  answerGitPull,
  answerIndex,
  answerInteract,
  answerClick,
  answerClickWithSlash,
  answerPlace,
} from './page-routes.ts';
import { answerEvents } from './events.ts';
import { answerPack, answerRefs } from './git-routes.ts';
import { answerCode, answerLaptop, answerSignOutLaptops, answerToken } from './laptop-routes.ts';
import { answerConnect, answerConnected } from './platform-routes.ts';
import { answerAsset, answerHealth, answerMetrics, answerReady } from './operator-routes.ts';
import { answerRun, answerStart, answerTake, answerUndo } from './run-routes.ts';
import type { Site } from './site.ts';
import type { PersonalVisit, Visit } from './visit.ts';
import { answerSignedIn, answerSignOut } from './sign-in-routes.ts';
import {
  answerTeach,
  answerTeachConfirm,
  answerTeachCourse,
  answerTeachLook,
  answerTeachWithSlash,
} from './teach-routes.ts';
import { answerZip } from './zip-route.ts';

interface RouteBase {
  /** For metrics and logs. */
  readonly name: string;
  /** Below the prefix; `:name` is one path segment. */
  readonly path: string;
}

export type Route =
  /** Anybody who reaches the server, without a name. Shows nothing of a course. */
  | (RouteBase & { readonly access: 'open'; answer(visit: Visit, site: Site): Promise<void> })
  /**
   * Somebody we know; changes nothing. A page is for people to look at, not for scripts to read; nor is what `isForPrograms`,
   * which is also for who may only read one course.
   */
  | (RouteBase & {
      readonly access: 'read';
      readonly isPage?: true;
      readonly isForPrograms?: true;
      answer(visit: PersonalVisit, site: Site): Promise<void>;
    })
  /** Whoever shows a token, in the address or in the question; a program, not a browser. A POST only asks. */
  | (RouteBase & {
      readonly access: 'token';
      readonly method: 'GET' | 'POST';
      answer(visit: Visit, site: Site): Promise<void>;
    })
  /** A POST that changes something, with the token of our own page. */
  | (RouteBase & { readonly access: 'change'; answer(visit: PersonalVisit, site: Site): Promise<void> });

export const routes: readonly Route[] = [
  { name: 'index', path: '', access: 'read', isPage: true, answer: answerIndex },
  { name: 'click', path: 'go/:course', access: 'read', isPage: true, answer: answerClick },
  // mail programs and people add a slash
  { name: 'click-slash', path: 'go/:course/', access: 'read', isPage: true, answer: answerClickWithSlash },
  { name: 'place', path: 'open/:course', access: 'read', isPage: true, answer: answerPlace },
  { name: 'git-pull', path: 'git-pull', access: 'read', answer: answerGitPull },
  // what it was called before, and before that
  { name: 'git-sync', path: 'git-sync', access: 'read', answer: answerGitPull },
  { name: 'interact', path: 'interact', access: 'read', answer: answerInteract },
  { name: 'start', path: 'api/runs', access: 'change', answer: answerStart },
  { name: 'run', path: 'api/runs/:run', access: 'read', answer: answerRun },
  { name: 'events', path: 'api/runs/:run/events', access: 'read', answer: answerEvents },
  { name: 'undo', path: 'api/runs/:run/undo', access: 'change', answer: answerUndo },
  { name: 'take', path: 'api/take', access: 'change', answer: answerTake },
  { name: 'courses', path: 'api/courses', access: 'read', isForPrograms: true, answer: answerCourses },
  { name: 'tree', path: 'api/courses/:course/tree', access: 'read', isForPrograms: true, answer: answerTree },
  { name: 'blob', path: 'api/blobs/:oid', access: 'read', isForPrograms: true, answer: answerBlob },
  { name: 'zip', path: 'zip/:file', access: 'read', isForPrograms: true, answer: answerZip },
  { name: 'laptop', path: 'laptop/:course', access: 'read', isPage: true, answer: answerLaptop },
  { name: 'laptop-code', path: 'laptop/:course/code', access: 'change', answer: answerCode },
  { name: 'laptop-end', path: 'laptop/:course/end', access: 'change', answer: answerSignOutLaptops },
  { name: 'laptop-token', path: 'api/courses/:course/token', access: 'token', method: 'POST', answer: answerToken },
  { name: 'teach', path: 'teach', access: 'read', isPage: true, answer: answerTeach },
  { name: 'teach-slash', path: 'teach/', access: 'read', isPage: true, answer: answerTeachWithSlash },
  { name: 'teach-course', path: 'teach/:course', access: 'read', isPage: true, answer: answerTeachCourse },
  { name: 'teach-look', path: 'teach/:course/look', access: 'change', answer: answerTeachLook },
  { name: 'teach-confirm', path: 'teach/:course/confirm', access: 'change', answer: answerTeachConfirm },
  { name: 'connect', path: 'connect/:course', access: 'read', answer: answerConnect },
  { name: 'connected', path: 'connected/:course', access: 'read', answer: answerConnected },
  { name: 'signed-in', path: 'oauth_callback', access: 'open', answer: answerSignedIn },
  { name: 'sign-out', path: 'logout', access: 'change', answer: answerSignOut },
  { name: 'git-refs', path: 'git/:token/:name/info/refs', access: 'token', method: 'GET', answer: answerRefs },
  { name: 'git-pack', path: 'git/:token/:name/git-upload-pack', access: 'token', method: 'POST', answer: answerPack },
  { name: 'asset', path: 'assets/:name', access: 'open', answer: answerAsset },
  { name: 'health', path: 'health', access: 'open', answer: answerHealth },
  { name: 'ready', path: 'ready', access: 'open', answer: answerReady },
  { name: 'metrics', path: 'metrics', access: 'open', answer: answerMetrics },
];

/** The one method of a route; GET includes HEAD. */
export function methodOf(route: Route): 'GET' | 'POST' {
  if (route.access === 'token') return route.method;
  return route.access === 'change' ? 'POST' : 'GET';
}
