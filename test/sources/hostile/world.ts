/**
 * One course of which every version of every file is known, a repository that is refreshed from it over and over, and a
 * home that gets what is offered. What must hold whatever a platform does is in `judge`.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { parseCourseId } from '../../../src/core/ids.ts';
import type { Offer } from '../../../src/core/offer.ts';
import { F2gitError, isErrorCode } from '../../../src/errors.ts';
import { describeDetail } from '../../../src/messages/details.ts';
import { describeError } from '../../../src/messages/errors.ts';
import { languages } from '../../../src/messages/language.ts';
import { type CourseRepository, openCourseRepository } from '../../../src/repo/course-repository.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { HttpLimits } from '../../../src/sources/http-limits.ts';
import type { Http, HttpOptions } from '../../../src/sources/http.ts';
import { runSync } from '../../../src/sync/run.ts';
import { oidOfBytes } from '../../support/course.ts';
import { clock, fastBase, policy } from '../../support/dsl.ts';
import { isLong } from './long.ts';
import type { Answer, Certificate, Fault, Passing } from './proxy.ts';
import { type Attacked, attack, type Subject } from './subjects.ts';
import { LOGIN_PAGE, type Surroundings } from './wire-faults.ts';

/** What one refresh ended with. */
export type Outcome =
  | { readonly kind: 'offer'; readonly offer: Offer; readonly requests: number }
  | { readonly kind: 'error'; readonly error: unknown; readonly requests: number };

/** A refresh that takes longer hangs; nothing here waits for more than fractions of a second. */
const HANGS_MS = 20_000;

/** Codes that say what a source did. Any other is a mistake of ours, or hides what happened. */
const KNOWN = /^(source-|too-large$|address-forbidden$|name-refused$|kind-refused$)/;

/** No answer of a test's course is larger; what has no end must not fill this machine's memory to show it. */
const MOST_BYTES = 48 << 20;

const STUDENT = 'week2/c.md';
/** Files that are changed before every refresh. */
export const CHANGING = ['week1/b.txt', 'week1/large.csv'];
const SOMETIMES = 'week2/sometimes.txt';

export class World {
  readonly subject: Subject;
  readonly attacked: Attacked;
  readonly around: Surroundings;
  canaryConnections = 0;
  /** Files that the fault says are gone, where nobody could tell. */
  mayLose: readonly string[] = [];
  /** Requests that a legal course of this kind may cost beyond the usual: a folder at every depth. */
  moreRequests = 0;
  /** Requests of a refresh with nothing wrong: of everything, and of what changed. */
  readonly usual = { first: 0, known: 0 };
  /** Those of them that ask for lists. */
  readonly lists = { first: 0, known: 0 };
  readonly #base: string;
  readonly #servers: readonly Server[];
  readonly #ca: string | undefined;
  /** Every content ever, by path: the ids of the versions. */
  readonly #versions = new Map<string, Set<string>>();
  readonly #digests = new Set<string>();
  readonly #now = new Map<string, string>();
  readonly #delivered = new Set<string>();
  readonly #answers = new Map<string, Answer>();
  #time = Date.now();
  #round = 0;
  #known: CourseRepository | undefined;
  #firsts = 0;

  private constructor(subject: Subject, attacked: Attacked, servers: readonly Server[], ca: string | undefined) {
    this.subject = subject;
    this.attacked = attacked;
    this.#servers = servers;
    this.#ca = ca;
    this.#base = mkdtempSync(join(fastBase, 'f2git-hostile-'));
    const [elsewhere = '', canary = ''] = servers.map(originOf);
    this.around = { elsewhere, canary, random: numbers() };
  }

  /** Starts everything, with a course that is known and delivered. */
  static async start(
    subject: Subject,
    tls?: { readonly certificate: Certificate; readonly ca: string },
  ): Promise<World> {
    const attacked = await attack(subject, tls?.certificate);
    const elsewhere = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(LOGIN_PAGE),
    );
    const canary = createServer((_request, response) => response.end('secret'));
    for (const server of [elsewhere, canary]) await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
    const world = new World(subject, attacked, [elsewhere, canary], tls?.ca);
    canary.on('connection', () => (world.canaryConnections += 1));
    await world.#fill();
    return world;
  }

  async stop(): Promise<void> {
    await this.#known?.close();
    await this.attacked.stop();
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** Whether the true answer brings the content of a file, and not a list of what there is. */
  isContent(passing: Passing): boolean {
    return this.subject.bringsContent?.(passing) ?? this.#digests.has(digestOf(passing.answer.body));
  }

  /** What was answered before the course changed. */
  olderAnswer(passing: Passing): Answer | undefined {
    return this.#answers.get(questionOf(passing));
  }

  /** The true bytes of some file whose size is not `length`. */
  contentOfOtherSize(length: number): Buffer {
    const texts = [...this.#now.values()].map((text) => Buffer.from(text));
    return texts.find((text) => text.length !== length) ?? Buffer.alloc(0);
  }

  /**
   * Nobody has anything of the course: `times` refreshes with the fault, one without. Gives what was wrong, in words.
   * `limits` only where deadlines matter.
   */
  async firstDownload(
    fault: Fault | undefined,
    limits: Partial<HttpLimits> = {},
    times = 1,
  ): Promise<readonly string[]> {
    this.#firsts += 1;
    await this.change();
    const dir = join(this.#base, `first-${String(this.#firsts)}`);
    const workspace = join(this.#base, `first-home-${String(this.#firsts)}`, 'intro');
    mkdirSync(join(workspace, '..'));
    const repository = this.#open(join(dir, 'intro'), () => limits);
    try {
      const wrong: string[] = [];
      for (let nth = 1; nth <= times; nth += 1) {
        const outcome = await this.#refresh(repository, fault);
        wrong.push(...this.#judge(repository, outcome, new Set(), this.usual.first));
        if (outcome.kind === 'offer') wrong.push(...(await this.#deliver(repository, outcome.offer, workspace, false)));
      }
      // What one failure makes of the next good refresh shows where contents failed; the rest of it begins anew.
      if (times > 1 || isLong) {
        limits = {};
        wrong.push(...this.#judgeHealed(await this.#refresh(repository, undefined)));
      }
      return wrong.map((text) => `first download: ${text}`);
    } finally {
      await repository.close();
      rmSync(dir, { recursive: true, force: true });
      rmSync(join(workspace, '..'), { recursive: true, force: true });
    }
  }

  /** The course is known and in a home; it changes, and `times` refreshes meet the fault; then one without. */
  async known(fault: Fault | undefined, limits: Partial<HttpLimits> = {}, times = 1): Promise<readonly string[]> {
    this.#limits = limits;
    await this.change();
    const repository = this.#knownRepository();
    const workspace = join(this.#base, 'home', 'intro');
    const wrong: string[] = [];
    for (let nth = 1; nth <= times; nth += 1) {
      const outcome = await this.#refresh(repository, fault);
      wrong.push(...this.#judge(repository, outcome, this.#delivered, this.usual.known));
      if (outcome.kind === 'offer') wrong.push(...(await this.#deliver(repository, outcome.offer, workspace, true)));
    }
    this.#limits = {};
    const healed = await this.#refresh(repository, undefined);
    wrong.push(...this.#judgeHealed(healed));
    if (healed.kind === 'offer') wrong.push(...(await this.#deliver(repository, healed.offer, workspace, true)));
    return wrong.map((text) => `course known before: ${text}`);
  }

  #limits: Partial<HttpLimits> = {};

  /** Two files change, one comes or goes. */
  async change(): Promise<void> {
    this.#round += 1;
    for (const path of CHANGING) await this.#put(path, this.#round);
    if (this.#round % 2 === 1) await this.#put(SOMETIMES, this.#round);
    else {
      await this.attacked.course.driver.remove(SOMETIMES.split('/'));
      this.#now.delete(SOMETIMES);
      this.#delivered.delete(SOMETIMES);
    }
  }

  async #fill(): Promise<void> {
    for (const path of ['a.txt', ...CHANGING, 'week1/page.html', STUDENT, 'week2/deep/d.txt', SOMETIMES]) {
      await this.#put(path, 0);
    }
    mkdirSync(join(this.#base, 'home'));
    const wrong = [...(await this.#counted('first')), ...(await this.known(undefined))];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    const file = join(this.#base, 'home', 'intro', STUDENT);
    const then = new Date(Date.now() - 60_000);
    writeFileSync(file, `${readFileSync(file, 'utf8')}meine Notiz\n`);
    utimesSync(file, then, then);
    this.#studentText = readFileSync(file, 'utf8');
    const healthy = await this.#counted('known');
    if (healthy.length > 0) throw new Error(healthy.join('\n'));
  }

  /** A refresh with nothing wrong, of which the requests are counted. */
  async #counted(what: 'first' | 'known'): Promise<readonly string[]> {
    const count = { all: 0, lists: 0 };
    const listen: Fault = (passing) => {
      count.all += 1;
      if (!this.isContent(passing)) count.lists += 1;
      return undefined;
    };
    const wrong = what === 'first' ? await this.firstDownload(listen) : await this.known(listen);
    this.usual[what] = count.all;
    this.lists[what] = count.lists;
    return wrong;
  }

  #studentText: string | undefined;

  async #put(path: string, version: number): Promise<void> {
    const lines = path.endsWith('.csv') ? 9000 : 30;
    const row = path.endsWith('.html') ? '<p>Absatz</p>' : 'eine Zeile, die niemand sonst hat';
    const text = `${path} version ${String(version)}\n${`${row}\n`.repeat(lines)}${'.'.repeat(version % 97)}\n`;
    const { driver } = this.attacked.course;
    const segments = path.split('/');
    await (this.#now.has(path)
      ? driver.overwrite(segments, Buffer.from(text))
      : driver.put(segments, Buffer.from(text)));
    this.#now.set(path, text);
    const versions = this.#versions.get(path) ?? new Set();
    this.#versions.set(path, versions.add(oidOfBytes(text)));
    this.#digests.add(digestOf(Buffer.from(text)));
  }

  #knownRepository(): CourseRepository {
    return (this.#known ??= this.#open(join(this.#base, 'data', 'intro'), () => this.#limits));
  }

  #open(dir: string, limits: () => Partial<HttpLimits>): CourseRepository {
    mkdirSync(join(dir, '..'), { recursive: true });
    const { adapter } = this.subject;
    const course = parseCourseId('intro');
    if (course === undefined) throw new Error('not a course id');
    return openCourseRepository({
      dir,
      course,
      title: 'Intro',
      source: {
        adapter,
        config: adapter.parseConfig(this.attacked.raw),
        credentials: this.subject.type === 'rclone' ? {} : (this.attacked.course.credentials ?? {}),
        createHttp: () => this.createHttp({ limits: limits() }),
      },
      now: () => new Date(this.#time),
    });
  }

  /** The real client, which waits for nothing between its tries. */
  createHttp(options: Partial<HttpOptions>): Http {
    const http = createHttp({
      allowPrivateAddresses: false,
      allowedOrigins: [this.attacked.proxy.origin, this.around.elsewhere],
      pause: () => Promise.resolve(),
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      ...options,
    });
    return {
      ...http,
      get counts() {
        return http.counts;
      },
      send: (request, signal) => http.send({ ...request, maxBytes: Math.min(request.maxBytes, MOST_BYTES) }, signal),
    };
  }

  async #refresh(repository: CourseRepository, fault: Fault | undefined): Promise<Outcome> {
    const { proxy } = this.attacked;
    this.#time += 60_000;
    proxy.watch(fault ?? this.#remember);
    const result = await repository.refresh({ freshness: 0, force: true, signal: AbortSignal.timeout(HANGS_MS) }).then(
      (offer) => ({ kind: 'offer', offer }) as const,
      (error: unknown) => ({ kind: 'error', error }) as const,
    );
    const { requests } = proxy;
    proxy.fault = undefined;
    return { ...result, requests };
  }

  readonly #remember: Fault = (passing) => {
    this.#answers.set(questionOf(passing), passing.answer);
    return undefined;
  };

  /** Everything that is wrong with what came of a refresh, in words. */
  *#judge(repository: CourseRepository, outcome: Outcome, delivered: ReadonlySet<string>, usual: number) {
    if (outcome.kind === 'error') yield* this.#judgeError(outcome.error);
    else yield* this.#judgeOffer(outcome.offer, delivered);
    for (const { oid } of repository.published()) {
      if (![...this.#versions.values()].some((versions) => versions.has(oid))) yield `a content that never was: ${oid}`;
    }
    const contents = this.usual.first - this.lists.first;
    const most = Math.max(3 * usual + 12, usual + 5 * contents) * (this.subject.repeats ?? 1) + this.moreRequests;
    if (usual > 0 && outcome.requests > most) {
      yield `${String(outcome.requests)} requests instead of ${String(usual)}`;
    }
    if (this.canaryConnections > 0) yield 'the canary was reached';
    if (this.attacked.proxy.sentBytes > 8 * MOST_BYTES) yield `read ${String(this.attacked.proxy.sentBytes)} bytes`;
  }

  *#judgeError(error: unknown) {
    if (!(error instanceof F2gitError)) {
      yield `not an error of ours: ${String(error)}`;
      return;
    }
    if (!KNOWN.test(error.code)) yield `an unexpected error: ${inspect(error)}`;
    for (const language of languages) if (describeError(error, language) === '') yield `no words for ${error.code}`;
    yield* this.#untranslated(error.params['detail']);
    yield* this.#secretsIn(inspect(error, { depth: 20 }), 'the error');
  }

  *#judgeOffer(offer: Offer, delivered: ReadonlySet<string>) {
    yield* this.#secretsIn(JSON.stringify(offer), 'the offer');
    for (const { path, code } of [...offer.source.problems, ...offer.frozen]) {
      if (code !== undefined && !(isErrorCode(code) && KNOWN.test(code)))
        yield `an unexpected problem of ${path}: ${code}`;
    }
    for (const { path, oid } of offer.files) {
      if (!this.#wasAt(path, oid)) yield `offers other bytes at ${path}`;
    }
    const offered = new Set<string>(offer.files.map(({ path }) => path));
    for (const path of delivered) {
      const isFrozen = offer.frozen.some((one) => path === one.path || path.startsWith(`${one.path}/`));
      const isKept = offered.has(path) || isFrozen || offer.deletions === 'ambiguous' || this.mayLose.includes(path);
      if (this.#now.has(path) && !isKept) {
        yield `takes ${path} away`;
      }
    }
  }

  *#untranslated(detail: string | number | undefined) {
    if (typeof detail !== 'string' || !/[a-z]/.test(detail)) return;
    if (describeDetail(detail, 'de') === detail) yield `no German for "${detail}"`;
  }

  *#secretsIn(text: string, where: string) {
    const { password, token } = this.attacked.course.credentials ?? {};
    for (const secret of [password, token].flatMap((one) => one?.reveal() ?? [])) {
      const bytes = Buffer.from(secret);
      const forms = [secret, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
      if (forms.some((form) => text.includes(form))) yield `a secret in ${where}`;
    }
  }

  *#judgeHealed(outcome: Outcome) {
    if (outcome.kind === 'error') {
      yield `does not recover: ${inspect(outcome.error)}`;
      return;
    }
    const { offer } = outcome;
    const offered = new Map<string, string>(offer.files.map(({ path, oid }) => [path, oid]));
    for (const [path, text] of this.#now) {
      if (offered.get(path) !== oidOfBytes(text)) yield `afterwards, ${path} is not as it is in the course`;
    }
    for (const path of offered.keys()) if (!this.#now.has(path)) yield `afterwards, ${path} is too much`;
    for (const { path, why, code = '' } of offer.frozen) yield `afterwards, ${path} is ${why} ${code}`;
    for (const { path, code } of offer.source.problems) yield `afterwards, there is ${code} at "${path}"`;
  }

  /** Gives the offer to a home as a click does, and looks at every file of it. */
  async #deliver(repository: CourseRepository, offer: Offer, workspace: string, isKnown: boolean) {
    const { contents } = repository;
    await runSync({ workspace, offer, contents, policy, ...clock(), quiet: 0, patience: 2000 });
    const there = new Map(isKnown || existsSync(workspace) ? filesIn(workspace) : []);
    const wrong = [...there].flatMap(([path, bytes]) => {
      const isStudents = isKnown && path === STUDENT && bytes.toString() === this.#studentText;
      return isStudents || this.#wasAt(path, oidOfBytes(bytes)) ? [] : [`other bytes in the home at ${path}`];
    });
    if (!isKnown) return wrong;
    const gone = [...this.#delivered].filter((path) => this.#now.has(path) && !there.has(path));
    wrong.push(...gone.filter((path) => !this.mayLose.includes(path)).map((path) => `${path} is gone from the home`));
    if (this.#studentText !== undefined && there.get(STUDENT)?.toString() !== this.#studentText) {
      wrong.push('the student’s own file changed');
    }
    this.#delivered.clear();
    for (const path of there.keys()) this.#delivered.add(path);
    return wrong;
  }

  /**
   * Whether this was ever the content of the file at `path`, or of the one whose twin or course copy it is, or whose name
   * came with bytes that are no text.
   */
  #wasAt(path: string, oid: string): boolean {
    const original = path.replace(/( \(\d+\)|\.course)(\.\w+)$/, '$2').replaceAll('\ufffd', '');
    const versions = this.#versions.get(path) ?? this.#versions.get(original);
    return versions?.has(oid) === true;
  }

  /** Waits until the proxy's clients have let all connections go, and says so if they do not. */
  async leftConnections(): Promise<number> {
    for (let tries = 0; tries < 100 && this.attacked.proxy.connections > 0; tries += 1) await wait(20);
    return this.attacked.proxy.connections;
  }

  /** Secrets in any byte of the data folders and homes. */
  secretsOnDisk(): readonly string[] {
    return [...filesIn(this.#base, true)].flatMap(([path, bytes]) => [
      ...this.#secretsIn(bytes.toString('latin1'), path),
    ]);
  }
}

/** Ids of sessions differ from refresh to refresh. */
function questionOf({ method, path, body }: Passing): string {
  return `${method} ${path} ${body.replace(/s\d+::/g, '')}`;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** A small generator (Park and Miller), so that every run is the same. */
function numbers(): () => number {
  let state = 20_261_123;
  return () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
}

function* filesIn(root: string, withState = false, folder = ''): Generator<readonly [string, Buffer]> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.f2git' && !withState) continue;
    if (entry.isDirectory()) yield* filesIn(root, withState, path);
    else if (entry.isFile()) yield [path, readFileSync(join(root, path))];
  }
}
