/** The routes of `agent/tree-document.ts`: what may be had now, and its bytes. */
import { F2gitError } from '../errors.ts';
import { parseOid, type Oid } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { Blob } from '../repo/contents.ts';
import type { CourseFacts, CourseList } from '../agent/course-list.ts';
import type { CourseSettings } from '../agent/course-settings.ts';
import { agree, AGENT_HEADER, formatSpoken, parseSpoken, SERVER_HEADER, SPOKEN } from '../agent/protocol.ts';
import { SOURCE_HEADER, tagOf, type TreeDocument } from '../agent/tree-document.ts';
import { readRange } from './byte-range.ts';
import { freshOffer } from './click.ts';
import { hasTag, sendEmpty, sendJson, sendBytes, untilLeft } from './exchange.ts';

import type { Audience, Course } from './ports.ts';
import type { Site } from './site.ts';
import { courseOf, segment, type PersonalVisit } from './visit.ts';

/** Of a document, for a file with a long path. */
const BYTES_OF_FILE = 200;

export function answerCourses(visit: PersonalVisit, site: Site): Promise<void> {
  greet(visit);
  const { person } = visit;
  const taken = site.courses.all.filter((course) => site.identity.mayTake(person, course.id));
  const courses = taken.map((course): CourseFacts => ({
    id: course.id,
    title: course.title,
    workspace: course.workspaceOf(person).folder,
    ...(course.open === undefined ? {} : { open: course.open }),
    policy: course.audienceOf(person).supplies.policy,
    link: site.linkOf(course.id, person),
  }));
  const list: CourseList = { f2git: 1, courses };
  return sendJson(visit, list);
}

export async function answerTree(visit: PersonalVisit, site: Site): Promise<void> {
  greet(visit);
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  const audience = course.audienceOf(visit.person);
  const offer = await freshOffer(audience, site.sourceWaitMs, () => undefined, untilLeft(visit));
  const withHistory = visit.query.get('history') === 'true';
  const settings = settingsFor(course, audience, offer);
  const tag = `${tagOf(offer, settings)}${withHistory ? '-h' : ''}`;
  visit.response.set({ ETag: `"${tag}"`, 'Cache-Control': 'private, no-cache', [SOURCE_HEADER]: offer.source.state });
  const withOffer = !withHistory || visit.query.get('offer') !== 'false';
  if (withOffer) site.clicks?.note(course.id, visit.person, 'done');
  const isKnown = !withHistory && visit.query.get('since') === offer.head && offer.frozen.length === 0;
  if (isKnown || hasTag(visit, tag)) {
    return sendEmpty(visit, 304);
  }
  const history = withHistory ? audience.published() : [];
  const files = (withOffer ? offer.files.length : 0) + history.length;
  await site.largeAnswers.turn(visit, files * BYTES_OF_FILE);
  const document: TreeDocument = {
    f2git: 1,
    ...(withOffer ? { ...settings, offer } : {}),
    ...(withHistory ? { history } : {}),
  };
  return sendJson(visit, document);
}

/** The file the course opens is named as soon as it is there: before that its name is nobody's business. */
function settingsFor({ open }: Course, { supplies: { policy } }: Audience, { files }: Offer): CourseSettings {
  const isThere = open !== undefined && files.some(({ path }) => path === open || path.startsWith(`${open}/`));
  return { ...(isThere ? { open } : {}), policy };
}

export function answerBlob(visit: PersonalVisit, site: Site): Promise<void> {
  greet(visit);
  const id = objectId(segment(visit, 'oid'));
  const blob = findBlob(id, visit, site);
  const { response } = visit;
  response.set({
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': 'attachment',
    'Cache-Control': 'private, max-age=31536000, immutable',
    'Accept-Ranges': 'bytes',
    ETag: `"${id}"`,
  });
  if (hasTag(visit, id)) {
    return sendEmpty(visit, 304);
  }
  const asked = (visit.request.get('if-range') ?? `"${id}"`) === `"${id}"` ? visit.request.get('range') : undefined;
  const range = readRange(asked, blob.size);
  if (range === 'unsatisfiable') {
    response.set({ 'Content-Range': `bytes */${blob.size}`, 'Cache-Control': 'no-store' });
    return sendEmpty(visit, 416);
  }
  if (range === undefined) {
    response.setHeader('Content-Length', blob.size);
    return sendBytes(visit, () => blob.read());
  }
  response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${blob.size}`);
  response.setHeader('Content-Length', range.end - range.start + 1);
  return sendBytes(visit, () => blob.read(range));
}

/** Tells what this server knows, to whoever asks. @throws {F2gitError} `agent-outdated`, `server-outdated` */
function greet({ request, response }: PersonalVisit): void {
  response.setHeader(SERVER_HEADER, formatSpoken(SPOKEN));
  agree(parseSpoken(request.get(AGENT_HEADER)), SPOKEN);
}

/** Only what this person's courses publish to them; what is not there and what is not theirs look the same. */
function findBlob(id: Oid, visit: PersonalVisit, site: Site): Blob {
  const name = visit.query.get('course');
  const courses =
    name === null
      ? site.courses.all.filter((course) => site.identity.mayTake(visit.person, course.id))
      : [courseOf(name, visit, site.courses, site.identity)];
  for (const course of courses) {
    const blob = course.audienceOf(visit.person).blob(id);
    if (blob !== undefined) return blob;
  }
  throw new F2gitError('file-unknown', { params: { file: id } });
}

function objectId(text: string): Oid {
  const id = parseOid(text);
  if (id === undefined) throw new F2gitError('file-unknown', { params: { file: text.slice(0, 40) } });
  return id;
}
