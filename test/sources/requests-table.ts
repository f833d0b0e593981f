/** What each adapter asks of its server in a refresh, by kinds of requests with their reasons. */
import { createHash } from 'node:crypto';
import { writeZip } from '../support/zip-writer.ts';
import { canvasHarness, canvasStudentHarness } from './fake/canvas-course.ts';
import { iliasHarness, iliasSoapHarness } from './fake/ilias-course.ts';
import { studentHarness } from './fake/moodle-course.ts';
import { studipHarness } from './fake/studip-course.ts';
import { WebServer } from './fake/web-server.ts';
import { startWebdavCourse, webdavHarness } from './fake/webdav-course.ts';
import { zipHarness } from './fake/zip-course.ts';
import { gitAdapter } from '../../src/sources/git/index.ts';
import { startGitCourse } from './git/git-course.ts';
import type { Course, Harness } from './harness.ts';
import { rcloneHarness } from './rclone/course.ts';

/** One kind of request: how it is called in the table, how it is known, why it is sent. */
export interface Kind {
  readonly request: string;
  readonly shape: RegExp;
  readonly why: string;
  /** How many of them the first refresh needs for each file, where it says `quickFiles`. */
  readonly each?: number;
}

export interface Platform {
  readonly name: string;
  readonly adapter: Harness['adapter'];
  readonly start: () => Promise<Course>;
  readonly kinds: readonly Kind[];
  /** Files of the course where there is no time for 2,000; what those would need is then worked out. */
  readonly quickFiles?: number;
  /** Milliseconds between the refreshes; half an hour when it is not said. */
  readonly later?: number;
}

const download = (request: string, shape: RegExp): Kind => ({ request, shape, why: 'the contents' });

const dav: readonly Kind[] = [
  { request: '`PROPFIND`', shape: /^PROPFIND /, why: 'the course’s folder and each below it' },
  download('`GET` of a file', /^GET /),
];

const canvas = (isStaff: boolean): readonly Kind[] => [
  { request: '`GET …/permissions`', shape: /\/permissions\?/, why: 'whether the account is staff' },
  ...(isStaff
    ? [
        { request: '`GET courses/…`', shape: /\/courses\/7 /, why: 'whether the course is published' },
        { request: '`GET …/tabs`', shape: /\/tabs\?/, why: 'whether students have the Files page' },
        { request: '`GET …/modules`', shape: /\/modules\?/, why: 'which modules lock files' },
      ]
    : []),
  { request: '`GET …/folders`', shape: /\/folders\?/, why: 'all folders, 100 to a page' },
  { request: '`GET …/files`', shape: /\/files\?/, why: 'all files, 100 to a page' },
  download('`GET files/…/download`', /\/download\?/),
];

const moodle: readonly Kind[] = [
  { request: '`core_course_get_contents`', shape: /wsfunction=core_course_get_contents/, why: 'the whole course' },
  download('`POST webservice/pluginfile.php`', /\/pluginfile\.php/),
];

const studip: readonly Kind[] = [
  {
    request: '`GET courses/…/folders`',
    shape: /\/courses\/\w+\/folders\?/,
    why: 'all folders in one page; in halves when a broken one has to be left out',
  },
  {
    request: '`GET folders/…/file-refs?include=file`',
    shape: /\/file-refs\?/,
    why: 'each folder’s files in one page, with the data whose date tells of new content',
  },
  { request: '`GET terms-of-use`', shape: /\/terms-of-use/, why: 'which terms let students download' },
  download('`GET file-refs/…/content`', /^GET .*\/content /),
  {
    request: '`HEAD file-refs/…/content`',
    shape: /^HEAD .*\/content /,
    why: 'entity tags in rotation, at most 16 in a refresh, for replacements of the same size',
  },
];

const soap = (method: string, why: string): Kind => ({
  request: `SOAP \`${method}\``,
  shape: new RegExp(`<ilu:${method} `),
  why,
});

/** Every source that asks a server, in the order of the table. */
export const platforms: readonly Platform[] = [
  // A week later files are due to be looked at more closely.
  { name: 'Stud.IP', ...partsOf(studipHarness('autor')), kinds: studip, later: 8 * 24 * 3600_000 },
  { name: 'ILIAS', ...partsOf(iliasHarness), kinds: dav },
  {
    name: 'ILIAS, SOAP',
    ...partsOf(iliasSoapHarness),
    kinds: [
      soap('login', 'a session'),
      soap('getUserIdBySid', 'the account’s own number'),
      soap('getObjectByReference', 'whether the account is staff'),
      soap('getXMLTree', 'the whole course'),
      soap('logout', 'the end of the session'),
      download('`GET` of a file', /^GET /),
    ],
  },
  { name: 'Canvas', ...partsOf(canvasStudentHarness), kinds: canvas(false) },
  { name: 'Canvas, staff', ...partsOf(canvasHarness), kinds: canvas(true) },
  { name: 'Moodle', ...partsOf(studentHarness), kinds: moodle },
  { name: 'WebDAV', ...partsOf(webdavHarness), kinds: dav },
  {
    name: 'Nextcloud, ownCloud',
    adapter: webdavHarness.adapter,
    start: () => startWebdavCourse({ isCloud: true }),
    kinds: [
      {
        request: '`PROPFIND`',
        shape: /^PROPFIND /,
        why: 'each folder once; then the first alone, whose entity tag changes with all below it (once an hour all)',
      },
      download('`GET` of a file', /^GET /),
    ],
  },
  {
    name: 'ZIP',
    adapter: zipHarness.adapter,
    start: startTaggedArchive,
    kinds: [
      { request: '`GET` of the archive', shape: /^GET /, why: 'the archive; answered without it when unchanged' },
    ],
  },
  {
    name: 'ZIP, packed anew',
    ...partsOf(zipHarness),
    kinds: [
      { request: '`GET` of the archive', shape: /^GET /, why: 'a server without entity tag or date always sends it' },
    ],
  },
  {
    name: 'git',
    adapter: gitAdapter,
    start: startGitCourse,
    kinds: [
      { request: '`GET …/info/refs`', shape: /^GET .*info\/refs/, why: 'the commit of the branch' },
      { request: '`POST …/git-upload-pack`', shape: /^POST .*git-upload-pack/, why: 'what is new since, in one pack' },
    ],
  },
  {
    // rclone lets ten milliseconds pass between two requests to WebDAV: 2,000 files take more than a minute.
    name: 'rclone, WebDAV',
    ...partsOf(rcloneHarness),
    quickFiles: 100,
    kinds: [
      {
        request: '`PROPFIND`',
        shape: /^PROPFIND /,
        why: 'once a folder; twice a new file, to copy it and to look once more',
        each: 2,
      },
      { ...download('`GET` of a file', /^GET /), each: 1 },
    ],
  },
];

function partsOf(harness: Harness): Pick<Platform, 'adapter' | 'start'> {
  return { adapter: harness.adapter, start: () => harness.start() };
}

/** An archive as a file on a web server: it has an entity tag. */
async function startTaggedArchive(): Promise<Course> {
  const files = new Map<string, Uint8Array>();
  const server = await WebServer.start(
    (_method, _path, headers) => {
      const body = writeZip([...files].map(([name, bytes]) => ({ name, bytes })));
      const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
      return headers['if-none-match'] === etag
        ? { status: 304, headers: { etag } }
        : { status: 200, headers: { etag }, body };
    },
    { isOpenTo: () => true },
  );
  const put = (segments: readonly string[], bytes: Uint8Array): Promise<void> => {
    files.set(segments.join('/'), bytes);
    return Promise.resolve();
  };
  return {
    raw: { type: 'zip', url: `${server.origin}/course.zip`, strip_top_folder: false },
    origins: server.origins,
    driver: { put, overwrite: put, remove: (segments) => Promise.resolve(void files.delete(segments.join('/'))) },
    faults: {},
    calm: () => server.calm(),
    seen: { asked: () => server.asked },
    stop: () => server.stop(),
  };
}
