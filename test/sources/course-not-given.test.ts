/** What is said of a course that is not there, or not for this account: an administrator must know which of them it is. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeDetail } from '../../src/messages/details.ts';
import { canvasAdapter } from '../../src/sources/canvas/index.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import { iliasAdapter } from '../../src/sources/ilias/index.ts';
import { moodleAdapter } from '../../src/sources/moodle/index.ts';
import type { SourceAdapter } from '../../src/sources/source.ts';
import { studipAdapter } from '../../src/sources/studip/index.ts';
import { failureOf } from './bench.ts';
import { startCanvasCourse } from './fake/canvas-course.ts';
import { startSoapCourse } from './fake/ilias-course.ts';
import { startMoodleCourse } from './fake/moodle-course.ts';
import { startStudipCourse } from './fake/studip-course.ts';
import type { Course } from './harness.ts';

const NOTHING = 'there is nothing with this number, or it was deleted';

/** The code and phrase for `course`, asked for by `url` where that is another one than its own. */
async function said(adapter: SourceAdapter, course: Course, url = String(course.raw['url'])): Promise<string> {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  onTestFinished(() => http.close());
  onTestFinished(() => course.stop());
  const { credentials = {} } = course;
  const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent' };
  const session = await adapter.open(adapter.parseConfig({ ...course.raw, url }), context);
  onTestFinished(() => session.close());
  const { code, params } = await failureOf(session.list(new AbortController().signal));
  const detail = String(params['detail']);
  expect(describeDetail(detail, 'de')).not.toBe(detail);
  return `${code}: ${detail}`;
}

describe('Stud.IP', () => {
  const wrong = '0'.repeat(32);
  it.each([
    ['a course', `course/files?cid=${wrong}`],
    ['a folder', `course/files/index/${wrong}`],
    ['a file', `file/details/${wrong}`],
  ])('names %s nobody knows', async (_, page) => {
    const course = await startStudipCourse();
    expect(await said(studipAdapter, course, `${course.address}dispatch.php/${page}`)).toBe(
      `source-not-found: ${NOTHING}`,
    );
  });

  it('names an account that is no member', async () => {
    const course = await startStudipCourse();
    course.site.isMember = false;
    expect(await said(studipAdapter, course)).toMatch(/^source-forbidden: the account is not in the course/);
  });
});

describe('Canvas', () => {
  it('names a course nobody knows', async () => {
    const course = await startCanvasCourse('student');
    expect(await said(canvasAdapter, course, `${course.origin}/courses/99`)).toBe(`source-not-found: ${NOTHING}`);
  });

  it('names a course that was deleted', async () => {
    const course = await startCanvasCourse('staff');
    course.state.workflowState = 'deleted';
    expect(await said(canvasAdapter, course)).toBe(`source-not-found: ${NOTHING}`);
  });

  it('names an account that may not enter', async () => {
    const course = await startCanvasCourse('student');
    course.state.workflowState = 'unpublished';
    expect(await said(canvasAdapter, course)).toBe(
      'source-forbidden: the account is not in the course, or the course is not published or has ended',
    );
  });
});

describe('ILIAS by SOAP', () => {
  it('names a number nobody knows', async () => {
    const course = await startSoapCourse();
    const url = String(course.raw['url']).replace(/crs_\d+/, 'crs_999');
    expect(await said(iliasAdapter, course, url)).toBe(`source-not-found: ${NOTHING}`);
  });
});

describe('Moodle', () => {
  it('names a course nobody knows', async () => {
    const course = await startMoodleCourse('student');
    expect(await said(moodleAdapter, course, `${course.server.origin}/course/view.php?id=99`)).toBe(
      'source-not-found: there is no course or activity with this number',
    );
  });

  it('names an account that takes no part', async () => {
    const course = await startMoodleCourse('outsider');
    expect(await said(moodleAdapter, course)).toBe('source-forbidden: the account does not take part in the course');
  });
});
