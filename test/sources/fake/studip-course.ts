/** A course of Stud.IP with the troubles the conformance suite asks for, read with a student's account or with staff's. */
import { Secret } from '../../../src/core/secret.ts';
import { studipAdapter } from '../../../src/sources/studip/index.ts';
import { OAuthDesk } from '../../support/oauth-server.ts';
import { type Course, faults, type Harness, type Segments } from '../harness.ts';
import { phpError, refused, SITE_PATH, StudipSite } from './studip-site.ts';
import { type Answer, WebServer } from './web-server.ts';

const impossible = {
  schedule: 'Stud.IP gives times to folders, not to files; windows of folders have their own tests',
  makeExecutable: 'Stud.IP keeps no executable bit',
} as const;

export interface StudipCourse extends Course {
  readonly site: StudipSite;
  readonly server: WebServer;
  /** Where Stud.IP is installed. */
  readonly address: string;
  readonly desk: OAuthDesk;
}

export function studipHarness(role: 'autor' | 'dozent'): Harness {
  return {
    adapter: studipAdapter,
    start: () => startStudipCourse(role),
    folder: 'src/sources/studip',
    requiredKeys: ['url'],
    impossible,
  };
}

export async function startStudipCourse(role: 'autor' | 'dozent' = 'autor'): Promise<StudipCourse> {
  const site = new StudipSite();
  site.role = role;
  const desk = new OAuthDesk('studip');
  const server: WebServer = await WebServer.start(
    (method, path, headers, query, body) =>
      path === TOKEN_PATH
        ? desk.answer(body)
        : path.startsWith(SITE_PATH)
          ? site.answer(method, path.slice(SITE_PATH.length), headers, new URLSearchParams(query))
          : { status: 404, headers: { 'content-type': 'text/html' } },
    {
      isOpenTo: (path, { authorization = '' }) =>
        path === TOKEN_PATH || authorization === server.basic || desk.isOpenTo(authorization),
      refusal,
      missing: refused(404, 'Not Found'),
      forbidden: refused(403, 'Forbidden'),
    },
  );
  site.disturb = (items, folder) => disturbed(site, server, items, folder);
  const course = `${server.origin}${SITE_PATH}dispatch.php/course/files?cid=${site.course}`;
  return {
    site,
    server,
    desk,
    address: `${server.origin}${SITE_PATH}`,
    raw: { type: 'studip', url: course },
    credentials: { user: server.user, password: new Secret(server.password) },
    origins: server.origins,
    driver: driverOf(site),
    faults: Object.fromEntries(faults.map((fault) => [fault, server.trouble(fault)])),
    calm: () => server.calm(),
    seen: {
      parallel: () => server.mostDownloads,
      connections: () => server.connections,
      credentialsElsewhere: () => server.credentialsElsewhere,
      canary: () => server.canaryConnections,
      requests: () => server.requests,
      asked: () => server.asked,
    },
    stop: () => server.stop(),
  };
}

const TOKEN_PATH = `${SITE_PATH}dispatch.php/api/oauth2/token`;

/** As recorded: an empty page, and a response header that belongs into requests. */
const refusal: Answer = {
  status: 401,
  headers: {
    'content-type': 'text/html; charset=UTF-8',
    'www-authenticate': 'Basic realm="Stud.IP JSON-API"',
    authorization: '',
  },
};

function driverOf(site: StudipSite): Course['driver'] {
  const inTurn = (change: () => unknown): Promise<void> => Promise.resolve().then(() => void change());
  return {
    put: (segments, bytes) =>
      inTurn(() => (hasFile(site, segments) ? site.replace(segments, bytes) : site.put(segments, bytes))),
    overwrite: (segments, bytes) => inTurn(() => site.replace(segments, bytes)),
    overwriteUnseen: (segments, bytes) => inTurn(() => site.overwrite(segments, bytes)),
    touch: (segments) => inTurn(() => site.overwrite(segments, site.file(segments).bytes)),
    remove: (segments) => inTurn(() => site.files.delete(site.file(segments).id)),
    makeFolder: (segments) => inTurn(() => site.makeFolder(segments)),
    rename: (segments, name) => inTurn(() => (site.file(segments).name = name)),
    move: (segments, to) =>
      inTurn(() => {
        const folder = site.makeFolder(to.slice(0, -1)).id;
        Object.assign(site.file(segments), { folder, name: to.at(-1) ?? '' });
      }),
    hide: (segments) => inTurn(() => (site.file(segments).licence = 'COND_2')),
    show: (segments) => inTurn(() => (site.file(segments).licence = 'FREE_LICENSE')),
    lock: (segments) => inTurn(() => (site.file(segments).isOfMissingPlugin = true)),
    putTwin: (segments, bytes) => inTurn(() => site.put(segments, bytes)),
    refuses: (name) => name.length > 255,
  };
}

function hasFile(site: StudipSite, segments: Segments): boolean {
  return [...site.files.values()].some((one) => site.pathOf(one).join('\n') === segments.join('\n'));
}

/** What the suite's troubles make of the list of a folder, or of the course's folders (`folder` is empty). */
function disturbed(
  site: StudipSite,
  server: WebServer,
  items: readonly unknown[],
  folder: string,
): readonly unknown[] | Answer {
  const path = folder === '' ? undefined : folderPath(site, folder);
  const isBelow = (top: string | undefined) =>
    top !== undefined && path !== undefined && `${path}/`.startsWith(`${top}/`);
  if (server.fault('page-fails') === path && path !== undefined) return phpError('Call to a member function on null');
  if (isBelow(server.fault('forbidden-folder')))
    return { status: 403, headers: { 'content-type': 'application/json' } };
  changeBetween(site, server);
  const shown = server.fault('other-order') === undefined ? items : items.toReversed();
  if (path !== undefined && server.fault('outside-link') === path) return [...shown, outside(site)];
  return shown.map((item) => spoilt(site, server.fault('unparsable-item'), item));
}

function folderPath(site: StudipSite, id: string): string {
  const names: string[] = [];
  for (let at = site.folders.get(id); at?.parent !== undefined; at = site.folders.get(at.parent))
    names.unshift(at.name);
  return names.join('/');
}

/** After the first answer, the file of the fault is gone. */
function changeBetween(site: StudipSite, server: WebServer): void {
  const path = server.fault('changes-between-pages');
  if (path !== undefined && hasFile(site, path.split('/'))) site.files.delete(site.file(path.split('/')).id);
}

/** A file of another course, as if it were in this folder. */
function outside(site: StudipSite): unknown {
  const id = 'f'.repeat(32);
  return {
    type: 'file-refs',
    id,
    attributes: { name: 'outside.txt', filesize: 3, 'is-downloadable': true },
    relationships: {
      file: { data: { type: 'files', id: [...site.files.values()][0]?.file } },
      parent: { data: { type: 'folders', id } },
    },
  };
}

function spoilt(site: StudipSite, path: string | undefined, item: unknown): unknown {
  const { id } = item as { readonly id: string };
  const file = site.files.get(id);
  if (path === undefined || file === undefined || site.pathOf(file).join('/') !== path) return item;
  return { type: 'file-refs', id, attributes: { name: file.name, filesize: 'many' } };
}
