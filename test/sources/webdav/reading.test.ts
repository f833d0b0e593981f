import { describe, expect, it } from 'vitest';
import { readFolder } from '../../../src/sources/dav/folder.ts';
import { decodeSegment, placeOfHref, segmentsOfHref } from '../../../src/sources/dav/href.ts';
import { parseMultistatus } from '../../../src/sources/dav/multistatus.ts';
import { normaliseDate, normaliseEtag, stampOf } from '../../../src/sources/dav/stamp.ts';

const folder = segmentsOfHref('/dav/kurs/');

describe('where an href lies', () => {
  it.each([
    ['/dav/kurs/', 'self'],
    ['/dav/kurs', 'self'],
    ['https://other.example.org//dav//kurs/', 'self'],
    ['/dav/kurs/a.txt', 'a.txt'],
    ['http://127.0.0.1:1/dav/kurs/a#b?c.txt', 'a#b?c.txt'],
    ['/dav/%6Burs/100%.txt', '100%.txt'],
    ['/dav/kurs/%e4.txt', '%e4.txt'],
    ['/dav/kurs/a%2Fb.txt', 'a/b.txt'],
    ['/dav/', 'elsewhere'],
    ['/dav/kurs/a/b.txt', 'elsewhere'],
    ['/dav/kurs/..', 'elsewhere'],
    ['/dav/kurs/%2e%2e', 'elsewhere'],
    ['/dav/kursus/a.txt', 'elsewhere'],
  ])('%s: %s', (href, expected) => {
    const place = placeOfHref(href, folder);
    expect(place.kind === 'child' ? place.child.name : place.kind).toBe(expected);
  });

  it('a name that is no UTF-8 is asked for with its own bytes', () => {
    expect(decodeSegment('latin1-%E4 ü.txt')).toEqual({ name: 'latin1-%E4 ü.txt', encoded: 'latin1-%E4%20%C3%BC.txt' });
    expect(decodeSegment('%C3%BC+%25.txt')).toEqual({ name: 'ü+%.txt', encoded: '%C3%BC%2B%25.txt' });
  });
});

describe('stamps', () => {
  it.each(['"abc"', 'W/"abc"', 'w/"abc"', 'abc', '&quot;abc&quot;', '"abc-gzip"', ' "abc" '])('%s is abc', (etag) => {
    expect(normaliseEtag(etag)).toBe('abc');
  });

  it.each([
    'Tue, 14 Nov 2023 22:13:20 GMT',
    'Tue, 14 Nov 2023 22:13:20 +0000',
    'Tue Nov 14 22:13:20 UTC 2023',
    '2023-11-14T22:13:20Z',
    '2023-11-14T23:13:20+01:00',
  ])('%s is one moment', (date) => {
    expect(normaliseDate(date)).toBe('2023-11-14T22:13:20.000Z');
  });

  it('dates may have one digit, be empty or be nonsense', () => {
    expect(normaliseDate('Wed, 1 Nov 2023 00:00:00 GMT')).toBe('2023-11-01T00:00:00.000Z');
    expect(normaliseDate('')).toBeUndefined();
    expect(normaliseDate('gestern')).toBe('gestern');
  });

  it('change with the entity tag, the size, the date and the file id', () => {
    const props = { etag: '"a"', length: '3', modified: 'x', fileId: '7' };
    const stamps = [props, { ...props, etag: '"b"' }, { ...props, length: '4' }, { ...props, modified: 'y' }];
    expect(new Set([...stamps, { ...props, fileId: '8' }].map(stampOf)).size).toBe(5);
  });
});

describe('a multistatus', () => {
  const parse = (text: string) => parseMultistatus([Buffer.from(text)]);
  const wrap = (text: string) => `<multistatus xmlns="DAV:">${text}</multistatus>`;

  it.each([
    ['a login page', '<!DOCTYPE html><html><form></form></html>'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><multistatus xmlns="DAV:"/>'],
    ['another namespace', '<multistatus xmlns="urn:x"/>'],
    ['an unknown entity', wrap('<response><href>&a;</href></response>')],
    ['a response without href', wrap('<response/>')],
    ['nothing', ''],
    ['half of it', '<multistatus xmlns="DAV:">'],
    ['something behind it', `${wrap('')}<more/>`],
  ])('%s is none', (_what, text) => {
    expect(() => parse(text)).toThrow(/source-invalid/);
  });

  it('without the folder itself proves nothing', () => {
    expect(readFolder(parse(wrap('')), folder)).toMatchObject({ kind: 'refused', code: 'source-invalid' });
  });

  it('merges what several propstats grant, and no more', () => {
    const self =
      '<response><href>/dav/kurs/</href><propstat><prop><resourcetype><collection/></resourcetype></prop>' +
      '<status>HTTP/1.1 200 OK</status></propstat></response>';
    const file =
      '<response><href>/dav/kurs/a</href><propstat><prop><resourcetype/><getetag>"x"</getetag></prop>' +
      '<status>HTTP/1.1 200 OK</status></propstat><propstat><prop><getcontentlength>5</getcontentlength></prop>' +
      '<status>HTTP/1.1 200 OK</status></propstat><propstat><prop><getlastmodified>never</getlastmodified></prop>' +
      '<status>HTTP/1.1 404 Not Found</status></propstat></response>';
    const refused = '<response><href>/dav/kurs/b</href><status>HTTP/1.1 403 Forbidden</status></response>';
    const unknown =
      '<response><href>/dav/kurs/c</href><propstat><prop><resourcetype/></prop>' +
      '<status>HTTP/1.1 200 OK</status></propstat></response>';
    expect(readFolder(parse(wrap(self + file + refused + unknown)), folder)).toMatchObject({
      kind: 'folder',
      files: [{ name: 'a', props: { etag: '"x"', length: '5' } }],
      problems: [
        { name: 'b', code: 'source-forbidden' },
        { name: 'c', code: 'source-invalid' },
      ],
    });
  });
});
