/** Moodle's web services: the token only ever travels in a form, so that it is in no access log. */
import { z } from 'zod';
import type { Secret } from '../../core/secret.ts';
import { F2gitError } from '../../errors.ts';
import { isLoopback } from '../address-guard.ts';
import type { Http, HttpResponse } from '../http.ts';
import { readJson } from '../json-answer.ts';
import type { MoodleConfig } from './address.ts';
import { courseFailure, failure, moodleFailure } from './failure.ts';
import { activitySchema, refusalSchema, type Site, siteSchema, tokenSchema } from './schema.ts';

/** A listing of a thousand files has half a megabyte, and pictures may be written into what stands beside them. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const LIST_COURSE = 'core_course_get_contents';
const FIND_ACTIVITY = 'core_course_get_course_module';
const SITE_INFO = 'core_webservice_get_site_info';

/** What a course looks like to the account, and the server's clock when it said so. */
export interface CourseAnswer {
  readonly sections: readonly unknown[];
  readonly date?: string;
}

/** One account at one site. */
export class MoodleService {
  readonly #http: Http;
  readonly #config: MoodleConfig;
  readonly #token: Secret;
  /** What names are asked for in; undefined where the site knows no such wish. */
  #language: string | undefined;
  /** Whether the site has answered a call: a later refusal is about the function, not about the token. */
  #isLetIn = false;

  constructor(http: Http, config: MoodleConfig, token: Secret) {
    this.#http = http;
    this.#config = config;
    this.#token = token;
    this.#language = config.language;
  }

  /**
   * Everything the account may see of the course, in one answer.
   * @throws {F2gitError} `source-login`, `source-forbidden`, `source-not-found`, `source-invalid` and others
   */
  async course(signal: AbortSignal): Promise<CourseAnswer> {
    const { course = await this.#courseOfActivity(signal) } = this.#config;
    const { response, answer } = await this.#call(LIST_COURSE, { courseid: course }, signal);
    const refusal = refusalSchema.safeParse(answer);
    if (refusal.success) throw await this.#explained(LIST_COURSE, refusal.data, response.url, signal);
    const sections = z.array(z.unknown()).safeParse(answer);
    // Even an empty course has its first section.
    if (!sections.success || sections.data.length === 0) {
      throw failure('source-invalid', response.url, 'a course without sections came back');
    }
    const date = response.headers['date'];
    return { sections: sections.data, ...(date === undefined ? {} : { date }) };
  }

  /** The course an activity is in; its address does not say. */
  async #courseOfActivity(signal: AbortSignal): Promise<string> {
    const { response, answer } = await this.#call(FIND_ACTIVITY, { cmid: this.#config.activity ?? '' }, signal);
    const refusal = refusalSchema.safeParse(answer);
    if (refusal.success) throw await this.#explained(FIND_ACTIVITY, refusal.data, response.url, signal);
    const found = activitySchema.safeParse(answer);
    if (!found.success) throw failure('source-invalid', response.url, 'the site does not say where the activity is');
    return String(found.data.cm.course);
  }

  /**
   * Who the account is and what its token may do; undefined where its web service lacks the function that tells.
   * @throws {F2gitError} as `course`
   */
  async site(signal: AbortSignal): Promise<Site | undefined> {
    const { response, answer } = await this.#call(SITE_INFO, {}, signal);
    const refusal = refusalSchema.safeParse(answer);
    if (refusal.success && refusal.data.errorcode === 'accessexception' && this.#isLetIn) return undefined;
    if (refusal.success) throw moodleFailure(refusal.data.errorcode, response.url);
    const site = siteSchema.safeParse(answer);
    if (!site.success) throw failure('source-invalid', response.url, 'the site does not say who signed in');
    return site.data;
  }

  /** Asks for a file by its address; `range` for a part of it. The answer is still to be judged. */
  file(url: string, maxBytes: number, signal: AbortSignal, range?: string): Promise<HttpResponse> {
    const headers = { ...FORM, ...(range === undefined ? {} : { range }) };
    const body = new URLSearchParams({ token: this.#token.reveal() }).toString();
    return this.#http.send({ method: 'POST', url, headers, body, purpose: 'content', maxBytes }, signal);
  }

  async #call(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal) {
    const called = await this.#callIn(this.#language, name, args, signal);
    const refusal = refusalSchema.safeParse(called.answer);
    if (!refusal.success) this.#isLetIn = true;
    const isUnknown = refusal.success && refusal.data.errorcode === 'invalidparameter';
    if (!isUnknown || this.#language === undefined) return called;
    // A release that cannot be told a language takes the setting for an argument of the function.
    this.#language = undefined;
    return this.#callIn(undefined, name, args, signal);
  }

  async #callIn(
    language: string | undefined,
    name: string,
    args: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) {
    const url = `${this.#config.site}webservice/rest/server.php?moodlewsrestformat=json`;
    const fields = {
      wstoken: this.#token.reveal(),
      wsfunction: name,
      moodlewssettingfilter: 'true',
      ...(language === undefined ? {} : { moodlewssettinglang: language }),
      ...args,
    };
    const response = await post(this.#http, url, fields, signal);
    return { response, answer: await readAnswer(response) };
  }

  /** "Access control exception" means an expired token, a forbidden address, or a function the service does not have. */
  async #explained(
    name: string,
    { errorcode, message = '' }: z.infer<typeof refusalSchema>,
    url: string,
    signal: AbortSignal,
  ): Promise<F2gitError> {
    if (errorcode !== 'accessexception') return courseFailure(errorcode, message, url);
    const site = await this.site(signal);
    const isOffered = site !== undefined && site.functions?.some((one) => one.name === name) !== false;
    if (isOffered) return failure('source-forbidden', url, 'the account may not list the course');
    return failure('source-forbidden', url, `the web service lacks the function ${name}`);
  }
}

/**
 * Gets the token of an account with a password that Moodle itself checks; accounts of a single sign-on have none.
 * @throws {F2gitError} `source-login`, `source-forbidden`, …
 */
export async function tokenForPassword(
  http: Http,
  { site, service }: MoodleConfig,
  { user, password }: { readonly user: string; readonly password: Secret },
  signal: AbortSignal,
): Promise<string> {
  const fields = { username: user, password: password.reveal(), service };
  const response = await post(http, `${site}login/token.php`, fields, signal);
  const answer = await readAnswer(response).catch((error: unknown) => {
    // A web page says nothing of the password, which must not be given up for it.
    if (!(error instanceof F2gitError) || error.code !== 'source-login') throw error;
    throw failure('source-invalid', response.url, 'a web page came back');
  });
  const refusal = refusalSchema.safeParse(answer);
  if (refusal.success) throw moodleFailure(refusal.data.errorcode, response.url);
  const token = tokenSchema.safeParse(answer);
  if (!token.success) throw failure('source-invalid', response.url, 'the site gave no token');
  return token.data.token;
}

/**
 * A form with a token that is redirected has travelled unencrypted before anybody could object: a site whose address was
 * given with http is asked without one first.
 * @throws {F2gitError} `address-forbidden` when it leads to https
 */
export async function refuseHttpOfHttps(http: Http, site: string, signal: AbortSignal): Promise<void> {
  const url = new URL(site);
  if (url.protocol === 'https:' || isLoopback(url)) return;
  const request = {
    method: 'HEAD',
    url: `${site}login/token.php`,
    purpose: 'listing',
    maxBytes: MAX_ANSWER_BYTES,
  } as const;
  const response = await http.send(request, signal);
  await response.discard();
  if (!response.url.startsWith('https:')) return;
  throw failure('address-forbidden', site, 'the site is encrypted: use its https address');
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function post(http: Http, url: string, fields: Readonly<Record<string, string>>, signal: AbortSignal) {
  const body = new URLSearchParams(fields).toString();
  return http.send(
    { method: 'POST', url, headers: FORM, body, purpose: 'listing', maxBytes: MAX_ANSWER_BYTES },
    signal,
  );
}

async function readAnswer(response: HttpResponse): Promise<unknown> {
  const { status, url } = response;
  if (status === 200) return readJson(response, z.unknown());
  await response.discard();
  if (status === 401) throw failure('source-login', url, 'the web server in front of it wants a sign-in', status);
  if (status === 403) throw failure('source-forbidden', url, 'web services are switched off', status);
  if (status === 404 || status === 410) throw failure('source-not-found', url, 'there is no Moodle there', status);
  throw failure('source-invalid', url, 'no answer came back', status);
}
