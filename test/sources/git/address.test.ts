/** What lecturers copy and type, and which repository, branch and folder it means. */
import { describe, expect, test } from 'vitest';
import { gitIdentity, gitName, parseGitConfig, recogniseGit } from '../../../src/sources/git/address.ts';

const GITHUB = 'https://github.com/ada/birds';

describe('addresses', () => {
  const understood: readonly (readonly [address: string, url: string, ref?: string | undefined, subfolder?: string])[] =
    [
      ['git+https://git.example.org/birds.git', 'https://git.example.org/birds.git'],
      ['git+https://git.example.org/birds@main#week1/a', 'https://git.example.org/birds', 'main', 'week1/a'],
      ['git+https://git.example.org/birds.git@feature/x#a', 'https://git.example.org/birds.git', 'feature/x', 'a'],
      ['git+https://git.example.org/@ada/birds.git', 'https://git.example.org/@ada/birds.git'],
      [
        'git+https://git.example.org:8443/birds.git#%C3%BCbung',
        'https://git.example.org:8443/birds.git',
        undefined,
        'übung',
      ],
      ['git+file:///srv/git/birds@v1', 'file:///srv/git/birds', 'v1'],
      ['git:/srv/git/birds.git@v1#a', '/srv/git/birds.git', 'v1', 'a'],
      ['git:./birds', './birds'],
      ['https://git.example.org/group/birds.git', 'https://git.example.org/group/birds.git'],
      ['https://git.example.org/birds.git/', 'https://git.example.org/birds.git/'],
      ['  https://git.example.org/birds.git@v2 ', 'https://git.example.org/birds.git', 'v2'],
      [GITHUB, `${GITHUB}.git`],
      [`${GITHUB}/`, `${GITHUB}.git`],
      [`${GITHUB}?tab=readme-ov-file#readme`, `${GITHUB}.git`],
      [`${GITHUB}/tree/main`, `${GITHUB}.git`, 'main'],
      [`${GITHUB}/tree/main/week%201/a`, `${GITHUB}.git`, 'main', 'week 1/a'],
      [`${GITHUB}/blob/main/week1/lab.ipynb`, `${GITHUB}.git`, 'main', 'week1'],
      [`${GITHUB}/blob/main/README.md`, `${GITHUB}.git`, 'main'],
      [`${GITHUB}/commit/${'a'.repeat(40)}`, `${GITHUB}.git`, 'a'.repeat(40)],
      ['https://gitlab.com/group/sub/birds', 'https://gitlab.com/group/sub/birds.git'],
      [
        'https://gitlab.uni.example/g/birds/-/tree/main/week1?ref_type=heads',
        'https://gitlab.uni.example/g/birds.git',
        'main',
        'week1',
      ],
      ['https://git.uni.example/g/birds/-/tree/v1', 'https://git.uni.example/g/birds.git', 'v1'],
      ['https://codeberg.org/ada/birds', 'https://codeberg.org/ada/birds.git'],
      ['https://codeberg.org/ada/birds/src/branch/main/week1', 'https://codeberg.org/ada/birds.git', 'main', 'week1'],
      ['https://forge.example/ada/birds/src/tag/v1', 'https://forge.example/ada/birds.git', 'v1'],
      ['https://bitbucket.org/ada/birds/src/main/week1/', 'https://bitbucket.org/ada/birds.git', 'main', 'week1'],
    ];
  test.each(understood.map(([address, ...meant]) => ({ address, meant })))('$address', ({ address, meant }) => {
    const [url, ref, subfolder] = meant;
    const mapping = { type: 'git', url, ...(ref && { ref }), ...(subfolder && { subfolder }) };
    expect(recogniseGit(address)).toEqual(mapping);
    expect(() => parseGitConfig(mapping)).not.toThrow();
  });

  test.each([
    '/srv/courses/birds',
    './birds',
    'https://cloud.example.org/s/AbCdEf',
    'https://github.com/ada/birds/archive/refs/heads/main.zip',
    'https://github.com/ada/birds/releases',
    'https://github.com/orgs/ada',
    'https://github.com/ada',
    'https://gitlab.com/ada',
    'https://example.org/course.zip',
    'webdav+https://example.org/x',
    'mailto:ada@example.org',
  ])('%s is somebody else’s', (address) => {
    expect(recogniseGit(address)).toBeUndefined();
  });

  test.each([
    ['git@github.com:ada/birds.git', 'https://github.com/ada/birds.git'],
    ['ssh://git@git.example.org:2222/ada/birds.git', 'https://git.example.org/ada/birds.git'],
    ['git+ssh://git@git.example.org/ada/birds.git', 'https://git.example.org/ada/birds.git'],
    ['git://git.example.org/birds.git', undefined],
  ])('%s is refused, naming what works', (address, instead) => {
    const mapping = recogniseGit(address) ?? {};
    const parse = () => parseGitConfig(mapping);
    expect(parse).toThrow(/address-not-understood.*https/);
    if (instead !== undefined) expect(parse).toThrow(`try ${instead}`);
  });
});

describe('configuration', () => {
  test.each([
    [{ url: 'x', branch: 'y' }, 'branch'],
    [{}, 'url'],
    [{ url: 7 }, 'url'],
    [{ url: 'x', ref: '-rf' }, 'ref'],
    [{ url: 'x', ref: 'a..b' }, 'ref'],
    [{ url: 'x', ref: 'a b' }, 'ref'],
    [{ url: 'x', ref: 'a\nb' }, 'ref'],
    [{ url: 'x', subfolder: 'a/../../b' }, 'subfolder'],
  ])('%j is refused at %s', (raw, key) => {
    expect(() => parseGitConfig({ type: 'git', ...raw })).toThrow(`key "${key}"`);
  });

  test('credentials in an address are refused and not repeated', () => {
    const parse = () => parseGitConfig({ type: 'git', url: 'https://ada:canary@git.example.org/x.git' });
    expect(parse).toThrow(/credentials-invalid/);
    expect(parse).not.toThrow(/canary/);
  });

  test.each(['--upload-pack=touch /tmp/x', 'ext::sh -c true', 'https://a.example/x.git\nHost: b'])(
    '%j starts nothing',
    (url) => {
      const config = (() => {
        try {
          return parseGitConfig({ type: 'git', url });
        } catch (error) {
          return error as { code: string };
        }
      })();
      // What is no address is a path, and nothing but a path.
      expect('code' in config ? config.code : config.place.kind).toMatch(/address-not-understood|file/);
    },
  );

  test('branches of one repository are one course, its folders are several', () => {
    const identity = (more: object) =>
      gitIdentity(parseGitConfig({ type: 'git', url: 'https://Git.Example.org/x.git/', ...more }));
    expect(identity({ ref: 'a' })).toBe(identity({ ref: 'b' }));
    expect(identity({})).toBe(gitIdentity(parseGitConfig({ type: 'git', url: 'https://git.example.org/x' })));
    expect(identity({ subfolder: 'a' })).not.toBe(identity({}));
  });

  test.each([
    ['https://git.example.org/courses/Bird%20Counts.git', undefined, 'Bird-Counts'],
    ['https://git.example.org/birds.git', 'material/week1', 'week1'],
    ['/srv/git/birds/.git', undefined, 'birds'],
    ['https://git.example.org/', undefined, 'git.example.org'],
  ])('%s is called well', (url, subfolder, name) => {
    expect(gitName(parseGitConfig({ type: 'git', url, ...(subfolder === undefined ? {} : { subfolder }) }))).toBe(name);
  });
});
