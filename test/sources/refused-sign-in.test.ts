/** What a refused sign-in says: whoever looks after the credentials must know what to do about them. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { canvasAdapter } from '../../src/sources/canvas/index.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import { gitAdapter } from '../../src/sources/git/index.ts';
import { iliasAdapter } from '../../src/sources/ilias/index.ts';
import { moodleAdapter } from '../../src/sources/moodle/index.ts';
import { describeDetail } from '../../src/messages/details.ts';
import type { Credentials, SourceAdapter } from '../../src/sources/source.ts';
import { studipAdapter } from '../../src/sources/studip/index.ts';
import { webdavAdapter } from '../../src/sources/webdav/index.ts';
import { zipAdapter } from '../../src/sources/zip/index.ts';
import { failureOf } from './bench.ts';
import { startCanvasCourse } from './fake/canvas-course.ts';
import { startIliasCourse } from './fake/ilias-course.ts';
import { startMoodleCourse } from './fake/moodle-course.ts';
import { startStudipCourse } from './fake/studip-course.ts';
import { startWebdavCourse } from './fake/webdav-course.ts';
import { startZipCourse } from './fake/zip-course.ts';
import { startGitCourse } from './git/git-course.ts';
import type { Course } from './harness.ts';

const password = { user: 'lehre', password: new Secret('falsch') };
const token = { token: new Secret('f'.repeat(32)) };

const WRONG = 'user name or password is wrong, or the account signs in elsewhere';
const UNKNOWN = 'the token is unknown, has expired or was withdrawn';
const NONE = 'no credentials are given';

const sources: readonly (readonly [
  SourceAdapter,
  () => Promise<Course>,
  readonly (readonly [Credentials, string])[],
])[] = [
  [
    webdavAdapter,
    () => startWebdavCourse(),
    [
      [password, WRONG],
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    zipAdapter,
    () => startZipCourse(),
    [
      [password, WRONG],
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    gitAdapter,
    () => startGitCourse(),
    [
      [password, WRONG],
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    studipAdapter,
    () => startStudipCourse(),
    [
      [password, WRONG],
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    iliasAdapter,
    () => startIliasCourse(),
    [
      [password, WRONG],
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    canvasAdapter,
    () => startCanvasCourse('student'),
    [
      [token, UNKNOWN],
      [{}, NONE],
    ],
  ],
  [
    moodleAdapter,
    () => startMoodleCourse('student'),
    [
      [token, UNKNOWN],
      [password, WRONG],
      [{}, 'Moodle wants a token'],
    ],
  ],
];

describe.each(sources)('$type', (adapter, start, cases) => {
  it.each(cases)('with %j says what is wrong with that', async (credentials, detail) => {
    const course = await start();
    onTestFinished(() => course.stop());
    const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
    onTestFinished(() => http.close());
    const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent' };
    const session = await adapter.open(adapter.parseConfig(course.raw), context);
    onTestFinished(() => session.close());
    const { code, params } = await failureOf(session.list(new AbortController().signal));
    expect({ code, detail: params['detail'] }).toEqual({ code: 'source-login', detail });
    expect(describeDetail(detail, 'de')).not.toBe(detail);
    // what is masked of the query of an interface tells a person nothing
    expect(params['address'] ?? '').not.toContain('***');
  });
});
