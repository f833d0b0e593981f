/** A course on a WebDAV server that keeps to RFC 4918, with the troubles the conformance suite asks for. */
import { createHash } from 'node:crypto';
import { webdavAdapter } from '../../../src/sources/webdav/index.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type Course, type Fault, faults, type Harness, type Segments } from '../harness.ts';
import { CourseTree, type TreeFile, type TreeFolder } from './course-tree.ts';
import { type Answer, type Door, WebServer } from './web-server.ts';

const OWN_ROOT = '/dav/kurs/';

const impossible = {
  hide: 'WebDAV lists what the signed-in user may see and knows no hidden items',
  show: 'WebDAV lists what the signed-in user may see and knows no hidden items',
  schedule: 'WebDAV has no times of release',
  putTwin: 'two files of one folder cannot share a name',
  makeExecutable: 'WebDAV transports no executable bit',
} as const;

export const webdavHarness: Harness = {
  adapter: webdavAdapter,
  start: () => startWebdavCourse(),
  folder: 'src/sources/webdav',
  requiredKeys: ['url'],
  impossible,
};

interface Variant {
  /** Folders have ids, and entity tags that change with everything below them, as those of Nextcloud do. */
  readonly isCloud?: boolean;
  /** The key of a public link of Nextcloud; nobody signs in. */
  readonly share?: string;
  /** Signs people in by Digest (RFC 7616, MD5) instead of Basic. */
  readonly isDigest?: boolean;
}

export async function startWebdavCourse(variant: Variant = {}): Promise<Course & { readonly server: WebServer }> {
  const { isCloud = false, share, isDigest = false } = variant;
  const root = share === undefined ? OWN_ROOT : `/public.php/dav/files/${share}/`;
  const tree = new CourseTree();
  const locked = new Set<string>();
  const server: WebServer = await WebServer.start(
    (method, path) => respond({ server, tree, locked, isCloud, root }, method, path),
    share !== undefined ? { isOpenTo: () => true } : isDigest ? digestDoor(() => server) : {},
  );
  const { put, overwrite, remove, makeFolder, rename, move, touch, overwriteUnseen } = tree.driver();
  return {
    server,
    raw: { type: 'webdav', url: server.origin + (share === undefined ? root : `/s/${share}`) },
    ...(share === undefined ? { credentials: { user: server.user, password: new Secret(server.password) } } : {}),
    origins: server.origins,
    driver: {
      ...{ put, overwrite, remove, makeFolder, rename, move, touch, overwriteUnseen },
      lock: (segments) => {
        locked.add(segments.join('/'));
        return Promise.resolve();
      },
      refuses: (name) => /[/\0]/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > 255,
    },
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

/** Every request must answer the one challenge there is. */
function digestDoor(server: () => WebServer): Partial<Door> {
  const challenge = 'realm="course", nonce="4711", qop="auth", algorithm=MD5';
  return {
    isOpenTo: (_path, { authorization = '' }) => {
      const part = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
      const { user, password } = server();
      const own = md5(`${user}:course:${password}`);
      // Of the method and the address only the client's own word is taken: nobody changes them on the way here.
      const proofs = ['PROPFIND', 'GET'].map((method) => md5(`${method}:${part('uri')}`));
      const answers = proofs.map((proof) => md5([own, '4711', part('nc'), part('cnonce'), 'auth', proof].join(':')));
      return answers.includes(part('response'));
    },
    refusal: { status: 401, headers: { 'www-authenticate': `Digest ${challenge}` } },
  };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

interface World {
  readonly server: WebServer;
  readonly tree: CourseTree;
  readonly locked: ReadonlySet<string>;
  readonly isCloud: boolean;
  readonly root: string;
}

function respond(world: World, method: string, path: string): Answer {
  const { tree, locked, root } = world;
  if (!path.startsWith(root)) return { status: 404 };
  const segments = segmentsOf(path.slice(root.length));
  if (segments === undefined) return { status: 400 };
  const key = segments.join('/');
  const node = tree.find(segments);
  if (node === undefined) return { status: 404 };
  if (method === 'PROPFIND') return listing(world, node, segments);
  if (method !== 'GET') return { status: 405 };
  if (node.kind === 'folder') return { status: 403 };
  if (locked.has(key)) return { status: 403 };
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', ...validators(node) },
    body: node.bytes,
    file: key,
  };
}

/** Undefined when the path is no address. */
function segmentsOf(path: string): Segments | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    // Somebody changed it on its way.
    return undefined;
  }
}

function listing(world: World, node: TreeFile | TreeFolder, segments: Segments): Answer {
  const { server, tree, root } = world;
  const key = segments.join('/');
  const isAt = (fault: Fault) => server.fault(fault) === key && node.kind === 'folder';
  if (isAt('forbidden-folder')) return { status: 403 };
  if (isAt('page-fails')) return { status: 500 };
  changeBetween(server, tree);
  const children = node.kind === 'folder' ? [...node.children] : [];
  if (server.fault('other-order') !== undefined) children.reverse();
  const unparsable = server.fault('unparsable-item');
  const responses = [
    responseOf(world, segments, node),
    ...children.map(([name, child]) => {
      const path = [...segments, name];
      return path.join('/') === unparsable ? unparsableOf(root, path) : responseOf(world, path, child);
    }),
    ...(isAt('outside-link') ? outside(root) : []),
  ];
  const body = `<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">${responses.join('')}</D:multistatus>`;
  return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, body: Buffer.from(body) };
}

/** After the first answer, the file of the fault is gone. */
function changeBetween(server: WebServer, tree: CourseTree): void {
  const path = server.fault('changes-between-pages');
  if (path === undefined) return;
  const segments = path.split('/');
  const folder = tree.find(segments.slice(0, -1));
  if (folder?.kind === 'folder') folder.children.delete(segments.at(-1) ?? '');
}

function responseOf({ root, isCloud }: World, segments: Segments, node: TreeFile | TreeFolder): string {
  const href =
    root + segments.map(encodeURIComponent).join('/') + (node.kind === 'folder' && segments.length > 0 ? '/' : '');
  if (node.kind === 'folder') {
    return response(href, `<D:resourcetype><D:collection/></D:resourcetype>${isCloud ? cloudProps(node) : ''}`);
  }
  const { etag, 'last-modified': modified } = validators(node);
  const length = String(node.bytes.length);
  return response(
    href,
    `<D:resourcetype/><D:getcontentlength>${length}</D:getcontentlength><D:getetag>${etag}</D:getetag>` +
      `<D:getlastmodified>${modified}</D:getlastmodified>`,
  );
}

function cloudProps(folder: TreeFolder): string {
  const below = JSON.stringify([...folder.children], (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  const etag = createHash('sha1').update(below).digest('hex');
  return (
    `<D:getetag>"${etag}"</D:getetag><oc:fileid xmlns:oc="http://owncloud.org/ns">7</oc:fileid>` +
    '<oc:permissions xmlns:oc="http://owncloud.org/ns">RDNVCK</oc:permissions>'
  );
}

function unparsableOf(root: string, segments: Segments): string {
  return `<D:response><D:href>${root}${segments.map(encodeURIComponent).join('/')}</D:href></D:response>`;
}

/** The folder above, a folder beside the course and another host, as if they were in it. */
function outside(root: string): readonly string[] {
  const props = '<D:resourcetype><D:collection/></D:resourcetype>';
  return ['/dav/', '/dav/other/', `${root}week1/../../other/`, 'http://192.0.2.1/dav/'].map((href) =>
    response(href, props),
  );
}

function response(href: string, props: string): string {
  return (
    `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${props}</D:prop>` +
    '<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>'
  );
}

/** As Apache does: date and size. */
function validators({ bytes, modified }: TreeFile): { readonly etag: string; readonly 'last-modified': string } {
  return {
    etag: `"${bytes.length.toString(16)}-${modified.getTime().toString(16)}"`,
    'last-modified': modified.toUTCString(),
  };
}
