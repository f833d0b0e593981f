/** Tables of what addresses mean, what marks on sections and activities mean for students, and where files lie. */
import { describe, expect, it } from 'vitest';
import { failureDetails, moodleFailure } from '../../../src/sources/moodle/failure.ts';
import { nameFolders, unescapeOnce, type WantedFolder } from '../../../src/sources/moodle/folder-names.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import { type Module, moduleSchema, type Section, sectionSchema } from '../../../src/sources/moodle/schema.ts';
import { readFileAddress } from '../../../src/sources/moodle/stored-file.ts';
import { sightOf } from '../../../src/sources/moodle/visibility.ts';
import { describeDetail } from '../../../src/messages/details.ts';
import { F2gitError } from '../../../src/errors.ts';

/** What a mapping becomes, or the code and key it is refused with. */
function parsed(mapping: Readonly<Record<string, unknown>>): unknown {
  try {
    return moodleAdapter.parseConfig({ type: 'moodle', ...mapping });
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    return [error.code, ...(error.params['key'] === undefined ? [] : [error.params['key']])].join(' ');
  }
}

describe('an address', () => {
  const course = (site: string, number = '5', language = 'en') =>
    ({ site, course: number, language, service: 'moodle_mobile_app' }) as const;

  it.each<readonly [Readonly<Record<string, unknown>>, unknown]>([
    [{ url: 'https://m.example/course/view.php?id=5' }, course('https://m.example/')],
    [{ url: 'https://m.example/course/view.php?id=5&section=3#section-3' }, course('https://m.example/')],
    [{ url: 'https://m.example/course/resources.php?id=5' }, course('https://m.example/')],
    [{ url: 'https://m.example/enrol/index.php?id=5' }, course('https://m.example/')],
    [{ url: 'https://m.example/lms/course/info.php?id=5' }, course('https://m.example/lms/')],
    [{ url: 'https://m.example/course/edit.php?id=5&returnto=topcat' }, course('https://m.example/')],
    [{ url: 'https://m.example/my/' }, 'address-not-understood'],
    [{ url: 'https://m.example/my/courses.php' }, 'address-not-understood'],
    [{ url: 'https://u.example/lms/moodle/course/view.php?id=5' }, course('https://u.example/lms/moodle/')],
    [{ url: 'https://u.example/my/course/view.php?id=5' }, course('https://u.example/my/')],
    [{ url: 'moodle+https://m.example/course/view.php?id=5' }, course('https://m.example/')],
    [{ url: 'https://m.example/course/view.php?id=5&lang=de' }, course('https://m.example/', '5', 'de')],
    [{ url: 'https://m.example/course/view.php?id=5', language: 'de' }, course('https://m.example/', '5', 'de')],
    [{ url: 'https://m.example', course: 7 }, course('https://m.example/', '7')],
    [{ url: 'https://m.example/moodle/index.php', course: '7' }, course('https://m.example/moodle/', '7')],
    [
      { url: 'https://m.example/mod/folder/view.php?id=12', course: 7 },
      { ...course('https://m.example/', '7'), activity: '12' },
    ],
    [
      { url: 'https://m.example/lms/mod/resource/view.php?id=12&redirect=1' },
      { site: 'https://m.example/lms/', activity: '12', language: 'en', service: 'moodle_mobile_app' },
    ],
    [{ url: 'https://m.example/mod/folder/view.php?f=3' }, 'address-not-understood'],
    [{ url: 'https://m.example/course/view.php?id=5', as: 'student-view' }, course('https://m.example/')],
    [{ url: 'https://m.example/course/view.php?id=5', as: 'each-student' }, 'config-invalid as'],
    [{ url: 'https://m.example/course/view.php?id=5', as: 'teacher' }, 'config-invalid as'],
    [{ url: 'https://m.example/course/view.php?id=5', course: 'x' }, 'config-invalid course'],
    [{ url: 'https://m.example/course/view.php?id=5', course: 0 }, 'config-invalid course'],
    [{ url: 'https://m.example/course/view.php?id=5', language: 'de/../x' }, 'config-invalid language'],
    [{ url: 'https://m.example/course/view.php?id=5', service: 17 }, 'config-invalid service'],
    [
      { url: 'https://m.example/course/view.php?id=5', restricted_sections: 'some' },
      'config-invalid restricted_sections',
    ],
    [{ url: 'https://m.example/course/view.php?name=INTRO' }, 'address-not-understood'],
    [{ url: 'https://m.example/course/section.php?id=17' }, 'address-not-understood'],
    [{ url: 'https://m.example/' }, 'address-not-understood'],
    [{ url: 'https://u:p@m.example/course/view.php?id=5' }, 'credentials-invalid'],
    [{ url: 'https://m.example/tokenpluginfile.php/abc/1/mod_folder/content/0/a.txt' }, 'credentials-invalid'],
    [{ url: 'https://m.example/course/view.php?id=5&token=abc' }, 'credentials-invalid'],
  ])('%j', (mapping, expected) => {
    expect(parsed(mapping)).toEqual(expected);
  });

  it('names one course however it was copied, and another one otherwise', () => {
    const identity = (url: string) => moodleAdapter.identity(moodleAdapter.parseConfig({ type: 'moodle', url }));
    const here = identity('https://m.example/course/view.php?id=5');
    expect(identity('moodle+https://m.example/course/view.php?id=5&lang=de#x')).toBe(here);
    expect(identity('https://m.example/course/view.php?id=6')).not.toBe(here);
    expect(identity('https://m.example/x/course/view.php?id=5')).not.toBe(here);
  });
});

const section = (more: Partial<Section> = {}): Section => ({
  ...sectionSchema.parse({ id: 1, name: 'x', modules: [], section: 1, visible: 1, uservisible: true }),
  ...more,
});
const activity = (more: Partial<Module> = {}): Module => ({
  ...moduleSchema.parse({
    id: 1,
    name: 'x',
    modname: 'resource',
    visible: 1,
    uservisible: true,
    visibleoncoursepage: 1,
  }),
  ...more,
});
const only = (...c: readonly unknown[]) => JSON.stringify({ op: '&', showc: c.map(() => true), c });
const from = (t: number) => ({ type: 'date', d: '>=', t });
const until = (t: number) => ({ type: 'date', d: '<', t });
const never = { from: '9999-12-31T00:00:00.000Z' };

describe('what students see', () => {
  it.each<readonly [string, Partial<Module>, Partial<Section>, unknown]>([
    ['an activity without marks', {}, {}, undefined],
    ['no restrictions', { availability: only() }, {}, undefined],
    ['a hidden activity', { visible: false }, {}, never],
    ['a closed activity', { uservisible: false }, {}, never],
    ['one that is available and not shown', { visibleoncoursepage: false }, {}, never],
    ['a hidden section', {}, { visible: false }, never],
    ['a closed section', {}, { uservisible: false }, never],
    ['a restricted section, as staff see it', {}, { availabilityinfo: 'Not available unless …' }, never],
    ['a restriction that does not stop whoever asks', { availabilityinfo: 'Not available unless …' }, {}, never],
    ['a section behind the last one', {}, { hiddenbynumsections: true }, never],
    ['the nameless section of stealth activities', {}, { id: -1 }, never],
    ['a group', { availability: only({ type: 'group', id: 1 }) }, {}, never],
    ['a date and a group', { availability: only(from(0), { type: 'group', id: 1 }) }, {}, never],
    ['one of two dates', { availability: JSON.stringify({ op: '|', c: [from(0), from(9)] }) }, {}, never],
    ['not a date', { availability: JSON.stringify({ op: '!&', c: [from(0)] }) }, {}, never],
    ['conditions in conditions', { availability: only({ op: '&', c: [from(0)] }) }, {}, never],
    ['what nobody can read', { availability: '{' }, {}, never],
    ['a date', { availability: only(from(1_800_000_000)) }, {}, { from: '2027-01-15T08:00:00.000Z' }],
    ['an end', { availability: only(until(1_800_000_000)) }, {}, { until: '2027-01-15T08:00:00.000Z' }],
    [
      'the narrowest of several dates',
      { availability: only(from(10), from(20), until(90), until(80)) },
      {},
      { from: '1970-01-01T00:00:20.000Z', until: '1970-01-01T00:01:20.000Z' },
    ],
    ['a date nobody lives to see', { availability: only(from(9e15)) }, {}, { from: '9999-12-31T23:59:59.000Z' }],
  ])('%s', (_what, module, around, expected) => {
    const sight = sightOf([activity(module)], [section(around)]);
    expect(sight.kind === 'open' ? undefined : sight.window).toEqual(expected);
  });

  it('in a subsection is what its place and its own marks let through', () => {
    const dated = activity({ availability: only(from(20)) });
    const later = activity({ availability: only(from(50), until(70)) });
    expect(sightOf([dated, later], [section(), section()])).toEqual({
      kind: 'timed',
      window: { from: '1970-01-01T00:00:50.000Z', until: '1970-01-01T00:01:10.000Z' },
    });
    expect(sightOf([dated, activity({ visible: false })], [section(), section()]).kind).toBe('withheld');
    expect(sightOf([activity()], [section(), section({ visible: false })]).kind).toBe('withheld');
  });
});

describe('where a file lies', () => {
  const site = 'https://m.example/lms/';
  const own = 'https://m.example/lms/webservice/pluginfile.php';

  it.each([
    [
      `${own}/20/mod_folder/content/3/a/b%20%C3%BC%23.txt?forcedownload=1`,
      `${own}/20/mod_folder/content/3/a/b%20%C3%BC%23.txt?forcedownload=1`,
    ],
    [
      'http://m.example/lms/pluginfile.php/20/mod_folder/content/3/a.txt',
      `${own}/20/mod_folder/content/3/a.txt?forcedownload=1`,
    ],
    [
      `${own}?file=%2F20%2Fmod_folder%2Fcontent%2F0%2Fa%20%26.txt&forcedownload=1`,
      `${own}?file=%2F20%2Fmod_folder%2Fcontent%2F0%2Fa%20%26.txt&forcedownload=1`,
    ],
  ])('%s', (address, url) => {
    expect(readFileAddress(address, site)).toEqual({
      ...{ kind: 'stored', context: '20', component: 'mod_folder', area: 'content' },
      url,
    });
  });

  it.each([
    [`${own}/23/mod_page/content/index.html?forcedownload=1`, 'generated'],
    [`${own}/27/mod_book/chapter/1/index.html`, 'generated'],
    ['https://evil.example/lms/webservice/pluginfile.php/20/mod_folder/content/0/a.txt', 'elsewhere'],
    ['https://m.example/webservice/pluginfile.php/20/mod_folder/content/0/a.txt', 'elsewhere'],
    ['https://m.example/lms/../webservice/pluginfile.php/20/mod_folder/content/0/a.txt', 'elsewhere'],
    ['https://m.example/lms/tokenpluginfile.php/key/20/mod_folder/content/0/a.txt', 'elsewhere'],
    ['https://m.example/lms/draftfile.php/20/user/draft/0/a.txt', 'elsewhere'],
    [`${own}/x/mod_folder/content/0/a.txt`, 'elsewhere'],
    [`${own}/20/../../../secret.php`, 'elsewhere'],
    ['javascript:alert(1)', 'elsewhere'],
    ['', 'elsewhere'],
  ])('%s is %s', (address, kind) => {
    expect(readFileAddress(address, site)).toEqual({ kind });
  });
});

describe('names of folders', () => {
  const folder = (key: string, name: string, id: number, more: Partial<WantedFolder> = {}): WantedFolder => ({
    ...{ key, name, id, kind: 'activity' },
    ...more,
  });

  it('do not change when something newer comes with the same name', () => {
    const old = [folder('a', 'Übung', 4), folder('s', 'Übung', 90, { kind: 'section' })];
    const before = nameFolders(old);
    const after = nameFolders([folder('b', 'Übung', 5), ...old, folder('c', 'Übung (4)', 6)]);
    for (const { key } of old) expect(after.get(key)).toEqual(before.get(key));
    expect(new Set([...after.values()].map((segments) => segments.join('/'))).size).toBe(4);
  });

  it('are the same for what is listed twice', () => {
    const twice = nameFolders([folder('a', 'Übung', 4), folder('a', 'Übung', 4)]);
    expect([...twice]).toEqual([['a', ['Übung']]]);
  });

  it.each([
    ['a &amp; b', 'a & b'],
    ['&amp;lt;', '&lt;'],
    ['&lt;b&gt; &quot;x&quot; &#039;y&#x27; &nbsp;', '<b> "x" \'y\'  '],
    ['&unknown; & &#0; &#99999999;', '&unknown; & &#0; &#99999999;'],
  ])('%s is decoded once: %s', (escaped, expected) => {
    expect(unescapeOnce(escaped)).toBe(expected);
  });
});

describe('an error code of Moodle', () => {
  it('is said in German, whatever it is', () => {
    expect(failureDetails.filter((detail) => describeDetail(detail, 'de') === detail)).toEqual([]);
  });

  it.each([
    ['dmlreadexception', 'source-unreachable'],
    ['ddlexecuteerror', 'source-unreachable'],
    ['ex_unabletolock', 'source-throttled'],
    ['quitenew', 'source-invalid'],
    ['<script>alert(1)</script>', 'source-invalid'],
  ])('%s is %s', (errorcode, code) => {
    const error = moodleFailure(errorcode, 'https://m.example/');
    expect(error.code).toBe(code);
    expect(String(error)).not.toContain('<');
  });
});
