import { describe, expect, it } from 'vitest';
import { recogniseWebdav, webdavAdapter } from '../../src/sources/webdav/index.ts';
import { recogniseZip, zipAdapter } from '../../src/sources/zip/index.ts';

describe('WebDAV addresses', () => {
  it.each([
    ['webdav+https://dav.example.org/kurs', { kind: 'folder', url: 'https://dav.example.org/kurs/' }],
    ['davs://dav.example.org/kurs/', { kind: 'folder', url: 'https://dav.example.org/kurs/' }],
    ['webdav+http://127.0.0.1:8080/dav//', { kind: 'folder', url: 'http://127.0.0.1:8080/dav/' }],
    [
      'https://cloud.example.org/remote.php/dav/files/lehre/Kurs%201',
      { kind: 'folder', url: 'https://cloud.example.org/remote.php/dav/files/lehre/Kurs%201/' },
    ],
    [
      'https://cloud.example.org/index.php/apps/files/files/42?dir=/Kurs%201/Woche',
      { kind: 'folder', url: 'https://cloud.example.org/remote.php/webdav/Kurs%201/Woche/' },
    ],
    [
      'https://uni-muenster.sciebo.de/s/Ab3dEf5hIj7kLm9',
      { kind: 'share', cloud: 'https://uni-muenster.sciebo.de/', token: 'Ab3dEf5hIj7kLm9', folder: [] },
    ],
    [
      'https://www.example.org/nextcloud/index.php/s/Ab3dEf5hIj7kLm9?path=%2Fa%2Fb',
      { kind: 'share', cloud: 'https://www.example.org/nextcloud/', token: 'Ab3dEf5hIj7kLm9', folder: ['a', 'b'] },
    ],
    [
      'https://cloud.example.org/s/Ab3dEf5hIj7kLm9/authenticate/showShare',
      { kind: 'share', cloud: 'https://cloud.example.org/', token: 'Ab3dEf5hIj7kLm9', folder: [] },
    ],
    [
      'https://cloud.example.org/s/Ab3dEf5hIj7kLm9?dir=undefined&openfile=88',
      { kind: 'share', cloud: 'https://cloud.example.org/', token: 'Ab3dEf5hIj7kLm9', folder: [] },
    ],
    [
      'https://cloud.example.org/public.php/dav/files/Ab3dEf5hIj7kLm9/sub%20a',
      { kind: 'share', cloud: 'https://cloud.example.org/', token: 'Ab3dEf5hIj7kLm9', folder: ['sub a'] },
    ],
    [
      'https://ocis.example.org/files/link/public/Ab3dEf5hIj7kLm9/Woche%201/a?tiles-size=1&sort-by=name',
      { kind: 'share', cloud: 'https://ocis.example.org/', token: 'Ab3dEf5hIj7kLm9', folder: ['Woche 1', 'a'] },
    ],
  ])('%s', (address, config) => {
    expect(webdavAdapter.parseConfig(recogniseWebdav(address) ?? {})).toEqual(config);
  });

  it.each([
    'https://example.org/',
    'https://github.com/s/repository',
    'https://www.dropbox.com/s/abcdefgh12345/kurs.zip?dl=0',
    'https://cloud.example.org/s/Ab3dEf5hIj7kLm9/download',
    './kurs',
  ])('%s is none', (address) => {
    expect(recogniseWebdav(address)).toBeUndefined();
  });

  it('the token of a link appears neither in the identity nor in the name', () => {
    const config = webdavAdapter.parseConfig({ type: 'webdav', url: 'https://c.example.org/s/Ab3dEf5hIj7kLm9' });
    expect(webdavAdapter.identity(config)).not.toContain('Ab3dEf5hIj7kLm9');
    expect(webdavAdapter.suggestedName(config)).toBe('c.example.org');
  });

  it('a password in the address is refused', () => {
    const parse = () => webdavAdapter.parseConfig({ type: 'webdav', url: 'https://u:geheim@dav.example.org/' });
    expect(parse).toThrow(/credentials-invalid/);
    expect(parse).not.toThrow(/geheim/);
  });
});

describe('ZIP addresses', () => {
  it.each([
    ['https://example.org/kurs.zip', 'https://example.org/kurs.zip'],
    ['zip+https://example.org/download?id=5', 'https://example.org/download?id=5'],
    ['https://www.dropbox.com/scl/fo/abc/xyz?rlkey=k&dl=0', 'https://www.dropbox.com/scl/fo/abc/xyz?rlkey=k&dl=1'],
    ['https://github.com/o/r/archive/refs/heads/main.zip', 'https://github.com/o/r/archive/refs/heads/main.zip'],
    ['https://c.example.org/s/Ab3dEf5hIj7kLm9/download', 'https://c.example.org/s/Ab3dEf5hIj7kLm9/download'],
    ['https://uni.sharepoint.com/:u:/s/kurs/EaBc?e=x', 'https://uni.sharepoint.com/:u:/s/kurs/EaBc?e=x&download=1'],
  ])('%s', (address, url) => {
    const config = zipAdapter.parseConfig(recogniseZip(address) ?? {});
    expect(config).toEqual({ place: { kind: 'web', url }, stripTopFolder: true });
  });

  it.each([
    ['/srv/kurs.zip', '/srv/kurs.zip'],
    ['file:///srv/Kurs%201.zip', '/srv/Kurs 1.zip'],
  ])('%s', (address, path) => {
    expect(zipAdapter.parseConfig(recogniseZip(address) ?? {})).toMatchObject({ place: { kind: 'file', path } });
  });

  it.each(['https://github.com/o/r', 'https://example.org/kurs', './kurs', 'git+https://x.org/a.zip'])(
    '%s is none',
    (address) => {
      expect(recogniseZip(address)).toBeUndefined();
    },
  );

  it('is the same course when only its signature is new, and another one when the file is', () => {
    const identity = (query: string) =>
      zipAdapter.identity(zipAdapter.parseConfig({ type: 'zip', url: `https://s3.example.org/d?${query}` }));
    expect(identity('file=a&X-Amz-Signature=1&X-Amz-Date=1')).toBe(identity('file=a&X-Amz-Signature=2&X-Amz-Date=2'));
    expect(identity('file=a')).not.toBe(identity('file=b'));
    expect(identity('file=a&X-Amz-Signature=geheim')).not.toContain('geheim');
  });

  it('is named after its file or repository', () => {
    const name = (url: string) => zipAdapter.suggestedName(zipAdapter.parseConfig({ type: 'zip', url }));
    expect(name('https://example.org/Einf%C3%BChrung%20Python.zip')).toBe('Einfuhrung-Python');
    expect(name('https://github.com/o/kurs-python/archive/refs/heads/main.zip')).toBe('kurs-python');
    expect(name('/srv/kurs.zip')).toBe('kurs');
  });
});
