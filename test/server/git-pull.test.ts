/** Links made by and for nbgitpuller, and what they mean here. */
import { expect, test } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { readGitPullLink, readInteractLink } from '../../src/web/git-pull.ts';

const REPO = 'https://git.example.org/course.git';

test.each([
  ['JupyterLab', 'urlpath=lab/tree/course/week1/lab1.ipynb', 'week1/lab1.ipynb', 'lab'],
  [
    'JupyterLab with the marker its docs advise',
    'urlpath=lab/tree/course/lab1.ipynb%3Fautodecode',
    'lab1.ipynb',
    'lab',
  ],
  ['JupyterLab, folder named as nbgitpuller names it', 'urlpath=lab/tree/course.git/lab1.ipynb', 'lab1.ipynb', 'lab'],
  ['a JupyterLab workspace', 'urlpath=lab/workspaces/auto-1/tree/course/lab1.ipynb', 'lab1.ipynb', 'lab'],
  ['escapes of an address', 'urlpath=lab/tree/course/week%25201/a%2523b%2525.ipynb', 'week 1/a#b%.ipynb', 'lab'],
  ['what only looks like one', 'urlpath=lab/tree/course/100%25/%25FF%25zz.md', '100%/%FF%zz.md', 'lab'],
  ['JupyterLab alone', 'urlpath=lab', undefined, 'lab'],
  ['classic tree', 'urlpath=tree/course/', undefined, 'tree'],
  ['classic notebook', 'urlpath=notebooks/course/lab1.ipynb', 'lab1.ipynb', 'tree'],
  ['RetroLab', 'urlpath=retro/tree/course/lab1.ipynb', 'lab1.ipynb', 'tree'],
  ['RStudio', 'urlpath=rstudio/', undefined, 'rstudio'],
  ['camel case', 'urlPath=lab/tree/course/a.md', 'a.md', 'lab'],
  ['another target folder', 'targetpath=mine&urlpath=lab/tree/mine/a.md', 'a.md', 'lab'],
  ['a target folder in folders', 'targetPath=x/mine&urlpath=lab/tree/mine/a.md', 'a.md', 'lab'],
  ['a target folder in folders, all of them', 'targetpath=x/mine&urlpath=lab/tree/x/mine/a.md', 'a.md', 'lab'],
  ['a target folder the generator left out', 'targetpath=x/mine&urlpath=lab/tree/course/a.md', 'a.md', 'lab'],
  ['the old parameters', 'subPath=week1/lab1.ipynb&app=lab', 'week1/lab1.ipynb', 'lab'],
  ['the old parameters, in any case', 'subPath=week1&app=Lab', 'week1', 'lab'],
  ['the classic app', 'subPath=week1/lab1.ipynb&app=notebook', 'week1/lab1.ipynb', 'notebook'],
  ['the course’s own folder', 'subPath=.', undefined, undefined],
  ['a path from the course’s own folder', 'subpath=./week1/lab1.ipynb', 'week1/lab1.ipynb', undefined],
  ['parameters that say nothing', 'urlpath=&urlPath=&subpath=&subPath=week1', 'week1', undefined],
  ['a target that says nothing', 'targetpath=&targetPath=mine&urlpath=lab/tree/mine/a.md', 'a.md', 'lab'],
  ['what it keeps beside', 'backup=true&depth=1&urlpath=lab/tree/course/a.md', 'a.md', 'lab'],
  ['nothing to open', 'branch=main&depth=1', undefined, undefined],
])('%s', (_name, query, open, app) => {
  const link = readGitPullLink(new URLSearchParams(`repo=${encodeURIComponent(REPO)}&${query}`));
  expect([link.repo, link.open, link.app]).toEqual([REPO, open, app]);
});

test.each([
  'urlpath=lab/tree/course/../../etc/passwd',
  'urlpath=lab/tree/course/.git/config',
  'urlpath=lab/tree/course/%252e%252e/x',
  'subpath=a/../../b',
])('refuses %s', (query) => {
  expect(() => readGitPullLink(new URLSearchParams(`repo=${REPO}&${query}`))).toThrow(F2gitError);
});

test.each([
  ['repo=python&path=week1/lab1.ipynb', 'https://github.com/data-8/python', 'gh-pages', 'week1/lab1.ipynb'],
  ['account=university&repo=python&branch=2025', 'https://github.com/university/python', '2025', undefined],
])('interact?%s', (query, repo, branch, open) => {
  const link = readInteractLink(new URLSearchParams(query));
  expect([link.repo, link.branch, link.open, link.app]).toEqual([repo, branch, open, undefined]);
});

test('refuses a link without a repository', () => {
  expect(() => readInteractLink(new URLSearchParams('account=university'))).toThrow(F2gitError);
  expect(() => readGitPullLink(new URLSearchParams('urlpath=lab'))).toThrow(F2gitError);
});

test.each(['--upload-pack=touch /tmp/x', 'ext::sh -c whoami', 'file:///etc', '-oProxyCommand=x', 'https://a/\r\nX: y'])(
  'A35: a repository such as %j is only compared, never used',
  (repo) => {
    expect(readGitPullLink(new URLSearchParams({ repo })).repo).toBe(repo);
  },
);
