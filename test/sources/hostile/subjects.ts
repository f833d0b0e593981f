/** The sources that are attacked: each with its protocol-true course, and the proxy in front of it. */
import type { SourceAdapter } from '../../../src/sources/source.ts';
import { canvasAdapter } from '../../../src/sources/canvas/index.ts';
import { gitAdapter } from '../../../src/sources/git/index.ts';
import { iliasAdapter } from '../../../src/sources/ilias/index.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import { rcloneAdapter } from '../../../src/sources/rclone/index.ts';
import { openRclone } from '../../../src/sources/rclone/session.ts';
import { studipAdapter } from '../../../src/sources/studip/index.ts';
import { webdavAdapter } from '../../../src/sources/webdav/index.ts';
import { zipAdapter } from '../../../src/sources/zip/index.ts';
import { startCanvasCourse } from '../fake/canvas-course.ts';
import { iliasHarness, iliasSoapHarness } from '../fake/ilias-course.ts';
import { startMoodleCourse } from '../fake/moodle-course.ts';
import { startStudipCourse } from '../fake/studip-course.ts';
import { webdavHarness } from '../fake/webdav-course.ts';
import { zipHarness } from '../fake/zip-course.ts';
import { startGitCourse } from '../git/git-course.ts';
import type { Course } from '../harness.ts';
import { defineRemote, obscure, whyNoCurrentRclone, withCurrentRclone } from '../rclone/course.ts';
import { canvasDialect, davDialect, type Dialect, moodleDialect, soapDialect, studipDialect } from './dialects.ts';
import { type Certificate, HostileProxy, type Passing } from './proxy.ts';

export interface Subject {
  readonly name: string;
  /** The adapter; `ilias` and `ilias by SOAP` are one. */
  readonly type: SourceAdapter['type'];
  readonly adapter: SourceAdapter;
  readonly start: () => Promise<Course>;
  /** Whether an answer brings content, where that is not simply the bytes of a file. */
  readonly bringsContent?: (passing: Passing) => boolean;
  readonly dialect?: Dialect;
  /**
   * What the platform can say of a file that is no longer listed. `unless replaced`: a new version is a new file, and the
   * old one is truly gone.
   */
  readonly tellsGone: 'everything' | 'unless replaced' | 'nothing';
  /** Files that it leaves out without a word, by the ids of faults. */
  readonly overlooks?: Readonly<Record<string, readonly string[]>>;
  /** Why it cannot be tested here; absent where it can. */
  readonly missing?: string;
  /** In the short form only every so manieth fault: each refresh starts a program a dozen times. */
  readonly oneIn?: number;
  /** Only in the long form: another role at a platform that is attacked anyway. */
  readonly isVariant?: true;
  /** Ids of faults, and groups of them, that cannot be here, with the reason. */
  readonly impossible: Readonly<Record<string, string>>;
}

const oneAnswer = 'a course is one answer: nothing comes later, and no content by itself';
const noLists = 'lists are no text that could be changed on its way: its objects are checked by their digests';

/** A command of the program that is stuck must not stick in a test. */
const HASTY = { commandMs: 6000, silence: '1s', connect: '1s' };

/** Debian's is of 2022, and would pass for a current one. */
const noRclone = whyNoCurrentRclone();

const hastyRclone: SourceAdapter = {
  ...(rcloneAdapter as SourceAdapter),
  open: (config, context) =>
    Promise.resolve(openRclone(config as Parameters<typeof openRclone>[0], context, withCurrentRclone(), HASTY)),
};

const every: readonly Subject[] = [
  subject('webdav', webdavAdapter, () => webdavHarness.start(), { dialect: davDialect }),
  subject('zip', zipAdapter, () => zipHarness.start(), {
    impossible: {
      late: oneAnswer,
      content: oneAnswer,
      'lists-as-text': 'the list is in the archive: zip.test.ts lies in all its headers',
    },
  }),
  subject('studip', studipAdapter, () => startStudipCourse('autor'), {
    dialect: studipDialect,
    tellsGone: 'everything',
  }),
  subject('studip (staff)', studipAdapter, () => startStudipCourse('dozent'), {
    dialect: studipDialect,
    tellsGone: 'everything',
    isVariant: true,
  }),
  subject('ilias', iliasAdapter, () => iliasHarness.start(), { dialect: davDialect }),
  subject('ilias (SOAP)', iliasAdapter, () => iliasSoapHarness.start(), {
    dialect: soapDialect,
    tellsGone: 'everything',
    bringsContent: ({ answer }) => answer.body.includes('getFileXMLResponse'),
  }),
  subject('canvas', canvasAdapter, () => startCanvasCourse('staff', { mostPerPage: 2 }), {
    dialect: canvasDialect,
    tellsGone: 'unless replaced',
  }),
  subject('canvas (student)', canvasAdapter, () => startCanvasCourse('student', { mostPerPage: 2 }), {
    dialect: canvasDialect,
    tellsGone: 'unless replaced',
    isVariant: true,
  }),
  subject('moodle', moodleAdapter, () => startMoodleCourse('student'), { dialect: moodleDialect }),
  subject('moodle (staff)', moodleAdapter, () => startMoodleCourse('teacher'), {
    dialect: moodleDialect,
    isVariant: true,
  }),
  subject('rclone', hastyRclone, () => webdavHarness.start(), {
    dialect: davDialect,
    ...(noRclone === undefined ? {} : { missing: noRclone }),
    overlooks: {
      'item-unnamed': ['week2/c.md'],
      'item-status': ['week2/c.md'],
      // It takes an entity it does not know for text: a file of another name.
      entities: ['a.txt'],
      'entities-outside': ['a.txt'],
    },
    oneIn: 4,
  }),
  subject('git', gitAdapter, startGitCourse, {
    bringsContent: ({ method }) => method === 'POST',
    impossible: {
      late: 'one question for the branches, one for all content',
      'lists-as-text': noLists,
      'stale-content': 'content is asked for by its digest: that of yesterday is another question',
    },
  }),
];

export const subjects: Readonly<Record<string, Subject>> = Object.fromEntries(every.map((one) => [one.name, one]));

function subject(
  name: string,
  adapter: SourceAdapter,
  start: () => Promise<Course>,
  more: Partial<Subject> = {},
): Subject {
  return { name, type: adapter.type, adapter: adapter, start, tellsGone: 'nothing', impossible: {}, ...more };
}

/** A course that runs behind its proxy. */
export interface Attacked {
  readonly course: Course;
  readonly proxy: HostileProxy;
  /** What `parseConfig` gets: the course's own, but for the address. */
  readonly raw: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts the course and the proxy, over TLS where a certificate is given. */
export async function attack({ type, start }: Subject, certificate?: Certificate): Promise<Attacked> {
  const course = await start();
  const upstream = new URL(String(course.raw['url'])).origin;
  const proxy = await HostileProxy.start(upstream, certificate);
  const remote = type === 'rclone' ? remoteOf(course, proxy.origin) : undefined;
  const raw = JSON.parse(JSON.stringify(course.raw).replaceAll(upstream, proxy.origin)) as Attacked['raw'];
  return {
    course,
    proxy,
    raw: remote?.raw ?? raw,
    stop: async () => {
      remote?.undefine();
      await proxy.stop();
      await course.stop();
    },
  };
}

let remotes = 0;

function remoteOf({ credentials }: Course, origin: string): { readonly raw: Attacked['raw']; undefine(): void } {
  remotes += 1;
  const remote = `hostile${String(remotes)}`;
  const undefine = defineRemote(remote, {
    type: 'webdav',
    url: `${origin}/dav/`,
    vendor: 'other',
    user: credentials?.user ?? '',
    pass: obscure(credentials?.password?.reveal() ?? ''),
  });
  return { raw: { type: 'rclone', remote, path: 'kurs', config: '/dev/null' }, undefine };
}
