/** All adapters, and which of them an address or a mapping of the configuration means. The only list there is. */
import { resolve } from 'node:path';
import { F2gitError } from '../errors.ts';
import { canvasAdapter, recogniseCanvas } from './canvas/index.ts';
import { folderAdapter, recogniseFolder } from './folder/index.ts';
import { gitAdapter, recogniseGit } from './git/index.ts';
import { iliasAdapter, recogniseIlias } from './ilias/index.ts';
import { invalidKey, requiredText } from './mapping.ts';
import { moodleAdapter, recogniseMoodle } from './moodle/index.ts';
import { isInternalLink, isSignInPage, platformNamed, platformOf, rcloneReads } from './platforms.ts';
import { rcloneAdapter, recogniseRclone } from './rclone/index.ts';
import { safeAddress } from './redact.ts';
import type { Recognise, SourceAdapter } from './source.ts';
import { recogniseStudip, studipAdapter } from './studip/index.ts';
import { recogniseWebdav, webdavAdapter } from './webdav/index.ts';
import { recogniseZip, zipAdapter } from './zip/index.ts';

/** A source that was understood: its adapter, the mapping that stands for it in a configuration, and that one checked. */
export interface RecognisedSource {
  readonly adapter: SourceAdapter;
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly config: unknown;
}

const adapters: readonly SourceAdapter[] = [
  folderAdapter,
  webdavAdapter,
  zipAdapter,
  gitAdapter,
  moodleAdapter,
  canvasAdapter,
  studipAdapter,
  rcloneAdapter,
  iliasAdapter,
];

/**
 * Pages of platforms are known by their scripts, also where they end in an archive's name. An archive may lie in a
 * repository, on a WebDAV server or in a folder: its own address says so most precisely.
 */
const recognisers: readonly Recognise[] = [
  recogniseRclone,
  recogniseMoodle,
  recogniseStudip,
  recogniseIlias,
  recogniseZip,
  recogniseGit,
  recogniseCanvas,
  recogniseWebdav,
  recogniseFolder,
];

/**
 * Understands what a lecturer copied from the browser or typed: DESIGN 4's explicit forms, addresses of platforms,
 * paths. Relative paths are taken from `folder`.
 * @throws {F2gitError} `address-not-understood`, `address-needs-login`, `address-forbidden`, `credentials-invalid`,
 * `source-unsupported`, and what the adapter's `parseConfig` throws
 */
export function sourceFromText(text: string, folder: string = process.cwd()): RecognisedSource {
  const address = unwrap(text);
  refuseDangerous(address);
  const page = webPageOf(address);
  if (page !== undefined) refuseCredentials(page);
  const system = platformNamed(address) ?? (page === undefined ? undefined : phpPlatformOf(page));
  if (system !== undefined) throw unsupported(address, system);
  const path = asPath(address);
  const found = recognise(path === undefined ? address : resolve(folder, path), path !== undefined);
  if (found !== undefined) return sourceFromMapping(found);
  throw notUnderstood(address, page);
}

/**
 * Gives the source of a mapping `{ type: …, … }`.
 * @throws {F2gitError} `config-invalid` naming the key, and what the adapter's `parseConfig` throws
 */
export function sourceFromMapping(mapping: Readonly<Record<string, unknown>>): RecognisedSource {
  const type = requiredText(mapping, 'type');
  const adapter = adapters.find((one) => one.type === type);
  if (adapter !== undefined) return { adapter, mapping, config: adapter.parseConfig(mapping) };
  const system = platformNamed(`${type}:`);
  if (system !== undefined) throw unsupported(type, system);
  throw invalidKey('type', `must be one of ${adapters.map((one) => one.type).join(', ')}`);
}

/** People paste addresses with the quotes, brackets and spaces that were around them. */
function unwrap(text: string): string {
  const bare = text.trim();
  return (/^<(.*)>$/.exec(bare) ?? /^"(.*)"$/.exec(bare) ?? /^'(.*)'$/.exec(bare))?.[1]?.trim() ?? bare;
}

/** What other programs would take for an option, a command or a second line. */
function refuseDangerous(address: string): void {
  if (address === '') throw new F2gitError('address-not-understood', { params: { detail: 'it is empty' } });
  if (address === '-')
    throw new F2gitError('address-not-understood', { params: { detail: 'a course is not read from a pipe' } });
  const detail = /[\u0000-\u001f\u007f]/.test(address)
    ? 'control characters in it'
    : address.startsWith('-')
      ? 'it looks like an option'
      : /^[a-z0-9+.-]+::/i.test(address)
        ? 'it would start another program'
        : undefined;
  if (detail !== undefined) throw new F2gitError('address-forbidden', { params: { detail } });
}

/** The web address in `address`, also behind a prefix such as `zip+`; undefined when there is none. */
function webPageOf(address: string): URL | undefined {
  const bare = address.replace(/^[a-z]+\+(?=https?:)/i, '');
  return /^https?:\/\//i.test(bare) && URL.canParse(bare) ? new URL(bare) : undefined;
}

/** Tokens that stand for a person; the signatures of single links (S3, Dropbox) are what makes those links work. */
const PERSONAL = /^(wstoken|private_token|access_token|auth_token|job_token|api_?key|password|passwd)$/i;

function refuseCredentials(page: URL): void {
  const hasUser = page.username !== '' || page.password !== '';
  if (!hasUser && ![...page.searchParams.keys()].some((name) => PERSONAL.test(name))) return;
  const detail = 'a password or token does not belong into an address';
  throw new F2gitError('credentials-invalid', { params: { address: page.host, detail } });
}

/**
 * Pages of learning platforms are known by their scripts, also where they end in an archive's name. What is shared by
 * OneDrive or Seafile may well be an archive.
 */
function phpPlatformOf(page: URL): string | undefined {
  const system = platformOf(page);
  return system === 'OneDrive' || system === 'Seafile' ? undefined : system;
}

/** The path in `address`, or undefined when it is an address; a first segment with dots before a `/` is a host. */
function asPath(address: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) || /^[^/]*@[^/]*:/.test(address)) return undefined;
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\//i.test(address) ? undefined : address;
}

function recognise(address: string, isPath: boolean): Readonly<Record<string, unknown>> | undefined {
  if (isPath && /\.git\/?$/.test(address)) return { type: 'git', url: address };
  for (const one of recognisers) {
    const mapping = one(address);
    if (mapping !== undefined) return mapping;
  }
  return undefined;
}

/** The path of such an address often is all it takes to open what is shared: only where it is will be said. */
function unsupported(address: string, system: string): F2gitError {
  const origin = webPageOf(address)?.origin;
  const detail = 'rclone can read it, with a remote for it in its configuration: rclone:NAME:folder';
  return new F2gitError('source-unsupported', {
    params: {
      system,
      ...(origin === undefined ? {} : { address: origin }),
      ...(rcloneReads.has(system) ? { detail } : {}),
    },
  });
}

function notUnderstood(address: string, page: URL | undefined): F2gitError {
  if (page === undefined) {
    const isHost = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(\/|$)/i.test(address);
    const detail = isHost ? 'a web address begins with https://' : 'neither a web address nor a path';
    return new F2gitError('address-not-understood', { params: { detail } });
  }
  const shown = safeAddress(page);
  const system = platformOf(page);
  if (system !== undefined) return unsupported(address, system);
  if (isSignInPage(page)) {
    return new F2gitError('address-needs-login', { params: { address: shown, detail: 'it is a sign-in page' } });
  }
  if (isInternalLink(page)) {
    const detail = 'a link for its owner only; a share link ends in /s/…';
    return new F2gitError('address-needs-login', { params: { address: shown, detail } });
  }
  const detail = 'say what is there: webdav+https://…, zip+https://… or git+https://…';
  return new F2gitError('address-not-understood', { params: { address: shown, detail } });
}
