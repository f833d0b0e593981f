/** `GET zip/<course>.zip`: exactly the offered tree, the same bytes for the same tree, with a strong validator. */
import { F2gitError } from '../errors.ts';
import { freshOffer } from './click.ts';
import { hasTag, leadTo, sendBytes, sendEmpty, untilLeft } from './exchange.ts';
import type { Site } from './site.ts';
import { courseOf, segment, type PersonalVisit } from './visit.ts';

export async function answerZip(visit: PersonalVisit, site: Site): Promise<void> {
  const file = segment(visit, 'file');
  if (!file.endsWith('.zip')) return leadToArchive(file, visit, site);
  const course = courseOf(file.slice(0, -'.zip'.length), visit, site.courses, site.identity);
  const audience = course.audienceOf(visit.person);
  const leaving = untilLeft(visit);
  await freshOffer(audience, site.sourceWaitMs, () => undefined, leaving);
  const zip = audience.zip();
  if (zip === undefined) throw new F2gitError('source-unreachable');
  const { response } = visit;
  response.set({ ETag: `"${zip.tag}"`, 'Cache-Control': 'private, no-cache' });
  if (hasTag(visit, zip.tag)) {
    return sendEmpty(visit, 304);
  }
  response.set({ 'Content-Type': 'application/zip', 'Content-Disposition': `attachment; filename="${file}"` });
  response.setHeader('Content-Length', zip.size);
  return sendBytes(visit, () => zip.read(leaving));
}

/** Somebody left the ending out of an address they typed. @throws {F2gitError} `course-unknown` */
function leadToArchive(name: string, visit: PersonalVisit, site: Site): Promise<void> {
  const { id } = courseOf(name, visit, site.courses, site.identity);
  return leadTo(visit, visit.link(`zip/${id}.zip`, Object.fromEntries(visit.query)));
}
