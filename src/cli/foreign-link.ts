/**
 * Links that were made for nbgitpuller, in every form they are shared: for a hub, for Binder, through a login by LTI, or
 * the page that makes them. Forms: nbgitpuller's docs/topic/url-options.rst and docs/_static/link_gen/link.js.
 */
import { F2gitError } from '../errors.ts';
import { readGitPullLink, readInteractLink, type GitPullLink } from '../web/git-pull.ts';

/** What the link means. @throws {F2gitError} `usage` when it is no such link; as `readGitPullLink` */
export function readForeignLink(text: string): GitPullLink {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw notUnderstood(text);
  const link = understood(new URL(text));
  if (link === undefined) throw notUnderstood(text);
  return link;
}

function understood(url: URL): GitPullLink | undefined {
  try {
    return linkIn(url);
  } catch (error) {
    // an address in it that is none, or cannot be decoded
    if (error instanceof URIError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Links in links are followed so far: LTI leads to a hub, Binder to a server. */
const DEEPEST = 4;

function linkIn(url: URL, depth = 0): GitPullLink | undefined {
  const { pathname, searchParams: query } = url;
  if (/\/git-(pull|sync)$/.test(pathname)) return readGitPullLink(query);
  if (/\/interact$/.test(pathname)) return readInteractLink(query);
  const inner = [query.get('next'), query.get('custom_next'), query.get('urlpath')].find((one) =>
    one?.includes('git-pull'),
  );
  if (inner !== undefined && inner !== null && depth < DEEPEST)
    return linkIn(new URL(inner, 'http://localhost/'), depth + 1);
  return ofBinder(url) ?? ofGenerator(query);
}

const HOSTS: Readonly<Record<string, string>> = { gh: 'https://github.com/', gl: 'https://gitlab.com/' };

/** `/v2/gh/<account>/<repository>/<ref>`, `/v2/git/<address>/<ref>`: environment and content are one there. */
function ofBinder({ pathname, searchParams }: URL): GitPullLink | undefined {
  const [, provider = '', rest = ''] = /\/v2\/(gh|gl|git)\/(.+)$/.exec(pathname) ?? [];
  const parts = rest.split('/').map(decodeURIComponent);
  const branch = parts.pop();
  const named = parts.join('/');
  if (provider === '' || named === '' || branch === undefined) return undefined;
  const query = new URLSearchParams({ repo: `${HOSTS[provider] ?? ''}${named}`, branch });
  const path = searchParams.get('urlpath');
  const file = searchParams.get('labpath') ?? searchParams.get('filepath');
  if (path !== null) query.set('urlpath', path);
  else if (file !== null) query.set('subPath', file);
  return readGitPullLink(query);
}

/** The page that makes links, filled in: it says of which environment it speaks, and what content comes into it. */
function ofGenerator(query: URLSearchParams): GitPullLink | undefined {
  const repo = query.get('content-repo') ?? query.get('repo');
  if (repo === null) return undefined;
  const wanted = new URLSearchParams({ repo });
  const branch = query.get('content-branch') ?? query.get('branch');
  const file = query.get('filepath') ?? query.get('urlpath');
  if (branch !== null) wanted.set('branch', branch);
  if (file !== null) wanted.set('subPath', file);
  if (query.get('app') === 'jupyterlab') wanted.set('app', 'lab');
  return readGitPullLink(wanted);
}

function notUnderstood(text: string): F2gitError {
  return new F2gitError('usage', {
    params: {
      word: `--from ${text.slice(0, 200)}`,
      possible: '--from "https://hub.example.org/hub/user-redirect/git-pull?repo=…"',
    },
  });
}
