/** Every address of a course, as lecturers share them. */
import type { Config, CourseConfig } from '../config.ts';

export interface CourseAddresses {
  /** Students click this. */
  readonly click: string;
  /** The same files as one archive. */
  readonly zip: string;
}

export interface LinkWishes {
  /** The course path of the file that opens. */
  readonly open?: string;
  readonly app?: string;
  /** A JupyterHub that has f2git as its service `f2git`. */
  readonly hub?: string;
}

/** The addresses below `root`, which ends in `/`. */
export function courseAddresses(
  root: string,
  course: Pick<CourseConfig, 'id'>,
  wishes: LinkWishes = {},
): CourseAddresses {
  const click = new URL(`go/${course.id}`, root);
  if (wishes.open !== undefined) click.searchParams.set('open', wishes.open);
  if (wishes.app !== undefined) click.searchParams.set('app', wishes.app);
  return { click: readable(click), zip: new URL(`zip/${course.id}.zip`, root).href };
}

/** Where people reach the server: the hub's service, the configured public address, or the address it listens on. */
export function rootAddress(config: Config, hub: string | undefined): string {
  if (hub !== undefined) return `${hub.replace(/\/+$/, '')}/services/f2git/`;
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
