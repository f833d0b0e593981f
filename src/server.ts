/** The server: wires configuration, repositories, agent and pages together. No policy of its own. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { RequestListener } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootAddress } from './cli/link-of-course.ts';
import type { Config } from './config.ts';
import { groupsThatMatter } from './configured-course.ts';
import type { CourseId } from './core/ids.ts';
import { asF2gitError, F2gitError } from './errors.ts';
import { createGitServer } from './git/git-server.ts';
import { claimDataFolder, clicksFolder, laptopsFolder, peopleFolder, type ClaimedFolder } from './repo/data-folder.ts';
import { prepareDataFolder } from './repo/data-rights.ts';
import { identityHub } from './hub/identity-hub.ts';
import { startNotingRights } from './hub/rights.ts';
import { hubOpener } from './hub/opener.ts';
import { createStudentServers } from './hub/student-server.ts';
import { errnoOf, stateTrouble } from './sync/trouble.ts';
import { createAgentPool } from './agent/agent-pool.ts';
import { createApp } from './web/app.ts';
import { loadAssets } from './web/assets.ts';
import { openCapabilities, type Capabilities } from './web/capabilities.ts';
import { openClickBook, type ClickBook } from './web/click-book.ts';
import { SOURCE_WAIT_MS } from './web/click.ts';
import type { RefreshEnd } from './web/audiences.ts';
import { FIRST_ROUND_MS, startDailyRounds } from './web/daily-rounds.ts';
import { createEnvironmentHooks, type EnvironmentHook } from './web/environment-hook.ts';
import type { EnvironmentEvent } from './web/followed-environment.ts';
import { openConfiguredCourses, type ConfiguredCourses } from './web/configured-courses.ts';
import { type TroubleNotes, troubleNotes } from './web/trouble-notes.ts';
import { createForgeryGuard } from './web/forgery.ts';
import { listen, urlOf, type HttpServer, type Place } from './web/http-server.ts';
import { identityLinks } from './web/identity-links.ts';
import { identityNone } from './web/identity-none.ts';
import { openLaptopBook } from './web/laptop-book.ts';
import { createLaptopCodes, withLaptops, type LaptopCodes } from './web/laptop-codes.ts';
import { createLargeAnswers } from './web/large-answers.ts';
import { createLog } from './web/log.ts';
import type { Metrics } from './web/metrics.ts';
import { serverMetrics, watchedRuns } from './web/watched-runs.ts';
import type { Agent, Identity, Log, Opener } from './web/ports.ts';
import { startReleaseClock } from './web/release-clock.ts';
import { linksKey, openLinkGenerations } from './web/personal-links.ts';
import { createRunIds } from './web/run-ids.ts';
import type { Site } from './web/site.ts';

export interface ServerOptions {
  /** Default: one JSON object a line on standard error. */
  readonly log?: Log;
  readonly now?: () => Date;
  /** When the first of the daily rounds begins, in milliseconds after the start. Default: an hour. */
  readonly firstRoundMs?: number;
  /** The folder with `assets/` and `agent-worker.js`; default: beside this program. */
  readonly programFolder?: string;
  /** Default: threads of this process. */
  readonly agent?: Agent;
  /** Default: where the configuration says. */
  readonly place?: Place;
  /** What stands before all pages. Default: nothing. */
  readonly gate?: (answer: RequestListener) => RequestListener;
  /** Who people are, where somebody else found it out already. */
  readonly identity?: (own: Identity) => Identity;
}

export interface RunningServer {
  /** Where it can be reached on this machine: `http://127.0.0.1:8484/` with the prefix, or `unix:` and a path. */
  readonly url: string;
  /** By which personal links are told from others, in base64; absent where there are none. */
  readonly linksKey?: string;
  /** Stops: takes no more clicks, finishes the files being written (at most 5 s), ends all connections. */
  close(): Promise<void>;
}

/** A file is written in milliseconds; whoever needs longer is continued by the next click. */
const GRACE_MS = 5_000;
/** Answers that are under way when all else has ended. */
const LAST_ANSWERS_MS = 300;
/** Merging is quick; more threads help only while homes are slow. */
const MAX_THREADS = 4;

/**
 * Starts the server of `config`.
 * @throws {F2gitError} `port-in-use`, `data-in-use`, `data-refused`, `config-invalid`, `repository-unwritable`,
 * `disk-full`; nothing runs then
 */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const now = options.now ?? (() => new Date());
  const log = options.log ?? createLog((line) => process.stderr.write(line), now);
  const program = options.programFolder ?? programFolder();
  checkIdentity(config);
  prepareData(config, log);
  const assets = await loadAssets(`${program}/assets`);
  const door: Door = { answer: notYet };
  const http = await listen(options.place ?? placeOf(config), (request, response) => door.answer(request, response));
  const data = await claimOrClose(config, http);
  const capabilities = openCapabilities(config.data, data.key);
  const laptops = laptopsOf(config, data.key, capabilities, now);
  const ownIdentity = identityOf(config, data.key, capabilities, now);
  const identity = withLaptops(options.identity?.(ownIdentity) ?? ownIdentity, laptops);
  const metrics = serverMetrics(() => site.runs.active());
  const hooks = createEnvironmentHooks(config.courses.values(), log);
  const courses = openCourses(config, { metrics, hooks, log, now });
  const agent = options.agent ?? agentOf(config, program, log);
  const runIds = createRunIds(data.key, now);
  const clicks = clicksOf(config, now, log);
  let isReady = true;
  const site: Site = {
    metrics,
    clicks,
    runs: watchedRuns(runIds, { metrics, now, log, clicks }),
    runIds,
    largeAnswers: createLargeAnswers(),
    prefix: config.prefix,
    language: config.language,
    courses,
    identity,
    opener: openerOf(config, log),
    agent,
    assets,
    capabilities,
    laptops,
    linkOf: (course, person) => clickLink(config, http.place, course, person ? identity.addressOf(person) : {}),
    git: createGitServer(now, (error) => noteBrokenPack(error, log)),
    log,
    now,
    forgery: createForgeryGuard(data.key, publicOrigin(config)),
    sourceWaitMs: SOURCE_WAIT_MS,
    isReady: () => isReady && data.isHeld(),
  };
  door.answer = pagesOf(site, options);
  const url = urlOf(http.place, config.prefix);
  const clocks = startClocks(site, config, options.firstRoundMs);
  log('info', 'listening', { url, courses: courses.all.length });
  const stop = async (): Promise<void> => {
    isReady = false;
    await Promise.all(clocks.map((clock) => clock.stop()));
    await shutDown(http, site);
    await courses.close();
    await hooks.close();
    data.release();
    log('info', 'stopped');
  };
  let stopped: Promise<void> | undefined;
  return { url, ...linksKeyOf(config, data.key), close: () => (stopped ??= stop()) };
}

interface Watching {
  readonly metrics: Metrics;
  readonly hooks: EnvironmentHook;
  readonly log: Log;
  readonly now: () => Date;
}

function openCourses(config: Config, { metrics, hooks, log, now }: Watching): ConfiguredCourses {
  const noteTroubles = troubleNotes(log, config.language, now);
  return openConfiguredCourses(config, now, {
    onRefresh: (end) => noteRefresh(end, metrics, log, noteTroubles),
    onEnvironment: (event) => noteEnvironment(event, hooks, log),
  });
}

function startClocks({ courses, now, log }: Site, config: Config, firstAfterMs = FIRST_ROUND_MS) {
  const { data: dataFolder, hub, startServers } = config;
  const rounds = startDailyRounds({ dataFolder, now, log, firstAfterMs });
  const rights = hub === undefined ? [] : [startNotingRights(hub, startServers, log)];
  return [startReleaseClock({ courses, now, log }), rounds, ...rights];
}

function clicksOf({ data, courses }: Config, now: () => Date, log: Log): ClickBook {
  const timeZoneOf = (course: CourseId): string => courses.get(course)?.timeZone ?? 'UTC';
  return openClickBook({ folder: clicksFolder(data), timeZoneOf, now, log });
}

function laptopsOf(config: Config, key: Buffer, capabilities: Capabilities, now: () => Date): LaptopCodes {
  return createLaptopCodes({
    key,
    capabilities,
    book: openLaptopBook(laptopsFolder(config.data)),
    groupsIn: (course, person) => groupsThatMatter(config.courses.get(course), person),
    now,
  });
}

function pagesOf(site: Site, { gate }: ServerOptions): RequestListener {
  const app = createApp(site) as RequestListener;
  return gate?.(app) ?? app;
}

/** Clicks go on with the last good state where they can, so that this line may be all that tells of a full disk. */
function noteRefresh(end: RefreshEnd, metrics: Metrics, log: Log, noteTroubles: TroubleNotes): void {
  const { course, result } = end;
  metrics.count('f2git_refreshes_total', { result });
  if (end.result !== 'failed') {
    noteTroubles(course, end.troubles);
    return;
  }
  const { code, params } = asF2gitError(end.error);
  log('warn', 'refresh failed', { course, code, params });
}

/** A version is logged whether or not there is a hook: it is when an image has to be built. */
function noteEnvironment(event: EnvironmentEvent, hooks: EnvironmentHook, log: Log): void {
  if (event.kind === 'new') {
    const { course, audience, commit, tag } = event;
    log('info', 'new environment', { course, audience, commit, tag });
    hooks.announce(event);
    return;
  }
  const { code, params } = asF2gitError(event.error);
  log('warn', 'environment does not follow', { course: event.course, code, params });
}

function noteBrokenPack(error: unknown, log: Log): void {
  const { code, params } = asF2gitError(error);
  log('warn', 'git pack broken off', { code, params });
}

/** Nothing of a request says where the server is: a header could name any other. */
function clickLink(config: Config, place: Place, course: CourseId, carried: Readonly<Record<string, string>>): string {
  const isItself = config.publicUrl === undefined && place.kind === 'tcp';
  const root = isItself ? urlOf(place, config.prefix) : rootAddress(config, undefined);
  const query = new URLSearchParams(carried).toString();
  return `${root}go/${course}${query === '' ? '' : `?${query}`}`;
}

function publicOrigin({ publicUrl }: Config): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).origin;
}

/** A server that cannot tell people apart must not start. */
function checkIdentity({ auth, hub }: Config): void {
  if (auth === 'jupyterhub' && hub === undefined) {
    const detail = 'f2git has no token of the hub: let the hub start it, or give one by token_file';
    throw new F2gitError('config-invalid', { params: { key: 'hub', detail } });
  }
}

function identityOf(config: Config, key: Buffer, capabilities: Capabilities, now: () => Date): Identity {
  const { auth, data, hub, accounts, prefix, publicUrl, courses } = config;
  const own = { accounts, prefix, publicUrl, courses, now };
  if (auth === 'links') {
    const generationOf = openLinkGenerations(capabilities, openLaptopBook(peopleFolder(data)));
    return identityLinks({ ...own, key: linksKey(key), generationOf });
  }
  return hub === undefined ? identityNone() : identityHub({ ...own, hub, key });
}

function linksKeyOf({ auth }: Config, key: Buffer): Pick<RunningServer, 'linksKey'> {
  return auth === 'links' ? { linksKey: linksKey(key).toString('base64') } : {};
}

/** Without a hub there is no Jupyter to open anything in. */
function openerOf({ hub, accounts, startServers }: Config, log: Log): Opener {
  if (hub === undefined) return { target: () => undefined };
  return hubOpener({
    hub,
    accounts,
    ...(startServers === 'never' ? {} : { servers: createStudentServers(hub, startServers, log) }),
  });
}

/** What answers requests: the application, as soon as the data folder is ours. */
interface Door {
  answer: RequestListener;
}

const notYet: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Retry-After': '2' }).end();
};

function placeOf({ listen: where }: Config): Place {
  return where.kind === 'socket'
    ? { kind: 'unix', path: where.path }
    : { kind: 'tcp', host: where.host, port: where.port };
}

function prepareData({ data, auth }: Config, log: Log): void {
  const opened = prepareDataFolder(data, { mayStayOpen: auth === 'none' });
  if (opened === undefined) return;
  const { isClosed, ...facts } = opened;
  log('warn', isClosed ? 'data folder was open to others, closed it' : 'data folder is open to others', { ...facts });
}

async function claimOrClose(config: Config, http: HttpServer): Promise<ClaimedFolder> {
  try {
    return await claimDataFolder(config.data);
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

/** Pages are answered until the last run has ended, so that whoever waits for one is told. */
async function shutDown(http: HttpServer, { runs, agent, clicks }: Site): Promise<void> {
  await runs.close(GRACE_MS);
  await agent.close();
  await http.close(LAST_ANSWERS_MS);
  clicks?.close();
}

/** Root writes in no home: where homes are those of this machine's people, processes of theirs do (`parts/`). */
function agentOf(config: Config, program: string, log: Log): Agent {
  if (config.auth !== 'none' && process.getuid?.() === 0)
    throw new F2gitError('bug', { params: { detail: 'a server of root without parts' } });
  return withHomes(createThreads(program, log), config);
}

function createThreads(program: string, log: Log): Agent {
  const size = Math.min(MAX_THREADS, Math.max(2, availableParallelism()));
  return createAgentPool({ entry: `${program}/agent-worker.js`, size, log });
}

/** Trying out makes homes where there are none; on a real system they are the administrator's. */
function withHomes(agent: Agent, config: Config): Agent {
  if (config.auth !== 'none') return agent;
  return {
    close: () => agent.close(),
    recall: (job, signal) => agent.recall(job, signal),
    run: async (job, onProgress, signal) => {
      const home = dirname(job.workspace);
      await makeHome(home).catch((error: unknown) => {
        throw stateTrouble(home, error);
      });
      return agent.run(job, onProgress, signal);
    },
  };
}

/** One folder at a time: Node's own `recursive` asks for ever where an automounter refuses a name with ENOENT (Node 20). */
async function makeHome(home: string): Promise<void> {
  const make = (): Promise<void> => mkdir(home).catch((error: unknown) => unless('EEXIST', error));
  try {
    await make();
  } catch (error) {
    unless('ENOENT', error);
    await makeHome(dirname(home));
    await make();
  }
}

function unless(expected: string, error: unknown): void {
  if (errnoOf(error) !== expected) throw error;
}

/** The built program is one folder. */
export function programFolder(): string {
  const path = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(`${path}/assets/page.css`)) return path;
  throw new F2gitError('bug', { params: { detail: 'the pages of the program are missing: it was not built' } });
}
