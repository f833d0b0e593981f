/** One request, as a route sees it: parsed once, at the edge. */
import type { Request, Response } from 'express';
import { parseCourseId, parseRunId, type RunId } from '../core/ids.ts';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { languages, type Language } from '../messages/language.ts';
import { linksFrom, type Link } from './links.ts';
import type { Course, Courses, Identity, Person } from './ports.ts';

export interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly query: URLSearchParams;
  readonly language: Language;
  /** What a failure is answered with: a page for browsers, a document for programs. */
  readonly wants: 'html' | 'json';
  /** Addresses relative to this one. They carry the language only if the visitor chose it by `lang`. */
  readonly link: Link;
}

/** A visit of somebody we know. */
export interface PersonalVisit extends Visit {
  readonly person: Person;
}

/** Reads what every request has. `path` is the request's path below the prefix, without a leading slash. */
export function readVisit(request: Request, response: Response, path: string, defaultLanguage: Language): Visit {
  const question = request.originalUrl.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : request.originalUrl.slice(question + 1));
  const chosen = languages.find((language) => language === query.get('lang'));
  return {
    request,
    response,
    query,
    language: chosen ?? acceptedLanguage(request) ?? defaultLanguage,
    wants: request.accepts(['json', 'html']) === 'html' ? 'html' : 'json',
    link: linksFrom(path.split('/').length - 1, { lang: chosen }),
  };
}

/** Adds who it is, and what their addresses must carry. @throws {F2gitError} as `Identity.identify` */
export async function identifyVisit(visit: Visit, identity: Identity): Promise<PersonalVisit> {
  const person = await identity.identify(visit.request, visit.query);
  const carried = identity.addressOf(person);
  return { ...visit, person, link: (path, params) => visit.link(path, { ...carried, ...params }) };
}

/** @throws {F2gitError} `course-unknown`, also for one this person may not see */
export function courseOf(name: string, visit: PersonalVisit, courses: Courses, identity: Identity): Course {
  const id = parseCourseId(name);
  const course = id === undefined ? undefined : courses.get(id);
  if (course === undefined || !identity.mayTake(visit.person, course.id)) {
    throw new F2gitError('course-unknown', { params: { course: name.slice(0, 80) } });
  }
  return course;
}

/** @throws {F2gitError} `run-unknown` */
export function runIdOf(text: string): RunId {
  const id = parseRunId(text);
  if (id === undefined) throw new F2gitError('run-unknown', { params: { run: text.slice(0, 40) } });
  return id;
}

/**
 * A path inside a course from a link, or undefined when there is none. A slash at either end is forgiven.
 * @throws {F2gitError} `usage` when it is no legal path
 */
export function coursePathOf(text: string | null | undefined, name: string): RelPath | undefined {
  const trimmed = (text ?? '').replace(/^(\.?\/)+|\/+$/g, '');
  if (trimmed === '' || trimmed === '.') return undefined;
  const path = parseRelPath(trimmed);
  if (path === undefined) throw new F2gitError('usage', { params: { [name]: trimmed.slice(0, 200) } });
  return path;
}

/**
 * The name of a student's server in a link, or undefined when there is none: letters, digits, `.`, `_`, `-`.
 * @throws {F2gitError} `usage`
 */
export function serverOf(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text) && !text.includes('..')) return text;
  throw new F2gitError('usage', { params: { server: text.slice(0, 80) } });
}

/** One path segment of a route. Express gives it decoded. */
export function segment(visit: Visit, name: string): string {
  const value = visit.request.params[name];
  return typeof value === 'string' ? value : '';
}

function acceptedLanguage(request: Request): Language | undefined {
  if (request.headers['accept-language'] === undefined) return undefined;
  // best first; `*`, as git sends it where its machine has no language, names none
  const named = request
    .acceptsLanguages()
    .flatMap((tag) => languages.filter((one) => one === tag.split('-')[0]?.toLowerCase()));
  return named[0];
}
