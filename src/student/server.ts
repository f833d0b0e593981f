/**
 * f2git inside a student's own Jupyter server: the pages of a click, and the agent, for one person. It holds no
 * credential: courses come from f2git's server, with the token the hub gave this very student.
 */
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { ServerAddress } from '../agent/http-connection.ts';
import { parseCourseId } from '../core/ids.ts';
import { asF2gitError } from '../errors.ts';
import { createGitServer } from '../git/git-server.ts';
import { placeInServer } from '../hub/opener.ts';
import { describeError } from '../messages/errors.ts';
import type { Language } from '../messages/language.ts';
import { createApp } from '../web/app.ts';
import type { Assets } from '../web/assets.ts';
import { SOURCE_WAIT_MS } from '../web/click.ts';
import type { Capabilities } from '../web/capabilities.ts';
import { createForgeryGuard } from '../web/forgery.ts';
import { listen } from '../web/http-server.ts';
import type { LaptopBook } from '../web/laptop-book.ts';
import { createLaptopCodes } from '../web/laptop-codes.ts';
import { createLargeAnswers } from '../web/large-answers.ts';
import { createLog } from '../web/log.ts';
import type { Identity, Opener } from '../web/ports.ts';
import { ownRunIds } from '../web/run-ids.ts';
import type { Site } from '../web/site.ts';
import { serverMetrics, watchedRuns } from '../web/watched-runs.ts';
import { createOwnAgent } from './own-agent.ts';
import { openRemoteCourses, type RemoteCourses } from './remote-courses.ts';

export interface StudentServerOptions {
  /** The socket whoever starts this listens to; nobody else may. */
  readonly socket: string;
  /** Of the Jupyter server, as `/user/anna/`; our own pages are below it. */
  readonly jupyter: string;
  /** Our own path: begins with `jupyter`, ends with `/`. */
  readonly prefix: string;
  readonly home: string;
  /** Whose server it is. */
  readonly user: string;
  readonly language: Language;
  readonly server: ServerAddress;
  readonly assets: Assets;
}

/** How long a page waits for the list of courses. */
const LIST_WAIT_MS = 20_000;
const GRACE_MS = 5_000;

/** Listens at once: Jupyter waits a few seconds for that, and the course's server may need longer. */
export async function startStudentServer(options: StudentServerOptions): Promise<{ close(): Promise<void> }> {
  const now = (): Date => new Date();
  const courses = openRemoteCourses(options.server, options.home, now);
  const site = siteOf(options, courses, now);
  const app = createApp(site) as RequestListener;
  const http = await listen({ kind: 'unix', path: options.socket, mode: 0o600 }, (request, response) => {
    courses.load(AbortSignal.timeout(LIST_WAIT_MS)).then(
      () => {
        const address = atTheServer(request.url ?? '', options.prefix, courses);
        if (address === undefined) app(request, response);
        else response.writeHead(303, { Location: address, 'Cache-Control': 'no-store' }).end();
      },
      (error: unknown) => refuse(error, response, options.language),
    );
  });
  return {
    close: async () => {
      await site.runs.close(GRACE_MS);
      await site.agent.close();
      await http.close(0);
    },
  };
}

/** The page for laptops and the archive are f2git's server's own: its codes are worth nothing here, nor are ours there. */
function atTheServer(url: string, prefix: string, courses: RemoteCourses): string | undefined {
  const path = url.startsWith(prefix) ? url.slice(prefix.length) : '';
  const [page, laptop, archive] = /^(?:laptop\/([^/?#]+)|zip\/([^/?#]+)\.zip(?=$|\?))/.exec(path) ?? [];
  const course = parseCourseId(laptop ?? archive ?? '');
  if (page === undefined || course === undefined || courses.get(course) === undefined) return undefined;
  return new URL(`../${page}`, courses.linkOf(course)).href;
}

/** Git clients and laptops are served by f2git's server, with its own tokens. */
const capabilities: Capabilities = { tokenOf: () => '', opens: () => false, generationOf: () => '' };

/** Who signed out their computers is known there. */
const noLaptops: LaptopBook = { timesSignedOut: () => 0, signOut: () => undefined };

function siteOf(options: StudentServerOptions, courses: RemoteCourses, now: () => Date): Site {
  const log = createLog((line) => process.stderr.write(line), now);
  const metrics = serverMetrics(() => runs.active());
  const runIds = ownRunIds(now);
  const runs = watchedRuns(runIds, { metrics, now, log });
  const key = randomBytes(32);
  return {
    metrics,
    runs,
    runIds,
    largeAnswers: createLargeAnswers(),
    prefix: options.prefix,
    language: options.language,
    courses,
    identity: identityOwner(options.user),
    opener: openerIn(options.jupyter),
    agent: createOwnAgent(options.server),
    assets: options.assets,
    capabilities,
    laptops: createLaptopCodes({ key, capabilities, book: noLaptops, groupsIn: () => [], now }),
    linkOf: (course) => courses.linkOf(course),
    git: createGitServer(now),
    log,
    now,
    forgery: createForgeryGuard(key, undefined),
    sourceWaitMs: SOURCE_WAIT_MS,
    isReady: () => true,
  };
}

/** Whoever gets through Jupyter's own login to this socket is the owner. */
function identityOwner(name: string): Identity {
  return {
    kind: 'owner',
    identify: () => Promise.resolve({ name, groups: [] }),
    mayTake: () => true,
    mayTeach: () => false,
    addressOf: () => ({}),
    mayWatch: () => Promise.resolve(true),
  };
}

function openerIn(jupyter: string): Opener {
  return {
    target: (_person, place) => {
      const { path, query } = placeInServer(place);
      return `${jupyter}${path.map(encodeURIComponent).join('/')}${query}`;
    },
  };
}

/** Without courses there are no pages: the sentence alone. */
function refuse(error: unknown, response: Parameters<RequestListener>[1], language: Language): void {
  const known = asF2gitError(error);
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  response.writeHead(known.status, headers).end(`${describeError(known, language)}\n`);
}
