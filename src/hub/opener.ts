/**
 * Where a finished click leads: through the hub to a place in the student's own server. Addresses are put together from
 * checked parts only; no text of a link is ever an address.
 */
import type { HubConfig } from '../config/hub.ts';
import type { OnProgress, Progress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import type { App, Opener, OpenPlace, Person, Preparation, ServerPlace } from '../web/ports.ts';
import { accountOf, type AccountRule } from './account.ts';
import type { StartEnd, StudentServers } from './student-server.ts';
import { findSystemUser, isHomeThere } from './system-user.ts';

export interface HubOpenerOptions {
  readonly hub: HubConfig;
  readonly accounts: AccountRule;
  /** Absent where a click starts no servers. */
  readonly servers?: StudentServers;
  /** Whether the home of an account is there. Default: as this machine says. */
  readonly isHomeThere?: (account: string, home: string, signal: AbortSignal) => Promise<boolean>;
}

export function hubOpener(options: HubOpenerOptions): Opener {
  const { hub } = options;
  return {
    target: (person, place) => addressOf(hub, person, place),
    prepare: (person, place, signal) => prepare(person, place, signal, options),
    startBy: (person, server, page) => spawnPage(hub, person, server, isOnHostOfItsOwn(hub) ? undefined : page),
  };
}

/**
 * `hub/user-redirect/…` knows neither the person nor whether the server runs: the hub sees to both. It leads to the
 * server everybody has; a named one is started by the page that names it. The hub decodes that path once before it leads
 * on with it: a name that needs encoding would have to be encoded twice, and there are proxies that let no `%25` through
 * in a path (Traefik 3.6.4 and 3.6.5; TLJH came with it). The other page has it in its query.
 */
function addressOf(hub: HubConfig, person: Person, place: OpenPlace): string {
  const { path, query } = placeInServer(place);
  const isPlain = path.every((segment) => encodeURIComponent(segment) === segment);
  if (place.server === undefined && isPlain) return `${hub.address}user-redirect/${path.join('/')}${query}`;
  const base = pathOf(hub.address).replace(/hub\/$/, '');
  const server = place.server === undefined ? [] : [place.server];
  const inServer = ['user', person.name, ...server, ...path].map(encodeURIComponent).join('/');
  return spawnPage(hub, person, place.server, `${base}${inServer}${query}`);
}

function spawnPage(hub: HubConfig, person: Person, server: string | undefined, next: string | undefined): string {
  const which = [person.name, ...(server === undefined ? [] : [server])].map(encodeURIComponent).join('/');
  return `${hub.address}spawn/${which}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`;
}

/** The hub leads to paths of its own host alone: of an address on another one it would take the path. */
function isOnHostOfItsOwn({ address, redirectUri }: HubConfig): boolean {
  return URL.canParse(address) && URL.canParse(redirectUri) && new URL(address).origin !== new URL(redirectUri).origin;
}

/** Where in a Jupyter server something opens: segments of the path, not encoded, and the query. */
export interface PlaceInServer {
  readonly path: readonly string[];
  readonly query: string;
}

/** As the programs themselves have it (nbgitpuller's link generator knows the same). */
export function placeInServer({ workspace, file, app = 'lab' }: OpenPlace): PlaceInServer {
  const inHome = [workspace.folder, ...(file === undefined ? [] : file.split('/'))];
  const isNotebook = file?.endsWith('.ipynb') === true;
  const places: Readonly<Record<App, PlaceInServer>> = {
    lab: { path: ['lab', 'tree', ...inHome], query: '' },
    tree: { path: ['tree', ...inHome], query: '' },
    notebook: { path: [isNotebook ? 'notebooks' : 'tree', ...inHome], query: '' },
    // neither opens a file by its address
    rstudio: { path: ['rstudio', ''], query: '' },
    vscode: { path: ['vscode', ''], query: `?folder=${encodeURIComponent(workspace.path)}` },
  };
  return places[app];
}

/** Of an address or a path, the path. */
function pathOf(address: string): string {
  return new URL(address, 'http://self.invalid').pathname;
}

/** The server starts while the course is asked; both are waited for where they are needed. */
function prepare(
  person: Person,
  { home, server }: ServerPlace,
  signal: AbortSignal,
  { servers, accounts, isHomeThere: lookAtHome = homeOfAccount }: HubOpenerOptions,
): Preparation {
  let shown: OnProgress = () => undefined;
  let last: Progress | undefined;
  const note: OnProgress = (progress) => {
    last = progress;
    shown(progress);
  };
  const name = { user: person.name, ...(server === undefined ? {} : { server }) };
  const starting: Promise<StartEnd> =
    servers === undefined ? Promise.resolve('left') : servers.start(name, note, signal);
  const isThere = (): Promise<boolean> => lookAtHome(accountOf(person.name, accounts), home, signal);
  const waitForIt = async (onProgress: OnProgress): Promise<void> => {
    shown = onProgress;
    if (last !== undefined) onProgress(last);
    await starting;
    shown = () => undefined;
    last = undefined;
  };
  return {
    async home(onProgress) {
      if (await isThere()) return;
      await waitForIt(onProgress);
      if (!(await isThere())) throw new F2gitError('home-missing');
    },
    server: waitForIt,
  };
}

async function homeOfAccount(account: string, home: string, signal: AbortSignal): Promise<boolean> {
  const user = await findSystemUser(account, signal);
  return user !== undefined && (await isHomeThere(home, user));
}
