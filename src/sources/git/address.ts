/** Addresses of git repositories: the mapping of the configuration, and what a lecturer copies from the browser. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, courseName, invalidKey, parseWebAddress, requiredText } from '../mapping.ts';
import { safeAddress } from '../redact.ts';
import type { Recognise } from '../source.ts';

export interface GitConfig {
  readonly place: { readonly kind: 'http'; readonly url: string } | { readonly kind: 'file'; readonly path: string };
  /** Branch, tag or commit id; absent: the default branch. */
  readonly ref?: string;
  readonly subfolder: readonly string[];
  /** The address for people, without credentials. */
  readonly shown: string;
}

const KEYS = ['type', 'url', 'ref', 'subfolder'];

/**
 * Checks `{ type: git, url, ref?, subfolder? }`. `url` is http(s), `file:` or a path.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`
 */
export function parseGitConfig(raw: Readonly<Record<string, unknown>>): GitConfig {
  const [place, ref, subfolder] = together(
    () => placeOf(requiredText(raw, 'url')),
    () => refNamed(raw),
    () => subfolderNamed(raw),
    () => checkKeys(raw, KEYS),
  );
  const shown = place.kind === 'http' ? safeAddress(place.url) : place.path;
  return { place, ...(ref === undefined ? {} : { ref }), subfolder, shown };
}

function refNamed(raw: Readonly<Record<string, unknown>>): string | undefined {
  const ref = optionalText(raw, 'ref');
  if (ref === undefined || isRefName(ref)) return ref;
  throw invalidKey('ref', 'not a branch, tag or commit id');
}

function subfolderNamed(raw: Readonly<Record<string, unknown>>): readonly string[] {
  const subfolder = (optionalText(raw, 'subfolder') ?? '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (subfolder.includes('..')) throw invalidKey('subfolder', 'leads out of the repository');
  return subfolder;
}

/** Names the course: repository and subfolder, whatever the branch. */
export function gitIdentity({ place, subfolder }: GitConfig): string {
  const repository = place.kind === 'http' ? place.url.replace(/\.git$/, '') : place.path;
  return ['git', repository, ...(subfolder.length === 0 ? [] : [`#${subfolder.join('/')}`])].join(' ');
}

/** The last folder that is named, without `.git`. */
export function gitName({ place, subfolder }: GitConfig): string {
  const repository = place.kind === 'http' ? place.url : place.path;
  const parts = [...repository.replace(/\/?\.git$/, '').split('/'), ...subfolder];
  return courseName(decode(parts.findLast((part) => part !== '') ?? ''));
}

/**
 * Knows `git+https://…[@ref][#subfolder]`, `git+file:///…`, `git:path`, `https://…/x.git`, the repository, branch and
 * folder pages of GitHub, GitLab, Gitea, Forgejo and Bitbucket, and ssh forms, which `parseGitConfig` refuses by name.
 */
export const recogniseGit: Recognise = (address) => {
  const text = address.trim();
  const explicit = /^git\+(https?|file|ssh):/i.test(text) ? text.slice('git+'.length) : pathOf(text);
  if (explicit !== undefined) return mapping(explicit);
  if (/^(ssh|git):\/\//i.test(text) || /^[\w.-]+@[\w.-]+:[^/\\]/.test(text)) return { type: 'git', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  if (/\.git\/?([@#].*)?$/.test(text)) return mapping(text);
  return recognisePage(new URL(text));
};

function pathOf(text: string): string | undefined {
  return text.startsWith('git:') && !text.startsWith('git://') ? text.slice('git:'.length) : undefined;
}

/** Splits `address[@ref][#subfolder]`. A `@` belongs to the address when what follows would hold its end, `.git`. */
function mapping(text: string): Readonly<Record<string, unknown>> {
  const hash = text.indexOf('#');
  const subfolder = hash < 0 ? '' : decode(text.slice(hash + 1));
  const rest = hash < 0 ? text : text.slice(0, hash);
  const afterGit = /\.git\/?@/.exec(rest);
  const hostEnd = /^[a-z+]+:\/\/[^/]*/i.exec(rest)?.[0].length ?? 0;
  const at = afterGit === null ? rest.lastIndexOf('@') : afterGit.index + afterGit[0].length - 1;
  const hasRef = at > hostEnd && at < rest.length - 1 && !/\.git\/?$/.test(rest.slice(at));
  return {
    type: 'git',
    url: hasRef ? rest.slice(0, at) : rest,
    ...(hasRef ? { ref: decode(rest.slice(at + 1)) } : {}),
    ...(subfolder === '' ? {} : { subfolder }),
  };
}

/** How the pages of a forge are cut: repository, then an optional mark, a ref and a folder. */
const forges: readonly { readonly host: RegExp; readonly path: RegExp }[] = [
  { host: /^(www\.)?github\.com$/, path: /^\/([^/]+\/[^/]+?)(?:\/(tree|blob|commit)\/([^/]+)(?:\/(.*))?)?\/?$/ },
  { host: /^bitbucket\.org$/, path: /^\/([^/]+\/[^/]+?)(?:\/(src|commits)\/([^/]+)(?:\/(.*))?)?\/?$/ },
  { host: /^codeberg\.org$|^gitea\.|^forgejo\./, path: /^\/([^/]+\/[^/]+?)\/?$/ },
  { host: /^gitlab\./, path: /^\/((?!-\/)[^/]+(?:\/(?!-\/)[^/]+)+?)\/?$/ },
  { host: /./, path: /^\/(.+?)\/-\/(tree|blob|commit)\/([^/]+)(?:\/(.*))?$/ },
  { host: /./, path: /^\/([^/]+\/[^/]+?)\/src\/(branch|tag|commit)\/([^/]+)(?:\/(.*))?$/ },
];

/** First segments that are pages of the forge itself, not the owner of a repository. */
const NOT_OWNERS = /^(orgs|users|settings|explore|login|search|topics|marketplace|dashboard|groups|help|api)\//;

function recognisePage(url: URL): Readonly<Record<string, unknown>> | undefined {
  for (const forge of forges) {
    const match = forge.host.test(url.hostname) ? forge.path.exec(url.pathname) : null;
    if (match === null) continue;
    const [, repository = '', page, ref, path = ''] = match;
    if (NOT_OWNERS.test(repository)) return undefined;
    const folder = page === 'blob' ? path.split('/').slice(0, -1).join('/') : path.replace(/\/$/, '');
    return {
      type: 'git',
      url: `${url.origin}/${repository.replace(/\.git$/, '')}.git`,
      ...(ref === undefined ? {} : { ref: decode(ref) }),
      ...(folder === '' ? {} : { subfolder: decode(folder) }),
    };
  }
  return undefined;
}

function placeOf(text: string): GitConfig['place'] {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw notUnderstood('(address)', 'control characters in it');
  if (/^file:/i.test(text)) {
    if (!URL.canParse(text) || new URL(text).host !== '') throw notUnderstood(text, 'not a file of this machine');
    return { kind: 'file', path: resolve(fileURLToPath(new URL(text))) };
  }
  if (/^https?:\/\//i.test(text)) return { kind: 'http', url: tidyUrl(text) };
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text)) {
    const https = httpsFormOf(text);
    const hint = https === undefined ? '' : `; try ${https}`;
    throw notUnderstood(withoutUser(text), `git over https and repositories on this machine only${hint}`);
  }
  return { kind: 'file', path: resolve(text) };
}

function tidyUrl(text: string): string {
  const url = parseWebAddress(text);
  // No git server reads a query of ours; it could only hold a token.
  url.search = '';
  return url.href.replace(/\/+$/, '');
}

/** What a person with an ssh address most likely wants. */
function httpsFormOf(text: string): string | undefined {
  const match = /^(?:ssh:\/\/)?[\w.-]+@([\w.-]+)(?::\d+)?[:/](.+)$/.exec(text);
  return match === null ? undefined : `https://${match[1] ?? ''}/${match[2] ?? ''}`;
}

function withoutUser(text: string): string {
  return text.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1').replace(/\?.*$/, '');
}

/** Git's own rules (git-check-ref-format) as far as a hostile name could do harm. */
function isRefName(text: string): boolean {
  return !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|\.lock$/.test(text) && text.length <= 255;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A `%` that begins no escape is a character of the name.
    return text;
  }
}

function optionalText(raw: Readonly<Record<string, unknown>>, key: string): string | undefined {
  return raw[key] === undefined ? undefined : requiredText(raw, key);
}

function notUnderstood(address: string, detail: string): F2gitError {
  return new F2gitError('address-not-understood', { params: { address, detail } });
}
