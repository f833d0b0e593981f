/** Recorded answers that are no listings: errors, files, tokens. */
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { isActivityGone } from '../../../src/sources/moodle/content.ts';
import { MoodleService, tokenForPassword } from '../../../src/sources/moodle/service.ts';
import { tokenIn } from '../../../src/sources/moodle/token.ts';
import { failureOf } from '../bench.ts';
import {
  isListing,
  recordedBytes,
  recordedNames,
  recording,
  tokenFor,
  unusedRecordings,
} from '../../support/moodle-recordings.ts';
import { contentOf, listed, open, openAs, serviceFor, signal } from './replay.ts';

describe('an answer that is no listing', () => {
  it.each([
    ['contents-outsider', 'source-forbidden', 'the account does not take part in the course'],
    ['contents-student-hidden-course', 'source-forbidden', 'the account does not take part in the course'],
    ['contents-student-other-course', 'source-forbidden', 'the account does not take part in the course'],
    ['suspended-contents', 'source-forbidden', 'the account does not take part in the course'],
    ['unenrolled-contents', 'source-forbidden', 'the account does not take part in the course'],
    ['policy-contents', 'source-forbidden', 'the account must agree to the terms of use there first'],
    ['forcepw-contents', 'source-forbidden', 'the account must change its password there first'],
    ['contents-student-unknown-course', 'source-not-found', 'there is no course or activity with this number'],
    ['contents-student-badoption', 'source-invalid', 'the error errorinvalidparam'],
    ['contents-student-badparam', 'source-invalid', 'the error invalidparameter'],
    ['error-invalidtoken', 'source-login', 'the token is unknown, has expired or was withdrawn'],
    ['contents-student-xml', 'source-invalid', 'its answer is not JSON'],
  ])('%s is %s', async (name, code, detail) => {
    const error = await failureOf(listed([name]));
    expect([error.code, error.params['detail']]).toEqual([code, detail]);
  });

  /** Answers to other functions, as an answer to a listing would look. */
  it.each([
    [
      'error-function-not-in-service',
      'service-custom-site-info',
      'source-forbidden',
      'the account may not list the course',
    ],
    [
      'service-custom-other-function',
      'service-nodownload-site-info',
      'source-forbidden',
      'the account may not list the course',
    ],
    ['error-unknown-function', undefined, 'source-not-found', undefined],
    ['error-token-expired', 'error-token-ip', 'source-login', 'the token has expired or may not be used from here'],
    ['error-token-ip', 'error-token-expired', 'source-login', 'the token has expired or may not be used from here'],
    ['service-restricted-user', 'service-restricted-user', 'source-login', undefined],
    ['error-no-token', undefined, 'source-login', undefined],
    ['error-header-token', undefined, 'source-login', undefined],
    ['maintenance-rest', undefined, 'source-unreachable', 'the site is being maintained'],
    ['suspended-user-rest', undefined, 'source-login', 'the account is suspended or closed'],
    ['ws-disabled-rest', undefined, 'source-forbidden', 'web services are switched off'],
    ['rest-disabled', undefined, 'source-forbidden', 'web services are switched off'],
  ])('%s, then %s, is %s', async (name, siteInfo, code, detail) => {
    const { session } = await openAs(name, siteInfo);
    const error = await failureOf(session.list(signal));
    expect(error.code).toBe(code);
    if (detail !== undefined) expect(error.params['detail']).toBe(detail);
  });
});

describe('the address of an activity', () => {
  const page = 'mod/folder/view.php?id=3';

  it('leads to its course, and to what is in it alone', async () => {
    const listing = await listed(['course-module-ok', 'contents-student'], { page });
    expect(listing.entries.map(({ segments }) => segments.join('/')).sort()).toEqual([
      'Blatt 0.pdf',
      'Blatt 1/Blatt 1.pdf',
      'Blatt 1/Lösung ä/Lösung 1.pdf',
      'Blatt 2/data.csv',
      'Blatt 2/notebook.ipynb',
    ]);
  });

  it('of which the account sees nothing is forbidden, not empty', async () => {
    const hidden = { page: 'mod/resource/view.php?id=18' };
    expect((await failureOf(listed(['course-module-hidden'], hidden))).code).toBe('source-forbidden');
    const staff = { page: 'mod/resource/view.php?id=15' };
    expect((await failureOf(listed(['course-module-teacher', 'contents-student2'], staff))).code).toBe(
      'source-forbidden',
    );
  });
});

describe('who the account is', () => {
  it.each([
    ['site-info-student', { username: 'student', downloadfiles: 1, userissiteadmin: false }],
    ['site-info-teacher', { username: 'teacher' }],
    ['service-custom-site-info', { downloadfiles: 1, release: '4.5.6 (Build: 20250811)' }],
    ['service-nodownload-site-info', { downloadfiles: 0 }],
    ['policy-site-info', { username: 'student' }],
    ['forcepw-site-info', { username: 'student2' }],
  ])('%s', async (name, expected) => {
    const { http, config } = await open([name]);
    const service = new MoodleService(http, config, new Secret(tokenFor('TOKEN_STUDENT')));
    expect(await service.site(signal)).toMatchObject(expected);
  });
});

describe('a recorded file', () => {
  const good = recordedNames().filter((name) => {
    const headers = recording(name).response.headers.map(([header]) => header.toLowerCase());
    return /^(file-|change-.*-file$|service-custom-file$)/.test(name) && headers.includes('etag');
  });

  it('is among the recordings', () => expect(good.length).toBeGreaterThan(25));

  it.each(good.filter((name) => recording(name).response.status === 200))('%s arrives as it is', async (name) => {
    const bytes = recordedBytes(recording(name));
    expect(await contentOf(name, bytes.length)).toEqual(bytes);
  });

  it.each([
    ['change-delete-file', 'source-gone'],
    ['change-hide-file', 'source-forbidden'],
    ['change-hidesection-file', 'source-forbidden'],
    ['change-renamefile-oldname', 'source-gone'],
    ['error-token-expired-file', 'source-login'],
    ['file-bearer', 'source-login'],
    ['file-no-token', 'source-login'],
    ['file-wrong-token', 'source-login'],
    ['file-directory', 'source-gone'],
    ['file-missing', 'source-gone'],
    ['file-missing-context', 'source-gone'],
    ['file-future-student', 'source-forbidden'],
    ['file-groupb-student', 'source-forbidden'],
    ['file-hidden-student', 'source-forbidden'],
    ['file-restricted-section-student', 'source-forbidden'],
    ['file-outsider', 'source-forbidden'],
    ['suspended-file', 'source-forbidden'],
    ['suspended-user-file', 'source-login'],
    ['policy-file', 'source-forbidden'],
    ['maintenance-file', 'source-unreachable'],
    ['service-nodownload-file', 'source-forbidden'],
    ['ws-disabled-file', 'source-forbidden'],
    // pages made on the fly: nothing proves what they are
    ['file-page-html', 'source-invalid'],
    ['file-book-chapter', 'source-invalid'],
  ])('%s is %s, and never content', async (name, code) => {
    expect((await failureOf(contentOf(name, 386))).code).toBe(code);
  });

  it.each([
    ['change-delete-file', true],
    ['file-missing-context', true],
    ['change-hide-file', false],
    ['file-groupb-student', false],
    ['file-restricted-section-student', false],
    ['suspended-file', false],
    ['file-missing', false],
    ['file-pdf-range', false],
    ['file-stealth-student', false],
  ])('of an activity that is not listed: %s, gone: %s', async (name, isGone) => {
    const { service, url } = await serviceFor(name);
    expect(await isActivityGone(service, url, signal)).toBe(isGone);
  });

  it.each(['file-wrong-token', 'maintenance-file', 'file-no-token'])('%s proves nothing', async (name) => {
    const { service, url } = await serviceFor(name);
    expect((await failureOf(isActivityGone(service, url, signal))).code).toMatch(/^source-(login|unreachable)$/);
  });
});

describe('a token', () => {
  it.each([
    ['token-ok', tokenFor('TOKEN_STUDENT')],
    ['token-custom-service-student', tokenFor('TOKEN_F2GIT')],
    ['forcepw-token', tokenFor('TOKEN_STUDENT2')],
    ['token-wrong-password', 'source-login'],
    ['sso-user-token', 'source-login'],
    ['lockout-right-password', 'source-login'],
    ['suspended-user-token', 'source-login'],
    ['token-missing-param', 'source-login'],
    ['token-unknown-service', 'source-forbidden'],
    ['token-custom-service-outsider', 'source-forbidden'],
    ['ws-disabled-token', 'source-forbidden'],
    ['maintenance-token', 'source-unreachable'],
  ])('%s: %s', async (name, expected) => {
    const { http, config } = await open([name]);
    const account = { user: 'student', password: new Secret('geheim') };
    const outcome = await tokenForPassword(http, config, account, signal).catch((error: unknown) => error);
    expect((outcome as { code?: string }).code ?? outcome).toBe(expected);
  });

  it.each(['launch-logged-in', 'launch-logged-in-scheme'])('in the link of the app: %s', (name) => {
    const location = recording(name).response.headers.find(([header]) => header === 'Location')?.[1] ?? '';
    expect(location).toMatch(/^(moodlemobile|f2git):\/\/token=/);
    expect(tokenIn(new Secret(location)).reveal()).toBe('0'.repeat(32));
  });
});

it('every recording is used', () => {
  expect(unusedRecordings((name) => !isListing(name))).toEqual([]);
});
