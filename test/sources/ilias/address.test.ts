import { describe, expect, it } from 'vitest';
import { iliasAdapter, recogniseIlias } from '../../../src/sources/ilias/index.ts';

/** What an address means: site, client, number, folders. */
function meant(url: string, more: Readonly<Record<string, unknown>> = {}): string {
  const { site, client, ref, folder } = iliasAdapter.parseConfig({ type: 'ilias', url, ...more }) as {
    readonly site: string;
    readonly client?: string;
    readonly ref: string;
    readonly folder: readonly string[];
  };
  return [site, client ?? '-', ref, ...folder].join(' ');
}

const SITE = 'https://ilias.example.org/';

describe('the link of a course or folder', () => {
  it.each([
    // up to 9
    ['goto.php?target=crs_72&client_id=main', `${SITE} main 72`],
    ['goto.php?target=fold_75', `${SITE} - 75`],
    ['goto.php?target=grp_105_rcodeX&client_id=main', `${SITE} main 105`],
    ['goto.php?client_id=main&target=cat_71', `${SITE} main 71`],
    ['goto_main_crs_72.html', `${SITE} main 72`],
    ['goto_my_uni_fold_75_x.html', `${SITE} my_uni 75`],
    // where ILIAS leads whoever is signed out
    ['login.php?target=crs_72&client_id=main&cmd=force_login&lang=de', `${SITE} main 72`],
    // 10 and later
    ['goto.php/crs/72', `${SITE} - 72`],
    ['goto.php/fold/75?client_id=main', `${SITE} main 75`],
    ['go/crs/72', `${SITE} - 72`],
    ['go/grp/105/', `${SITE} - 105`],
    // the page itself
    ['ilias.php?baseClass=ilrepositorygui&ref_id=72', `${SITE} - 72`],
    ['ilias.php?ref_id=72&cmdClass=ilobjcoursegui&cmd=view&baseClass=ilRepositoryGUI#top', `${SITE} - 72`],
    // what is mounted
    ['webdav.php/main/ref_72/', `${SITE} main 72`],
    ['webdav.php/main/ref_72', `${SITE} main 72`],
    ['webdav.php/main/ref_72/Week%2001/%C3%9Cbung/', `${SITE} main 72 Week 01 Übung`],
  ])('%s', (path, expected) => {
    expect(recogniseIlias(SITE + path)).toEqual({ type: 'ilias', url: SITE + path });
    expect(meant(SITE + path)).toBe(expected);
    // Sites lie under paths of their own.
    const below = `${SITE}uni/lms/`;
    expect(meant(below + path)).toBe(expected.replace(SITE, below));
    expect(meant(`ilias+${SITE}${path}`)).toBe(expected);
  });

  it('can be told apart from the site', () => {
    expect(meant(SITE, { ref: 72, client: 'main' })).toBe(`${SITE} main 72`);
    expect(meant(`${SITE}login.php`, { ref: '72' })).toBe(`${SITE} - 72`);
    expect(meant(`${SITE}lms/index.php?x=1`, { ref: '72' })).toBe(`${SITE}lms/ - 72`);
  });

  it('is the same course in all its spellings', () => {
    const spellings = ['goto.php?target=crs_72&client_id=main', 'go/crs/72', 'webdav.php/main/ref_72'];
    const identities = spellings.map((path) =>
      iliasAdapter.identity(iliasAdapter.parseConfig({ type: 'ilias', url: SITE + path })),
    );
    expect(new Set(identities)).toEqual(new Set([`ilias ${SITE} ref_72`]));
  });
});

describe('an address that is none of a course', () => {
  it.each([
    ['goto.php?target=file_81_download', /single file/],
    ['goto.php/file/81/download', /single file/],
    ['go/file/81', /single file/],
    ['goto_main_file_81_download.html', /single file/],
    ['goto.php?target=frm_101', /a course, a group or a folder/],
    ['goto.php/wiki/5', /a course, a group or a folder/],
    ['go/root/1', /a course, a group or a folder/],
    ['ilias.php?baseClass=ilDashboardGUI', /a course, a group or a folder/],
    ['goto.php', /a course, a group or a folder/],
  ])('%s is known, and says what to copy instead', (path, detail) => {
    const mapping = recogniseIlias(SITE + path);
    expect(mapping).toBeDefined();
    expect(() => iliasAdapter.parseConfig(mapping ?? {})).toThrow(detail);
  });

  it.each([
    'https://go.example.org/go/to/12',
    'https://example.org/go/crs',
    'https://example.org/webdav.php/x',
    'ilias',
  ])('%s is not known', (address) => {
    expect(recogniseIlias(address)).toBeUndefined();
  });
});

it.each([
  [{ client: 'a/b' }, 'client'],
  [{ client: 5 }, 'client'],
  [{ ref: 0 }, 'ref'],
  [{ suffixes: 'py' }, 'suffixes'],
  [{ suffixes: ['.py'] }, 'suffixes'],
  [{ soap: 'yes' }, 'soap'],
  [{ soap: true, url: `${SITE}webdav.php/main/ref_72/Week%201/` }, 'soap'],
  [{ as: 'each-student' }, 'as'],
  [{ as: 'teacher' }, 'as'],
])('%j is refused', (more, key) => {
  const refused = (() => {
    try {
      return meant(`${SITE}go/crs/72`, more);
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toMatchObject({ code: 'config-invalid', params: { key } });
});
