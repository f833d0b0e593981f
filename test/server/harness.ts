/**
 * A server with real HTTP, real routes and pages around a course and an agent the test scripts: what it refreshes to,
 * how long it takes, how it ends. Runs through the real repository and agent are in `server.test.ts`.
 */
import { mkdirSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { entryId, parseCourseId, type Oid } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import type { Offer, SourceState } from '../../src/core/offer.ts';
import type { Progress } from '../../src/core/progress.ts';
import { F2gitError } from '../../src/errors.ts';
import type { Notice } from '../../src/sync/plan-types.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { createGitServer } from '../../src/git/git-server.ts';
import { createApp } from '../../src/web/app.ts';
import { loadAssets, type Assets } from '../../src/web/assets.ts';
import type { LaptopBook } from '../../src/web/laptop-book.ts';
import { createLaptopCodes, withLaptops, type LaptopCodesOptions } from '../../src/web/laptop-codes.ts';
import { createLargeAnswers, type LargeAnswersOptions } from '../../src/web/large-answers.ts';
import { openCapabilities } from '../../src/web/capabilities.ts';
import { createForgeryGuard } from '../../src/web/forgery.ts';
import { listen } from '../../src/web/http-server.ts';
import { identityNone } from '../../src/web/identity-none.ts';
import type { StaffDesk } from '../../src/web/staff-desk.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import type { RecallJob } from '../../src/agent/agent.ts';
import type { AgentJob, Audience, Course, Courses, Identity } from '../../src/web/ports.ts';
import { createRunIds } from '../../src/web/run-ids.ts';
import { createRuns, type RunLimits } from '../../src/web/runs.ts';
import type { Site } from '../../src/web/site.ts';

export const START = new Date('2026-11-22T10:00:00Z');

/** What the scripted agent and course do; a test may change it between clicks. */
export interface Script {
  refresh: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Offer>;
  offer: Offer | undefined;
  run: (job: AgentJob, onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<RunReport>;
  /** Every job the agent got, in order. */
  readonly jobs: AgentJob[];
  /** Every report it was asked for. */
  readonly recalls: RecallJob[];
  refreshes: number;
}

export const OID = '0123456789abcdef0123456789abcdef01234567' as Oid;
export const BYTES = Buffer.from('0123456789');

export const freshSource: SourceState = {
  state: 'fresh',
  complete: true,
  requests: 1,
  bytes: 10,
  problems: [],
  asOf: START.toISOString(),
};

export function offerOf(change: Partial<Offer> = {}): Offer {
  return {
    course: courseId('intro'),
    title: 'Einführung in Python',
    numbering: 'the first',
    identity: 'folder:/course',
    head: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' as Oid,
    files: [
      { id: entryId('README.md'), path: relPathOf('README.md'), oid: OID, size: BYTES.length, executable: false },
    ],
    frozen: [],
    deletions: 'certain',
    source: freshSource,
    ...change,
  };
}

export function reportOf(job: AgentJob, notices: readonly Notice[] = [], change: Partial<RunReport> = {}): RunReport {
  const isChanged = notices.length > 0;
  return {
    f2git: 1,
    kind: job.kind,
    run: job.run,
    course: job.course,
    workspace: job.workspace,
    base: null,
    head: job.offer.head,
    outcome: isChanged ? 'updated' : 'unchanged',
    source: job.offer.source,
    notices,
    open: 'week1/lab1.ipynb',
    started: START.toISOString(),
    finished: START.toISOString(),
    ...change,
  };
}

export interface TestServer {
  readonly origin: string;
  readonly script: Script;
  readonly site: Site;
  readonly logLines: unknown[];
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly title?: string;
  readonly prefix?: string;
  readonly identity?: Identity;
  readonly opener?: Site['opener'];
  readonly sourceWaitMs?: number;
  readonly limits?: RunLimits;
  readonly largeAnswers?: LargeAnswersOptions;
  /** Of a person's groups, those a laptop's token holds. */
  readonly groupsIn?: LaptopCodesOptions['groupsIn'];
  /** Of codes and tokens for laptops. */
  readonly now?: () => Date;
}

export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const script: Script = {
    refresh: () => Promise.resolve(script.offer ?? offerOf()),
    offer: offerOf(options.title === undefined ? {} : { title: options.title }),
    run: (job) => Promise.resolve(reportOf(job)),
    jobs: [],
    recalls: [],
    refreshes: 0,
  };
  const logLines: unknown[] = [];
  const site = await makeSite(options, script, logLines);
  const http = await listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }, createApp(site));
  if (http.place.kind !== 'tcp') throw new Error('not tcp');
  return {
    origin: `http://127.0.0.1:${http.place.port}`,
    script,
    site,
    logLines,
    close: async () => {
      await site.runs.close(200);
      await http.close(0);
    },
  };
}

async function makeSite(options: ServerOptions, script: Script, logLines: unknown[]): Promise<Site> {
  const metrics = createMetrics({
    f2git_runs_active: { meaning: 'Runs waiting or running.', read: () => runs.active() },
  });
  const key = Buffer.from('a key of the test');
  const runIds = createRunIds(key, () => START);
  const runs = createRuns({
    newId: (person, course) => runIds.next(person, course),
    now: () => new Date(),
    log: (level, event, facts) => logLines.push({ level, event, ...facts }),
    alias: () => 'alias',
    onEnd: (run, state, seconds) => {
      metrics.count('f2git_runs_total', { kind: run.kind, outcome: state.kind });
      metrics.observe('f2git_run_seconds', { kind: run.kind }, seconds);
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const capabilities = openCapabilities('/nonexistent', key);
  const laptops = createLaptopCodes({
    key,
    capabilities,
    book: bookOf(),
    groupsIn: options.groupsIn ?? (() => []),
    now: options.now ?? (() => new Date()),
  });
  return {
    prefix: options.prefix ?? '/',
    language: 'en',
    courses: coursesOf(script, options.title ?? 'Einführung in Python'),
    identity: withLaptops(options.identity ?? identityNone(), laptops),
    opener: options.opener ?? { target: () => undefined },
    agent: {
      run: (job, onProgress, signal) => {
        script.jobs.push(job);
        return script.run(job, onProgress, signal);
      },
      recall: (job) => {
        script.recalls.push(job);
        return Promise.resolve(undefined);
      },
      close: () => Promise.resolve(),
    },
    runs,
    runIds,
    largeAnswers: createLargeAnswers(options.largeAnswers),
    forgery: createForgeryGuard(Buffer.from('a secret of the test'), undefined),
    assets: await builtAssets(),
    capabilities,
    laptops,
    linkOf: (course) => `https://hub.example.org/f2git/go/${course}`,
    git: createGitServer(() => START),
    metrics,
    log: (level, event, facts) => logLines.push({ level, event, ...facts }),
    now: () => START,
    sourceWaitMs: options.sourceWaitMs ?? 20_000,
    isReady: () => true,
  };
}

function bookOf(): LaptopBook {
  const times = new Map<string, number>();
  return {
    timesSignedOut: (name) => times.get(name) ?? 0,
    signOut: (name) => times.set(name, (times.get(name) ?? 0) + 1),
  };
}

function coursesOf(script: Script, title: string): Courses {
  const audience: Audience = {
    name: 'all',
    refresh: (onProgress, signal) => {
      script.refreshes += 1;
      return script.refresh(onProgress, signal);
    },
    offer: () => Promise.resolve(script.offer),
    blob: (oid) =>
      oid === OID
        ? { size: BYTES.length, read: (range) => once(BYTES.subarray(range?.start ?? 0, (range?.end ?? 9) + 1)) }
        : undefined,
    published: () => [{ id: entryId('README.md'), path: relPathOf('README.md'), oid: OID }],
    served: () => undefined,
    environment: () => Promise.reject(new F2gitError('environment-missing')),
    zip: () =>
      script.offer === undefined ? undefined : { tag: script.offer.head, size: 2, read: () => once(Buffer.from('PK')) },
    isBehind: () => false,
    supplies: { folder: '/data/intro', audience: 'all', policy: { deletedFiles: 'restore', courseCopies: 'report' } },
  };
  const course: Course = {
    id: courseId('intro'),
    title,
    open: relPathOf('README.md'),
    workspaceOf: (person) => ({
      path: `/home/${person.name}/intro`,
      home: `/home/${person.name}`,
      folder: relPathOf('intro'),
      shown: '~/intro',
    }),
    audienceOf: () => audience,
    audienceWhere: (isMeant) => (isMeant('all') ? audience : undefined),
    audiences: () => [audience],
    desk: {
      ...emptyDesk,
      refresh: async (signal) => {
        await script.refresh(() => undefined, signal);
      },
    },
    nextChange: () => undefined,
  };
  return {
    all: [course],
    get: (id) => (id === course.id ? course : undefined),
    bySource: (address) =>
      ['https://git.example.org/intro.git', 'https://github.com/university/intro'].includes(address)
        ? course
        : undefined,
  };
}

/** Of a course nobody read yet; `teach.test.ts` has a real one. */
const emptyDesk: StaffDesk = {
  timeZone: 'Europe/Berlin',
  schedule: [],
  ownSchedule: () => [],
  groups: [],
  look: () => ({ isComplete: true, entries: [], troubles: [], heldNow: '' }),
  preview: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(),
  confirm: () => Promise.resolve('others'),
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

export function courseId(text: string): NonNullable<ReturnType<typeof parseCourseId>> {
  const id = parseCourseId(text);
  if (id === undefined) throw new Error(`no course id: ${text}`);
  return id;
}

/** Where the tests build what the server has beside it. */
export const programFolder = join(import.meta.dirname, '../output/program');

let assets: Promise<Assets> | undefined;

/** The pages' own files, built as `npm run build` does. */
export function builtAssets(): Promise<Assets> {
  assets ??= buildAssets(join(programFolder, 'assets'));
  return assets;
}

async function buildAssets(folder: string): Promise<Assets> {
  mkdirSync(folder, { recursive: true });
  const sources = join(import.meta.dirname, '../../src/web/assets');
  await build({
    entryPoints: [`${sources}/page.ts`, `${sources}/page.css`, `${sources}/icon.svg`],
    outdir: folder,
    bundle: true,
    format: 'iife',
    target: 'es2020',
    loader: { '.svg': 'copy' },
    logLevel: 'error',
  });
  return loadAssets(folder);
}

/** The agent's thread, built as `npm run build` does. */
export async function builtWorker(): Promise<void> {
  const entry = join(import.meta.dirname, '../../src/agent/agent-worker.ts');
  await build({
    entryPoints: [entry],
    outfile: join(programFolder, 'agent-worker.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request, with whatever headers; `fetch` would not send `Host` and `Sec-Fetch-Site`. */
export function ask(
  server: Pick<TestServer, 'origin'>,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.origin}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The token on a page of this person. */
export async function tokenFor(server: TestServer, user = 'student'): Promise<string> {
  return Promise.resolve(server.site.forgery.tokenOf({ name: user, groups: [] }));
}

/** Starts a run as the page's script does; gives its id. */
export async function click(
  server: TestServer,
  fields: Readonly<Record<string, string>> = {},
  user = 'student',
): Promise<string> {
  const answer = await post(server, `/api/runs?user=${user}`, { course: 'intro', ...fields }, user);
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  return (JSON.parse(answer.text) as { run: string }).run;
}

export async function post(
  server: TestServer,
  path: string,
  fields: Readonly<Record<string, string>>,
  user = 'student',
): Promise<Answer> {
  return ask(server, path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-f2git-token': await tokenFor(server, user),
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify(fields),
  });
}

/** Polls until `take` gives something. Fails by the test's own time limit. */
export async function until<Value>(take: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (;;) {
    const value = await take();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A promise with its ends outside: for an agent that waits until the test says so. */
export function gate(): { readonly opened: Promise<void>; open(): void; fail(error: F2gitError): void } {
  let open = (): void => undefined;
  let fail: (error: F2gitError) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open, fail };
}
