/**
 * One course of which every version of every file is known, a repository that is refreshed from it over and over, and a
 * home that gets what is offered. What must hold whatever a platform does is in `judge`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseCourseId } from '../../../src/core/ids.ts';
import { type CourseRepository, openCourseRepository } from '../../../src/repo/course-repository.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { HttpLimits } from '../../../src/sources/http-limits.ts';
import type { Http, HttpOptions } from '../../../src/sources/http.ts';
import { fastBase } from '../../support/dsl.ts';
import { filesIn, Home } from './home.ts';
import { listenToLogs } from './log-listener.ts';
import { isLong } from './long.ts';
import { type Costs, usualCosts } from './costs.ts';
import { type Elsewhere, startElsewhere } from './elsewhere.ts';
import { type Mutant, mutated } from './mutants.ts';
import type { Answer, Certificate, Fault, Passing } from './proxy.ts';
import { type Attacked, attack, type Subject } from './subjects.ts';
import { Truth } from './truth.ts';
import { type Outcome, secretsIn, wrongAfterwards, wrongInError, wrongInOffer } from './verdicts.ts';
import type { Surroundings } from './wire-faults.ts';

/** A refresh that takes longer hangs; nothing here waits for more than fractions of a second. */
const HANGS_MS = 20_000;
const HANGS = { kind: 'hangs' } as const;

/** No answer of a test's course is larger; what has no end must not fill this machine's memory to show it. */
const MOST_BYTES = 48 << 20;

/** Files and folders of the course. */
const THINGS = 7 + 3;

const STUDENT = 'week2/c.md';
/** Files that are changed before every refresh. */
export const CHANGING = ['week1/b.txt', 'week1/large.csv'];
const SOMETIMES = 'week2/sometimes.txt';

export class World {
  readonly subject: Subject;
  readonly attacked: Attacked;
  readonly around: Surroundings;
  /** Answers that were not the true ones, so far. */
  strikes = 0;
  /** Files that the fault says are gone, where nobody could tell. */
  mayLose: readonly string[] = [];
  /** What a fault may make of each request. */
  costs: Costs;
  /** Makes a wrong client of the true one: what judges is judged itself. */
  mutant: Mutant = {};
  /** Milliseconds after which a refresh hangs. */
  patience = HANGS_MS;
  /** Requests that a legal course of this kind may cost beyond the usual: a folder at every depth. */
  moreRequests = 0;
  /** Requests of a refresh with nothing wrong, of everything and of what changed: as many as there ever are. */
  readonly usual = { first: 0, known: 0 };
  /** Those of them that ask for lists: as many as there always are. */
  readonly lists = { first: Infinity, known: Infinity };
  readonly #base: string;
  readonly #elsewhere: Elsewhere;
  readonly #secrets: readonly string[];
  readonly #ca: string | undefined;
  readonly #truth = new Truth();
  /** What the last refresh wrote to where logs go. */
  #log = '';
  readonly #home: Home;
  readonly #answers = new Map<string, Answer>();
  #time = Date.now();
  #round = 0;
  #known: CourseRepository | undefined;
  #firsts = 0;

  private constructor(subject: Subject, attacked: Attacked, elsewhere: Elsewhere, ca: string | undefined) {
    this.subject = subject;
    this.costs = usualCosts(subject.type);
    this.attacked = attacked;
    this.#elsewhere = elsewhere;
    this.#ca = ca;
    this.#base = mkdtempSync(join(fastBase, 'f2git-hostile-'));
    this.#home = new Home(join(this.#base, 'home', 'intro'), this.#truth);
    const { origin, anotherPort, canary } = elsewhere;
    this.around = { elsewhere: origin, anotherPort, canary, random: numbers() };
    const { password, token } = attacked.course.credentials ?? {};
    this.#secrets = [password, token].flatMap((one) => one?.reveal() ?? []);
  }

  /** Starts everything, with a course that is known and delivered. */
  static async start(
    subject: Subject,
    tls?: { readonly certificate: Certificate; readonly ca: string },
  ): Promise<World> {
    const attacked = await attack(subject, tls?.certificate);
    const world = new World(subject, attacked, await startElsewhere(), tls?.ca);
    await world.#fill();
    return world;
  }

  async stop(): Promise<void> {
    await this.#known?.close();
    await this.attacked.stop();
    await this.#elsewhere.stop();
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** Whether the true answer brings the content of a file, and not a list of what there is. */
  isContent(passing: Passing): boolean {
    return this.subject.bringsContent?.(passing) === true || this.#truth.isContent(passing.answer.body);
  }

  /** What was answered before the course changed. */
  olderAnswer(passing: Passing): Answer | undefined {
    return this.#answers.get(questionOf(passing));
  }

  /** The content that the same file had before, as it was answered then or as it would be. */
  olderContent(passing: Passing): Answer | undefined {
    const body = this.#truth.before(passing.answer.body);
    return this.olderAnswer(passing) ?? (body === undefined ? undefined : { ...passing.answer, body });
  }

  /** The true bytes of some file whose size is not `length`. */
  contentOfOtherSize(length: number): Buffer {
    return this.#truth.ofOtherSize(length);
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
    const home = new Home(workspace, this.#truth);
    const repository = this.#open(join(dir, 'intro'), () => limits);
    try {
      const wrong: string[] = [];
      for (let nth = 1; nth <= times; nth += 1) {
        const outcome = await this.#refresh(repository, fault);
        wrong.push(...this.#judge(repository, outcome, new Set(), this.usual.first));
        if (outcome.kind === 'offer') wrong.push(...(await home.deliver(repository, outcome.offer, this.mayLose)));
      }
      // What one failure makes of the next good refresh shows where contents failed; the rest of it begins anew.
      if (times > 1 || isLong) {
        limits = {};
        wrong.push(...wrongAfterwards(await this.#refresh(repository, undefined), this.#truth));
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
    const wrong: string[] = [];
    for (let nth = 1; nth <= times; nth += 1) {
      const outcome = await this.#refresh(repository, fault);
      wrong.push(...this.#judge(repository, outcome, this.#home.delivered, this.usual.known));
      if (outcome.kind === 'offer') wrong.push(...(await this.#home.deliver(repository, outcome.offer, this.mayLose)));
    }
    this.#limits = {};
    const healed = await this.#refresh(repository, undefined);
    wrong.push(...wrongAfterwards(healed, this.#truth));
    if (healed.kind === 'offer') wrong.push(...(await this.#home.deliver(repository, healed.offer, this.mayLose)));
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
      this.#truth.remove(SOMETIMES);
      this.#home.forget(SOMETIMES);
    }
  }

  async #fill(): Promise<void> {
    for (const path of ['a.txt', ...CHANGING, 'week1/page.html', STUDENT, 'week2/deep/d.txt', SOMETIMES]) {
      await this.#put(path, 0);
    }
    mkdirSync(join(this.#base, 'home'));
    const first = [...(await this.#counted('first')), ...(await this.#counted('first'))];
    const wrong = [...first, ...(await this.known(undefined))];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    this.#home.edit(STUDENT);
    const healthy = [...(await this.#counted('known')), ...(await this.#counted('known'))];
    if (healthy.length > 0) throw new Error(healthy.join('\n'));
  }

  /** A refresh with nothing wrong, of which the requests are counted: once with the file that comes and goes, once without. */
  async #counted(what: 'first' | 'known'): Promise<readonly string[]> {
    const count = { all: 0, lists: 0 };
    const listen: Fault = (passing) => {
      count.all += 1;
      if (!this.isContent(passing)) count.lists += 1;
      return undefined;
    };
    const wrong = what === 'first' ? await this.firstDownload(listen) : await this.known(listen);
    this.usual[what] = Math.max(this.usual[what], count.all);
    this.lists[what] = Math.min(this.lists[what], count.lists);
    return wrong;
  }

  async #put(path: string, version: number): Promise<void> {
    const lines = path.endsWith('.csv') ? 9000 : 30;
    const row = path.endsWith('.html') ? '<p>Absatz</p>' : 'eine Zeile, die niemand sonst hat';
    const text = `${path} version ${String(version)}\n${`${row}\n`.repeat(lines)}${'.'.repeat(version % 97)}\n`;
    const { driver } = this.attacked.course;
    const segments = path.split('/');
    await (this.#truth.now.has(path)
      ? driver.overwrite(segments, Buffer.from(text))
      : driver.put(segments, Buffer.from(text)));
    this.#truth.put(path, text);
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
        adapter: mutated(adapter, () => this.mutant),
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
      allowedOrigins: [this.attacked.proxy.origin, this.around.elsewhere, this.around.anotherPort],
      pause: () => Promise.resolve(),
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      ...options,
    });
    const sound: Http = {
      ...http,
      get counts() {
        return http.counts;
      },
      send: (request, signal) => http.send({ ...request, maxBytes: Math.min(request.maxBytes, MOST_BYTES) }, signal),
    };
    return this.mutant.http?.(sound) ?? sound;
  }

  async #refresh(repository: CourseRepository, fault: Fault | undefined): Promise<Outcome> {
    const { proxy } = this.attacked;
    this.#time += 60_000;
    proxy.watch(fault === undefined ? this.#remember : this.#counting(fault));
    const signal = AbortSignal.timeout(this.patience);
    const ended = repository.refresh({ freshness: 0, force: true, signal }).then(
      (offer) => ({ kind: 'offer', offer }) as const,
      (error: unknown) => (signal.aborted ? HANGS : ({ kind: 'error', error } as const)),
    );
    const heard = listenToLogs();
    const result = await Promise.race([ended, wait(2 * this.patience, HANGS, { ref: false })]);
    this.#log = heard();
    const { requests } = proxy;
    proxy.fault = undefined;
    return { ...result, requests };
  }

  /** A fault that strikes nothing shows nothing. */
  #counting(fault: Fault): Fault {
    const counted: Fault = (passing) => {
      const sent = fault(passing);
      if (typeof sent === 'function' || (sent !== undefined && !isSame(sent, passing.answer))) this.strikes += 1;
      return sent;
    };
    return Object.assign(counted, fault.handshake === undefined ? {} : { handshake: fault.handshake });
  }

  readonly #remember: Fault = (passing) => {
    this.#answers.set(questionOf(passing), passing.answer);
    return undefined;
  };

  /** Everything that is wrong with what came of a refresh, in words. */
  *#judge(repository: CourseRepository, outcome: Outcome, delivered: ReadonlySet<string>, usual: number) {
    const expected = { truth: this.#truth, delivered, mayLose: this.mayLose, secrets: this.#secrets };
    if (outcome.kind === 'hangs') yield 'it hangs';
    else if (outcome.kind === 'error') yield* wrongInError(outcome.error, this.#secrets);
    else yield* wrongInOffer(outcome.offer, expected);
    for (const { oid } of repository.published()) {
      if (!this.#truth.was(oid)) yield `a content that never was: ${oid}`;
    }
    const most = this.#mostRequests(usual);
    if (usual > 0 && outcome.requests > most) {
      yield `${String(outcome.requests)} requests, where ${String(most)} are allowed`;
    }
    if (this.#elsewhere.canaryConnections > 0) yield 'the canary was reached';
    yield* secretsIn(this.#log, 'the log', this.#secrets);
    yield* secretsIn(this.#elsewhere.told(), 'a request to another server', this.#secrets);
    if (this.attacked.proxy.sentBytes > 8 * MOST_BYTES) yield `read ${String(this.attacked.proxy.sentBytes)} bytes`;
  }

  /**
   * What the rules of our HTTP allow: every list as often as the fault makes it be asked for, every content as well, and
   * what is not listed any more once for each thing, at platforms that can say what became of it.
   */
  #mostRequests(usual: number): number {
    const { costs, subject } = this;
    const lists = usual === this.usual.first ? this.lists.first : this.lists.known;
    const contents = this.usual.first - this.lists.first;
    const asides = subject.tellsGone === 'nothing' ? 0 : THINGS;
    const most = (lists + asides) * costs.list + contents * costs.content;
    return most + this.moreRequests;
  }

  /** Waits until the proxy's clients have let all connections go, and says so if they do not. */
  async leftConnections(): Promise<number> {
    for (let tries = 0; tries < 100 && this.attacked.proxy.connections > 0; tries += 1) await wait(20);
    return this.attacked.proxy.connections;
  }

  /** Secrets in any byte of the data folders and homes. */
  secretsOnDisk(): readonly string[] {
    return [...filesIn(this.#base, true)].flatMap(([path, bytes]) => [
      ...secretsIn(bytes.toString('latin1'), path, this.#secrets),
    ]);
  }
}

/** Ids of sessions differ from refresh to refresh. */
function questionOf({ method, path, body }: Passing): string {
  return `${method} ${path} ${body.replace(/s\d+::/g, '')}`;
}

function isSame(one: Answer, other: Answer): boolean {
  return (
    one.status === other.status &&
    one.body.equals(other.body) &&
    JSON.stringify(one.headers) === JSON.stringify(other.headers)
  );
}

/** A small generator (Park and Miller), so that every run is the same. */
function numbers(): () => number {
  let state = 20_261_123;
  return () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
}
