/** Every address of a course, as lecturers share them. */
import type { Config, CourseConfig } from '../config.ts';
import { audienceName } from '../configured-course.ts';
import type { Capabilities, Grant } from '../web/capabilities.ts';

export interface CourseAddresses {
  /** Students click this. */
  readonly click: string;
  /** The same files as one archive. */
  readonly zip: string;
  /**
   * The same files for git and for programs that use it. Whoever has the address may read the course; absent where each
   * student sees files of their own.
   */
  readonly git?: string;
  /** What describes the environment, for programs that build an image of it; a permission as `git` is. */
  readonly environment?: string;
}

export interface LinkWishes {
  /** The course path of the file that opens. */
  readonly open?: string;
  readonly app?: string;
  /** A JupyterHub that has f2git as its service `f2git`. */
  readonly hub?: string;
}

/** The link of a course below `root`, which ends in `/`. */
export function clickAddress(root: string, { id }: Pick<CourseConfig, 'id'>, { open, app }: LinkWishes = {}): string {
  const click = new URL(`go/${id}`, root);
  if (open !== undefined) click.searchParams.set('open', open);
  if (app !== undefined) click.searchParams.set('app', app);
  return readable(click);
}

/** All addresses below `root`. */
export function courseAddresses(
  root: string,
  course: Pick<CourseConfig, 'id' | 'isPerStudent'>,
  capabilities: Pick<Capabilities, 'tokenOf'>,
  wishes: LinkWishes & { readonly groups?: readonly string[] },
): CourseAddresses {
  const { id } = course;
  const audience = audienceName(wishes.groups ?? []);
  const token = (purpose: Grant['purpose']): string => capabilities.tokenOf({ purpose, course: id, audience });
  const addresses = { click: clickAddress(root, course, wishes), zip: new URL(`zip/${id}.zip`, root).href };
  if (course.isPerStudent) return addresses;
  return {
    ...addresses,
    git: new URL(`git/${token('git')}/${id}`, root).href,
    environment: new URL(`git/${token('environment')}/${id}-environment`, root).href,
  };
}

/** Where people reach the server: the hub's service, the configured public address, or the address it listens on. */
export function rootAddress(config: Config, hub: string | undefined): string {
  // people copy the hub's address, or the service's own
  if (hub !== undefined) return `${hub.replace(/(?:\/services\/f2git)?\/*$/, '')}/services/f2git/`;
  if (config.publicUrl !== undefined) return `${config.publicUrl}/`;
  const { listen } = config;
  return listen.kind === 'port'
    ? `http://${hostIn(listen.host)}:${listen.port}${config.prefix}`
    : `http://localhost${config.prefix}`;
}

function hostIn(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A `/` in a parameter needs no escape (RFC 3986, 3.4), and people read these links. */
function readable(url: URL): string {
  return url.href.replaceAll('%2F', '/');
}
