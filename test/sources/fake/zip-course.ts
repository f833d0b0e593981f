/** A course in a ZIP archive that a web server packs anew for every request, as download scripts do. */
import { Secret } from '../../../src/core/secret.ts';
import { zipAdapter } from '../../../src/sources/zip/index.ts';
import { writeZip, type ZipItem } from '../../support/zip-writer.ts';
import { type Course, type Fault, faults, type Harness } from '../harness.ts';
import { CourseTree, type TreeFolder } from './course-tree.ts';
import { type Answer, WebServer } from './web-server.ts';

const oneRequest = 'the archive comes in one answer: there is no later part that could fail on its own';
const noRequest = 'content is read from the archive that the listing downloaded: nothing is requested for it';

const impossible = {
  'page-fails': oneRequest,
  'changes-between-pages': oneRequest,
  'forbidden-folder': 'an archive has no permissions',
  hide: 'an archive has no hidden items',
  show: 'an archive has no hidden items',
  schedule: 'an archive has no times of release',
  lock: 'an archive has no permissions',
  putTwin: 'of several items with the very same name unpackers take the last one, and so does f2git',
  ...Object.fromEntries(
    faults.filter((fault) => /^(content|throttled|fails)-/.test(fault)).map((fault) => [fault, noRequest]),
  ),
};

export const zipHarness: Harness = {
  adapter: zipAdapter,
  start: () => startZipCourse(),
  folder: 'src/sources/zip',
  requiredKeys: ['url'],
  impossible,
};

/** `key`: whoever asks with this in the address need not sign in. */
export async function startZipCourse(key?: string): Promise<Course & { readonly server: WebServer }> {
  const tree = new CourseTree();
  const answer = (method: string, path: string, query: string): Answer => {
    if (method !== 'GET') return { status: 403 };
    if (path !== '/download' || (key !== undefined && !query.includes(key))) return { status: 404 };
    const headers = { 'content-type': 'application/octet-stream' };
    return { status: 200, headers, body: writeZip(itemsOf(server, tree)), file: '' };
  };
  const server: WebServer = await WebServer.start(
    (method, path, _headers, query) => answer(method, path, query),
    key === undefined ? {} : { isOpenTo: () => true },
  );
  const possible = faults.filter((fault) => !(fault in impossible));
  return {
    server,
    raw: {
      ...{ type: 'zip', strip_top_folder: false },
      url: `${server.origin}/download?course=1${key === undefined ? '' : `&token=${key}`}`,
    },
    ...(key === undefined ? { credentials: { user: server.user, password: new Secret(server.password) } } : {}),
    origins: server.origins,
    driver: { ...tree.driver(), refuses: (name) => /[/\\]/.test(name) },
    faults: Object.fromEntries(possible.map((fault) => [fault, server.trouble(fault)])),
    calm: () => server.calm(),
    seen: {
      parallel: () => server.mostDownloads,
      connections: () => server.connections,
      credentialsElsewhere: () => server.credentialsElsewhere,
      requests: () => server.requests,
      asked: () => server.asked,
    },
    stop: () => server.stop(),
  };
}

function itemsOf(server: WebServer, tree: CourseTree): readonly ZipItem[] {
  const isOn = (fault: Fault) => server.fault(fault) !== undefined;
  const items: ZipItem[] = [...foldersOf(tree.root)];
  for (const [segments, { bytes, executable }] of tree.files()) {
    const name = segments.join('/');
    const isLink = server.fault('unparsable-item') === name;
    // A large file of one letter would look like a bomb.
    const method = bytes.length > 1_000_000 ? 'stored' : 'deflated';
    items.push({ name, bytes, method, mode: isLink ? 0o120777 : executable ? 0o100755 : 0o100644 });
  }
  if (isOn('outside-link')) {
    for (const name of ['../evil.txt', 'week1/../../evil.txt', '/etc/evil.txt', 'C:\\evil.txt']) items.push({ name });
  }
  return isOn('other-order') ? items.reverse() : items;
}

function* foldersOf(folder: TreeFolder, above = ''): Generator<ZipItem> {
  for (const [name, node] of folder.children) {
    if (node.kind !== 'folder') continue;
    yield { name: `${above}${name}/`, method: 'stored', mode: 0o040755 };
    yield* foldersOf(node, `${above}${name}/`);
  }
}
