/**
 * Links made for nbgitpuller (`git-pull?repo=…&urlpath=…`; its docs/topic/url-options.rst, nbgitpuller/handlers.py) understood
 * as ours, so that a link in use can be pointed here. The repository only selects a configured course; it is never fetched
 * because a link says so. Branch and target folder help to understand it; depth and backup are the configuration's business.
 */
import { parseRelPath, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { App } from './ports.ts';

export interface GitPullLink {
  readonly repo: string;
  readonly branch?: string;
  /** The file or folder to open, as a path inside the course. */
  readonly open?: RelPath;
  readonly app?: App;
}

/** @throws {F2gitError} `usage` when `repo` is missing or the path it opens is not legal */
export function readGitPullLink(query: URLSearchParams): GitPullLink {
  const said = (...names: readonly string[]): string =>
    names.map((name) => query.get(name) ?? '').find((text) => text !== '') ?? '';
  const repo = said('repo');
  if (repo === '') throw new F2gitError('usage', { params: { repo } });
  const urlPath = said('urlpath', 'urlPath');
  const target = said('targetpath', 'targetPath');
  const wanted =
    urlPath === ''
      ? readSubPath(said('subpath', 'subPath'), said('app'))
      : readUrlPath(urlPath, foldersOf(repo, target));
  const branch = said('branch');
  const open = wanted.file === '' ? undefined : parseRelPath(wanted.file);
  if (open === undefined && wanted.file !== '') {
    throw new F2gitError('usage', { params: { open: wanted.file.slice(0, 200) } });
  }
  return {
    repo,
    ...(branch === '' ? {} : { branch }),
    ...(open === undefined ? {} : { open }),
    ...(wanted.app === undefined ? {} : { app: wanted.app }),
  };
}

/** Its oldest form (`interact?account=…&repo=…&path=…`): an account of GitHub. @throws {F2gitError} as `readGitPullLink` */
export function readInteractLink(query: URLSearchParams): GitPullLink {
  const repo = query.get('repo') ?? '';
  const account = query.get('account') ?? 'data-8';
  return readGitPullLink(
    new URLSearchParams({
      repo: repo === '' ? '' : `https://github.com/${account}/${repo}`,
      branch: query.get('branch') ?? 'gh-pages',
      subPath: query.get('path') ?? '',
    }),
  );
}

interface Wanted {
  readonly file: string;
  readonly app?: App;
}

/** `lab/tree/<folder>/<file>`, `tree/…`, `notebooks/…`, `retro/tree/…`, `rstudio/`, `vscode/…`. */
function readUrlPath(urlPath: string, folders: readonly string[]): Wanted {
  const path = unescaped(
    trimSlashes(urlPath.replace(/[?#].*$/s, '').replace(/^(\/?user\/[^/]+\/)/, '')).replace(/%3Fautodecode$/i, ''),
  );
  const prefixes: readonly (readonly [RegExp, App])[] = [
    [/^(doc\/|lab\/(workspaces\/[^/]+\/)?)tree(\/|$)/, 'lab'],
    [/^lab$/, 'lab'],
    [/^(retro\/|nbclassic\/)?(notebooks|tree|edit)(\/|$)/, 'tree'],
    [/^rstudio(\/|$)/, 'rstudio'],
    [/^(vscode|code-server)(\/|$)/, 'vscode'],
  ];
  for (const [pattern, app] of prefixes) {
    if (pattern.test(path)) return { file: withoutFolder(path.replace(pattern, ''), folders), app };
  }
  return { file: '' };
}

/** nbgitpuller makes it a part of an address, where escapes count; a `%` that begins none is itself. */
function unescaped(path: string): string {
  return path.replace(/(%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // no UTF-8: a name that happens to look like this
      return escapes;
    }
  });
}

/** `.` is the course itself. */
function readSubPath(subPath: string, app: string): Wanted {
  const file = trimSlashes(subPath.replace(/^\/*(\.(\/+|$))+/, ''));
  const known = (['lab', 'notebook'] as const).find((one) => one === app.toLowerCase());
  return { file, ...(known === undefined ? {} : { app: known }) };
}

/** In a home the course has a folder of its own; inside the course that folder is the root. */
function withoutFolder(path: string, folders: readonly string[]): string {
  const trimmed = trimSlashes(path);
  const folder = folders.find((one) => trimmed === one || trimmed.startsWith(`${one}/`));
  return folder === undefined ? trimmed : trimmed.slice(folder.length + 1);
}

/**
 * What the course's folder may be called: as the link says, which may be several folders deep, or as the repository is.
 * nbgitpuller keeps `.git` in that name and its link generator drops it, and the generator leaves out what the link says.
 */
function foldersOf(repo: string, target: string): readonly string[] {
  const name = trimSlashes(repo).split(/[/:]/).at(-1) ?? '';
  const named = trimSlashes(target);
  return [named, named.split('/').at(-1) ?? '', name, name.replace(/\.git$/, '')].filter((one) => one !== '');
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}
