import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../../src/errors.ts';
import { recogniseStudip, studipAdapter } from '../../../src/sources/studip/index.ts';

const COURSE = 'a07535cf2f8a72df33c12ddfa4b53dde';
const FOLDER = 'f7fc5ae64d2c453daa9619a820a6467e';
const FILE = '1d8e0345fb09a0cb80050b09ef6959bf';
const SITE = 'https://studip.example.org';

/** What an address or mapping stands for, or the code it is refused with. */
function meant(raw: string | Readonly<Record<string, unknown>>): string {
  try {
    const mapping = typeof raw === 'string' ? recogniseStudip(raw) : { type: 'studip', ...raw };
    if (mapping === undefined) return 'another source';
    return studipAdapter.identity(studipAdapter.parseConfig(mapping));
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    return [error.code, ...(error.params['key'] === undefined ? [] : [error.params['key']])].join(' ');
  }
}

describe('an address of Stud.IP', () => {
  it.each([
    // courses
    [`${SITE}/dispatch.php/course/files?cid=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/files?cid=${COURSE.toUpperCase()}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/files/flat?cid=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/overview?cid=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/details?sem_id=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/details/index/${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/go?to=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/dispatch.php/course/studygroup/details/${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/seminar_main.php?auswahl=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/plugins.php/opencast/course?cid=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`${SITE}/jsonapi.php/v1/courses/${COURSE}`, `${SITE}/ course ${COURSE}`],
    // sites under a path
    [
      `https://uni.example.org/studip/dispatch.php/course/files?cid=${COURSE}`,
      `https://uni.example.org/studip/ course ${COURSE}`,
    ],
    [
      `https://uni.example.org/a/b/dispatch.php/course/files?cid=${COURSE}#x`,
      `https://uni.example.org/a/b/ course ${COURSE}`,
    ],
    // folders
    [`${SITE}/dispatch.php/course/files/index/${FOLDER}?cid=${COURSE}`, `${SITE}/ folder ${FOLDER}`],
    [`${SITE}/dispatch.php/file/download_folder/${FOLDER}?cid=${COURSE}`, `${SITE}/ folder ${FOLDER}`],
    [`${SITE}/jsonapi.php/v1/folders/${FOLDER}`, `${SITE}/ folder ${FOLDER}`],
    // files
    [`${SITE}/dispatch.php/file/details/${FILE}?cid=${COURSE}`, `${SITE}/ file ${FILE}`],
    [`${SITE}/sendfile.php?type=0&file_id=${FILE}&file_name=x.zip`, `${SITE}/ file ${FILE}`],
    [`${SITE}/download/normal/0/${FILE}/x.pdf`, `${SITE}/ file ${FILE}`],
    [`${SITE}/download/force_download/0/${FILE}/x.zip`, `${SITE}/ file ${FILE}`],
    // the explicit form
    [`studip+${SITE}/dispatch.php/course/files?cid=${COURSE}`, `${SITE}/ course ${COURSE}`],
    [`studip+${SITE}/studip?cid=${COURSE}`, `${SITE}/studip/ course ${COURSE}`],
    [`STUDIP+http://localhost:8080/?cid=${COURSE}`, `http://localhost:8080/ course ${COURSE}`],
  ])('%s', (address, expected) => {
    expect(meant(address)).toBe(`studip ${expected}`);
  });

  it.each([
    [`${SITE}/dispatch.php/start`, 'address-not-understood'],
    [`${SITE}/dispatch.php/institute/files?cid=${COURSE}`, 'address-not-understood'],
    [`${SITE}/dispatch.php/start?to=${COURSE}`, 'address-not-understood'],
    [`${SITE}/dispatch.php/course/files?cid=short`, 'address-not-understood'],
    [`${SITE}/dispatch.php/course/files?cid=../../../x`, 'address-not-understood'],
    [`${SITE}/dispatch.php/course/files?cid=${COURSE}x`, 'address-not-understood'],
    [`studip+${SITE}`, 'address-not-understood'],
    [`studip+https://me:geheim@studip.example.org/?cid=${COURSE}`, 'credentials-invalid'],
    [`https://example.org/course/files?cid=${COURSE}`, 'another source'],
    [`https://example.org/dispatch.phpx?cid=${COURSE}`, 'another source'],
    [`ftp://example.org/dispatch.php?cid=${COURSE}`, 'another source'],
    ['/srv/dispatch.php/x', 'another source'],
  ])('%s is no course', (address, expected) => {
    expect(meant(address)).toBe(expected);
  });
});

describe('a mapping', () => {
  it.each([
    [{ url: SITE, course: COURSE }, `studip ${SITE}/ course ${COURSE}`],
    [{ url: `${SITE}/studip/`, course: COURSE, as: 'student-view' }, `studip ${SITE}/studip/ course ${COURSE}`],
    [{ url: SITE, course: COURSE, folder: FOLDER }, `studip ${SITE}/ folder ${FOLDER}`],
    [{ url: `${SITE}/dispatch.php/start`, course: COURSE }, `studip ${SITE}/ course ${COURSE}`],
    [{ url: SITE, course: 'Einführung' }, 'config-invalid course'],
    [{ url: SITE, course: 5 }, 'config-invalid course'],
    [{ url: SITE, folder: '..' }, 'config-invalid folder'],
    [{ url: SITE, course: COURSE, as: 'each-student' }, 'config-invalid as'],
    [{ url: SITE, course: COURSE, as: 'teacher' }, 'config-invalid as'],
    [{ url: SITE, course: COURSE, colour: 'red' }, 'config-invalid colour'],
    [{ url: SITE }, 'address-not-understood'],
  ])('%j', (mapping, expected) => {
    expect(meant(mapping)).toBe(expected);
  });

  it('gives a course a name before anything was asked', () => {
    expect(studipAdapter.suggestedName(studipAdapter.parseConfig({ type: 'studip', url: SITE, course: COURSE }))).toBe(
      'studip-a07535cf',
    );
  });
});
