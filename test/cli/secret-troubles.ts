/** How a platform can fail while it repeats all that it was told: statuses, pages and errors in its own words. */
import type { Answer } from '../sources/fake/web-server.ts';

export interface Trouble {
  readonly name: string;
  /** `course` says which platform it is. */
  readonly answer: (echo: string, course: string) => Answer;
  /** Whether it also comes in the place of a file, after a good listing. */
  readonly isOfFiles?: true;
}

/** The last one ends in a pause for all credentials. */
export const troubles: readonly Trouble[] = [
  { name: 'says that it is broken', answer: (echo, course) => problem(500, echo, course) },
  { name: 'forbids', answer: (echo, course) => problem(403, echo, course), isOfFiles: true },
  { name: 'finds nothing', answer: (echo, course) => problem(404, echo, course) },
  { name: 'answers with an error', answer: (echo, course) => problem(200, echo, course), isOfFiles: true },
  {
    name: 'shows a page',
    answer: (echo) => page(200, `<title>${escaped(echo)}</title><form><input type="password"></form>`),
  },
  {
    name: 'sends elsewhere',
    answer: (echo) => {
      const location = `/elsewhere/${encodeURIComponent(echo)}?token=${encodeURIComponent(echo)}#${encodeURI(echo)}`;
      return { ...page(302, escaped(echo)), headers: { location, 'set-cookie': 'a=b; path=/' } };
    },
    isOfFiles: true,
  },
  {
    name: 'refuses the sign-in',
    answer: (echo, course) => {
      const { headers, ...answer } = problem(401, echo, course);
      const realm = Buffer.from(echo).toString('base64');
      return { ...answer, headers: { ...headers, 'www-authenticate': `Basic realm="${realm}"` } };
    },
  },
];

/** In the words of the course's platform. */
function problem(status: number, echo: string, course: string): Answer {
  const [platform = ''] = course.split('-');
  if (course === 'ilias-soap') {
    const fault = `<faultcode>Client</faultcode><faultstring>${escaped(echo)}</faultstring>`;
    const envelope = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"';
    return xml(status, `<e:Envelope ${envelope}><e:Body><e:Fault>${fault}</e:Fault></e:Body></e:Envelope>`);
  }
  switch (platform) {
    case 'studip':
      return json(status, 'application/vnd.api+json', {
        errors: [{ code: String(status), title: echo, detail: echo }],
      });
    case 'canvas':
      return json(status, 'application/json', { errors: [{ message: echo }], message: echo, error_description: echo });
    case 'moodle':
      return json(status, 'application/json', {
        ...{ exception: 'moodle_exception', errorcode: 'unknown', error: echo, message: echo, debuginfo: echo },
      });
    case 'zip':
      return xml(status, `<Error><Code>AccessDenied</Code><Message>${escaped(echo)}</Message></Error>`);
    case 'git': {
      const line = Buffer.from(`ERR ${echo}\n`);
      const length = (line.length + 4).toString(16).padStart(4, '0');
      return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.concat([Buffer.from(length), line]) };
    }
    default:
      return xml(
        status,
        `<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>${escaped(echo)}</s:exception>` +
          `<s:message>${escaped(echo)}</s:message></d:error>`,
      );
  }
}

function json(status: number, type: string, document: unknown): Answer {
  return { status, headers: { 'content-type': type }, body: Buffer.from(JSON.stringify(document)) };
}

function xml(status: number, text: string): Answer {
  const headers = { 'content-type': 'application/xml; charset=utf-8' };
  return { status, headers, body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?>${text}`) };
}

function page(status: number, text: string): Answer {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return { status, headers, body: Buffer.from(`<!DOCTYPE html><html>${text}</html>`) };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
