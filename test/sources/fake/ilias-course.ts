/** A course in ILIAS, with the troubles the conformance suite asks for, read over WebDAV. */
import { Secret } from '../../../src/core/secret.ts';
import { iliasAdapter } from '../../../src/sources/ilias/index.ts';
import { secretWord } from '../../support/secret-words.ts';
import { type Course, type CourseDriver, type Fault, faults, type Harness, type Segments } from '../harness.ts';
import {
  CLIENT,
  COURSE,
  davResponse,
  html,
  IliasSite,
  type Item,
  multistatus,
  sabre,
  sabreEncode,
} from './ilias-site.ts';
import { IliasSoap } from './ilias-soap.ts';
import { type Answer, WebServer } from './web-server.ts';

const PREFIX = '/ilias/webdav.php/';
const ROOT = `${PREFIX}${CLIENT}/ref_${String(COURSE)}/`;

const SESSION = secretWord('a session of ILIAS in a browser');

const noTimes = 'WebDAV does not tell a member what comes later';

export const iliasHarness: Harness = {
  adapter: iliasAdapter,
  start: startIliasCourse,
  folder: 'src/sources/ilias',
  requiredKeys: ['url'],
  impossible: {
    schedule: noTimes,
    lock: 'what a member may not read is not named either',
    putTwin: 'WebDAV gives two items of one title the same address',
    makeExecutable: 'ILIAS knows no executable bit',
  },
};

export async function startIliasCourse(): Promise<Course & { readonly server: WebServer }> {
  const site = new IliasSite();
  const server: WebServer = await startIliasServer(site);
  return {
    server,
    raw: { type: 'ilias', url: `${server.origin}/ilias/goto.php?target=crs_${String(COURSE)}&client_id=${CLIENT}` },
    credentials: { user: server.user, password: new Secret(server.password) },
    origins: server.origins,
    driver: driverOf(site),
    faults: Object.fromEntries(faults.map((fault) => [fault, server.trouble(fault)])),
    calm: () => server.calm(),
    seen: seenBy(server),
    stop: () => server.stop(),
  };
}

const wholeAnswer = 'the whole course is one answer';

/** The same course, read by its SOAP interface. */
export const iliasSoapHarness: Harness = {
  ...iliasHarness,
  start: startSoapCourse,
  impossible: {
    schedule: 'ILIAS does not tell a member what comes later',
    'page-fails': wholeAnswer,
    'changes-between-pages': wholeAnswer,
    'forbidden-folder': 'what a member may not read is not named',
    makeExecutable: 'ILIAS knows no executable bit',
  },
};

export async function startSoapCourse(): Promise<Course & { readonly server: WebServer }> {
  const site = new IliasSite('5.4');
  const server = await startIliasServer(site);
  const { soap } = server;
  const { oddities } = soap;
  const own: Course['faults'] = {
    'wrong-credentials': () => void (soap.refusal = 'err_wrong_login'),
    'session-expires': () => soap.endSessions(),
    'root-missing': () => void site.items.delete(COURSE),
    'root-forbidden': () => void (site.need([]).isLocked = true),
    'other-order': () => void (oddities.isReversed = true),
    'unparsable-item': (segments) => void (oddities.untitled = site.at(segments)),
    'outside-link': () => void (oddities.hasOrphan = true),
  };
  const left = faults.filter((fault) => iliasSoapHarness.impossible[fault] === undefined);
  return {
    server,
    raw: {
      type: 'ilias',
      url: `${server.origin}/ilias/goto.php?target=crs_${String(COURSE)}&client_id=${CLIENT}`,
      soap: true,
    },
    credentials: { user: server.user, password: new Secret(server.password) },
    origins: server.origins,
    driver: {
      ...driverOf(site),
      putTwin: (segments, bytes) => inTurn(() => site.putTwin(segments, bytes)),
      lock: (segments) => inTurn(() => (site.need(segments).isLocked = true)),
    },
    faults: Object.fromEntries(left.map((fault) => [fault, own[fault] ?? server.trouble(fault)])),
    calm: async () => {
      soap.refusal = undefined;
      Object.assign(oddities, { isReversed: false, untitled: undefined, hasOrphan: false });
      if (site.at([]) === undefined) site.restore();
      site.need([]).isLocked = false;
      await server.calm();
    },
    seen: seenBy(server),
    stop: () => server.stop(),
  };
}

/** The site behind a web server under a path of its own. */
export async function startIliasServer(site: IliasSite): Promise<WebServer & { readonly soap: IliasSoap }> {
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const door = {
    isOpenTo: (path: string, { authorization }: { readonly authorization?: string | undefined }) =>
      !path.startsWith(PREFIX) || authorization === basic(server.user, server.password),
    refusal: sabre(401, 'NotAuthenticated', 'Username or password was incorrect'),
    missing: sabre(400, 'BadRequest', `Invalid parameter ref_${String(COURSE)}`),
    forbidden: sabre(403, 'Forbidden', `No read permission for object with reference ID ${String(COURSE)} `),
  };
  const server: WebServer = await WebServer.start((method, path, headers, query, body) => {
    if (path === site.soapPath) return soap.answer(body);
    const page = pageOf(site, server, { method, path, query, body, cookie: headers.cookie ?? '' });
    return page ?? respond({ server, site, method, path, depth: headers['depth'] });
  }, door);
  const soap: IliasSoap = new IliasSoap(site, { user: server.user, password: server.password });
  return Object.assign(server, { soap });
}

/** Runs `change` as an asynchronous step, so that its failure is a rejection. */
function inTurn(change: () => unknown): Promise<void> {
  return Promise.resolve()
    .then(change)
    .then(() => undefined);
}

/** What staff do to a course. */
export function driverOf(site: IliasSite): CourseDriver {
  return {
    put: (segments, bytes) => inTurn(() => site.put(segments, bytes)),
    overwrite: (segments, bytes) => inTurn(() => site.change(site.need(segments), bytes)),
    remove: (segments) => inTurn(() => site.remove(site.need(segments))),
    makeFolder: (segments) => inTurn(() => site.folder(segments)),
    rename: (segments, name) => inTurn(() => (site.need(segments).title = name)),
    move: (segments, to) =>
      inTurn(() => {
        const item = site.need(segments);
        Object.assign(item, { parent: site.folder(to.slice(0, -1)).ref, title: to.at(-1) });
      }),
    touch: (segments) => inTurn(() => site.touch(site.need(segments))),
    hide: (segments) => inTurn(() => (site.need(segments).isHidden = true)),
    show: (segments) => inTurn(() => (site.need(segments).isHidden = false)),
    overwriteUnseen: (segments, bytes) => inTurn(() => (site.need(segments).bytes = bytes)),
    // The form for titles takes 255 characters, and neither control characters nor blanks at its ends.
    refuses: (title) => /[\u0000-\u001f]/.test(title) || title !== title.trim() || title.length > 255,
  };
}

export function seenBy(server: WebServer): NonNullable<Course['seen']> {
  return {
    parallel: () => server.mostDownloads,
    connections: () => server.connections,
    credentialsElsewhere: () => server.credentialsElsewhere,
    canary: () => server.canaryConnections,
    requests: () => server.requests,
    asked: () => server.asked,
  };
}

interface Asked {
  readonly server: WebServer;
  readonly site: IliasSite;
  readonly method: string;
  readonly path: string;
  readonly depth: unknown;
}

function respond(asked: Asked): Answer {
  const { site, method, path } = asked;
  if (!path.startsWith(PREFIX)) return html(404, '<h1>Not Found</h1>');
  if (site.isDavOff)
    return html(403, '<html><b>Please enable the WebDAV plugin in the ILIAS Administration panel.</b>');
  const found = site.resolve(path.slice(PREFIX.length));
  if ('status' in found) return found;
  if ('information' in found) return site.isMute ? sabre(404, 'NotFound', 'not found') : information(found.information);
  if (method === 'PROPFIND') return listing(asked, found);
  if (method !== 'GET') return sabre(403, 'Forbidden', 'Permission denied');
  if (found.type !== 'file') return { status: 302, headers: { location: `${path}?mount-instructions` } };
  const file = placeOf(site, found).join('/');
  const headers = { 'content-type': 'application/octet-stream', ...site.validators(found) };
  return { status: 200, headers, body: found.bytes, file };
}

interface Visit {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly cookie: string;
}

/** What a browser meets: the sign-in, the page after it, and permalinks as ILIAS 10 has them. */
function pageOf(site: IliasSite, { user, password }: WebServer, visit: Visit): Answer | undefined {
  const { method, path, body, cookie } = visit;
  if (path === '/ilias/login.php') return loginPage(site);
  if (path === '/ilias/ilias.php' && method === 'POST') {
    const form = new URLSearchParams(body);
    const isRight =
      form.get('login_form/input_3/input_4') === user && form.get('login_form/input_3/input_5') === password;
    if (!isRight || form.get('t') !== '&1' || site.isClosedToBrowsers) return loginPage(site);
    return {
      status: 302,
      headers: { location: 'ilias.php', 'set-cookie': `PHPSESSID=${SESSION}; path=/ilias; HttpOnly` },
    };
  }
  if (path === '/ilias/ilias.php') return html(200, '<h1>Dashboard</h1>');
  if (!path.startsWith('/ilias/goto.php')) return undefined;
  if (!cookie.includes(`PHPSESSID=${SESSION}`)) return { status: 302, headers: { location: '/ilias/login.php' } };
  const item = site.items.get(Number(/\/file\/(\d+)\/download$/.exec(path)?.[1]));
  if (item === undefined || item.isLocked) return { status: 302, headers: { location: '/ilias/ilias.php' } };
  const headers = { 'content-type': 'application/pdf', 'content-disposition': 'inline; filename="x"' };
  return { status: 200, headers, body: item.bytes, file: placeOf(site, item).join('/') };
}

/** Its first cookies name the client. */
function loginPage({ isNameless, formAction }: IliasSite): Answer {
  const action = formAction.replaceAll('&', '&amp;');
  const form = `<form action="${action}" method="post"><input type="hidden" name="t" value="&amp;1">`;
  const fields =
    '<input type="text" name="login_form/input_3/input_4"><input type="password" name="login_form/input_3/input_5">';
  const page = html(200, `<form action="search.php"><input name="q"></form>${form}${fields}</form>`);
  return isNameless
    ? page
    : { ...page, headers: { ...page.headers, 'set-cookie': `ilClientId=${CLIENT}; path=/; HttpOnly` } };
}

function information(text: string): Answer {
  const headers = { 'content-type': 'text/plain;charset=UTF-8', 'last-modified': new Date().toUTCString() };
  return { status: 200, headers, body: Buffer.from(text) };
}

function listing({ server, site, path, depth }: Asked, item: Item): Answer {
  const segments = placeOf(site, item);
  const isAt = (fault: Fault) => server.fault(fault) === segments.join('/') && item.type !== 'file';
  if (isAt('forbidden-folder')) return sabre(403, 'Forbidden', 'No read permission');
  if (isAt('page-fails')) return { status: 500 };
  const going = server.fault('changes-between-pages')?.split('/');
  if (going !== undefined && site.at(going) !== undefined) site.remove(site.need(going));
  // ILIAS answers in its own spelling, whatever the request's was.
  const own = path
    .split('/')
    .map((part) => sabreEncode(decodeURIComponent(part)))
    .join('/');
  const href = item.type === 'file' ? own : own.replace(/\/*$/, '/');
  if (item.type === 'file' || depth === '0') return multistatus([site.responseOf(item, href)]);
  const children = site.listed(item).map((child) => {
    const below = href + sabreEncode(child.title) + (child.type === 'file' ? '' : '/');
    const isBroken = server.fault('unparsable-item') === [...segments, child.title].join('/');
    return isBroken ? `<d:response><d:href>${below}</d:href></d:response>` : site.responseOf(child, below);
  });
  if (server.fault('other-order') !== undefined) children.reverse();
  const outside = isAt('outside-link') ? outsideOf() : [];
  return multistatus([site.responseOf(item, href), ...children, ...site.informationResponse(item, href), ...outside]);
}

/** Below the course, whatever was mounted. */
function placeOf(site: IliasSite, item: Item): Segments {
  if (item.ref === COURSE) return [];
  const parent = site.items.get(item.parent);
  return parent === undefined ? [item.title] : [...placeOf(site, parent), item.title];
}

/** The client's root, another course and another host, as if they were in a folder. */
function outsideOf(): readonly string[] {
  const props = '<d:resourcetype><d:collection/></d:resourcetype>';
  const hrefs = [
    `${PREFIX}${CLIENT}/`,
    `${PREFIX}${CLIENT}/ref_1/`,
    `${ROOT}week1/../../ref_1/`,
    'http://192.0.2.1/x/',
  ];
  return hrefs.map((href) => davResponse(href, props));
}
