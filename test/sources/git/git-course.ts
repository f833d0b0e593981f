/** A course in a repository that the conformance suite changes: objects are written by hand, so that any name can be. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { Secret } from '../../../src/core/secret.ts';
import { secretWord } from '../../support/secret-words.ts';
import type { Course, CourseDriver, Fault, Segments } from '../harness.ts';
import { git, type GitServer, startGitServer, type Trouble } from './git-server.ts';

type Item =
  | { readonly kind: 'blob'; name: string; oid: string; mode: string }
  | { readonly kind: 'folder'; name: string; readonly items: Item[] };

const USER = 'ada';
const PASSWORD = `canary-pässwörd-${secretWord('a password of git')}`;

/** Starts a repository behind `git http-backend` with Basic sign-in. Empty at first. */
export async function startGitCourse(): Promise<Course & { readonly server: GitServer }> {
  const root = mkdtempSync(join(tmpdir(), 'f2git-git-course-'));
  git(root, 'init', '-q', '--bare', '-b', 'main', 'course.git');
  const repository = join(root, 'course.git');
  const server = await startGitServer(root);
  const top: Item[] = [];
  let isChanged = false;
  const write = (kind: string, bytes: Buffer) => writeObject(repository, kind, bytes);
  server.before = () => {
    if (!isChanged) return;
    const author = 'Ada <ada@example.org> 1767225600 +0000';
    const commit = write(
      'commit',
      Buffer.from(`tree ${writeTree(top, write)}\nauthor ${author}\ncommitter ${author}\n\nchange\n`),
    );
    writeFileSync(join(repository, 'refs/heads/main'), `${commit}\n`);
    isChanged = false;
  };
  let password = PASSWORD;
  let trouble: Trouble | undefined;
  server.trouble = (request, response) => {
    if (trouble?.(request, response) === true) return true;
    if (request.headers.authorization === `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`)
      return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    return true;
  };
  const change =
    <Args extends readonly unknown[]>(work: (...args: Args) => void) =>
    (...args: Args): Promise<void> => {
      work(...args);
      isChanged = true;
      return Promise.resolve();
    };
  const answer =
    (status: number, body = '', headers: Record<string, string> = {}): Trouble =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  const once =
    (first: Trouble): Trouble =>
    (request, response) => {
      trouble = undefined;
      return first(request, response);
    };
  const set = (next: Trouble) => () => {
    trouble = next;
  };
  const replace = (mode: string, oid: string) =>
    change((segments: Segments) => {
      place(top, [...segments, 'link'], { kind: 'blob', name: 'link', oid, mode });
    });
  const faults: Partial<Record<Fault, (segments: Segments) => Promise<void> | void>> = {
    down: set((request) => {
      request.socket.destroy();
      return true;
    }),
    'wrong-credentials': () => {
      password = 'another';
    },
    'session-expires': set(once(answer(401, '', { 'www-authenticate': 'Basic realm="git"' }))),
    'root-missing': set(answer(404)),
    'root-forbidden': set(answer(403)),
    'html-page': set(answer(200, '<html>maintenance</html>', { 'content-type': 'text/html' })),
    'page-fails': set((request, response) => request.method === 'POST' && answer(500)(request, response)),
    'unparsable-item': change((segments: Segments) => {
      const item = find(top, segments);
      if (item?.kind === 'blob') item.mode = '170000';
    }),
    'outside-link': replace('120000', write('blob', Buffer.from('/etc/passwd'))),
    hangs: set(() => true),
    'fails-once': set(once(answer(503))),
  };
  return {
    server,
    raw: { type: 'git', url: `${server.origin}/course.git` },
    credentials: { user: USER, password: new Secret(PASSWORD) },
    driver: driverOf(top, change, (bytes) => write('blob', bytes)),
    faults,
    calm: () => {
      trouble = undefined;
      password = PASSWORD;
    },
    seen: {
      connections: () => server.connections(),
      requests: () => server.requests.length,
      asked: () => server.requests,
    },
    stop: async () => {
      await server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

type Change = <Args extends readonly unknown[]>(work: (...args: Args) => void) => (...args: Args) => Promise<void>;

function driverOf(top: Item[], change: Change, blob: (bytes: Buffer) => string): CourseDriver {
  const put = change((segments: Segments, bytes: Uint8Array) => {
    place(top, segments, { kind: 'blob', name: segments.at(-1) ?? '', oid: blob(Buffer.from(bytes)), mode: '100644' });
  });
  const move = change((segments: Segments, to: Segments) => {
    const item = take(top, segments);
    place(top, to, { ...item, name: to.at(-1) ?? '' });
  });
  return {
    put,
    overwrite: put,
    remove: change((segments: Segments) => void take(top, segments)),
    rename: (segments, name) => move(segments, [...segments.slice(0, -1), name]),
    move,
    touch: change(() => undefined),
    makeExecutable: change((segments: Segments) => {
      const item = find(top, segments);
      if (item?.kind === 'blob') item.mode = '100755';
    }),
    overwriteUnseen: put,
    putTwin: change((segments: Segments, bytes: Uint8Array) => {
      const name = segments.at(-1) ?? '';
      folderAt(top, segments.slice(0, -1)).push({ kind: 'blob', name, oid: blob(Buffer.from(bytes)), mode: '100644' });
    }),
  };
}

function folderAt(top: Item[], segments: Segments): Item[] {
  let items = top;
  for (const name of segments) {
    let item = items.find((one) => one.name === name && one.kind === 'folder');
    if (item?.kind !== 'folder') {
      item = { kind: 'folder', name, items: [] };
      items.push(item);
    }
    items = item.items;
  }
  return items;
}

function find(top: Item[], segments: Segments): Item | undefined {
  return folderAt(top, segments.slice(0, -1)).find(({ name }) => name === segments.at(-1));
}

function place(top: Item[], segments: Segments, item: Item): void {
  const items = folderAt(top, segments.slice(0, -1));
  const at = items.findIndex(({ name }) => name === item.name);
  items.splice(at < 0 ? items.length : at, at < 0 ? 0 : 1, item);
}

function take(top: Item[], segments: Segments): Item {
  const items = folderAt(top, segments.slice(0, -1));
  const [item] = items.splice(
    items.findIndex(({ name }) => name === segments.at(-1)),
    1,
  );
  if (item === undefined) throw new Error(`not there: ${segments.join('/')}`);
  return item;
}

function writeTree(items: readonly Item[], write: (kind: string, bytes: Buffer) => string): string {
  const key = ({ kind, name }: Item) => Buffer.from(kind === 'folder' ? `${name}/` : name);
  const rows = items
    .filter((item) => item.kind === 'blob' || item.items.length > 0)
    .toSorted((a, b) => key(a).compare(key(b)))
    .map((item) => {
      const [mode, oid] = item.kind === 'folder' ? ['40000', writeTree(item.items, write)] : [item.mode, item.oid];
      return Buffer.concat([Buffer.from(`${mode} ${item.name}\0`), Buffer.from(oid, 'hex')]);
    });
  return write('tree', Buffer.concat(rows));
}

function writeObject(repository: string, kind: string, bytes: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${kind} ${bytes.length}\0`), bytes]);
  const oid = createHash('sha1').update(whole).digest('hex');
  const folder = join(repository, 'objects', oid.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, oid.slice(2));
  if (!existsSync(path)) writeFileSync(path, deflateSync(whole, { level: 1 }));
  return oid;
}
