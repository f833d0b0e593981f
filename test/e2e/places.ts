/** The places a lecturer keeps a course in, as real servers: each can be changed as the lecturer would. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { git, startGitServer } from '../sources/git/git-server.ts';
import { startWebdavServer } from '../support/webdav-servers.ts';
import { writeZip } from '../support/zip-writer.ts';
import { scratchFolder, writeFiles } from './support.ts';

export interface Place {
  /** What goes into the configuration after `source:`. */
  readonly source: string;
  /** The lecturer puts these files there, over what there is. */
  put(files: Readonly<Record<string, string>>): Promise<void> | void;
  stop(): Promise<void> | void;
}

export const places: Readonly<Record<string, (files: Readonly<Record<string, string>>) => Promise<Place>>> = {
  'a folder': async (files) => {
    const folder = scratchFolder('folder');
    writeFiles(folder, files);
    return Promise.resolve({ source: folder, put: (more) => writeFiles(folder, more), stop: () => remove(folder) });
  },
  'an Apache WebDAV server': async (files) => {
    const folder = scratchFolder('webdav');
    writeFiles(folder, files);
    const server = await startWebdavServer('apache', folder);
    return {
      source: `webdav+${server.url}`,
      put: (more) => writeFiles(folder, more),
      stop: async () => {
        await server.stop();
        remove(folder);
      },
    };
  },
  'a ZIP address': async (files) => {
    const folder = scratchFolder('zip');
    writeFiles(folder, files);
    const server = await serveAsZip(folder);
    return { source: `${server.address}course.zip`, put: (more) => writeFiles(folder, more), stop: server.stop };
  },
  'a git remote': async (files) => {
    const root = scratchFolder('git');
    const work = join(root, 'work');
    mkdirSync(work);
    git(work, 'init', '-q', '-b', 'main');
    const commit = (more: Readonly<Record<string, string>>): void => {
      writeFiles(work, more);
      git(work, 'add', '-A');
      git(work, '-c', 'user.name=Prof', '-c', 'user.email=prof@localhost', 'commit', '-qm', 'course');
      rmSync(join(root, 'course.git'), { recursive: true, force: true });
      git(root, 'clone', '-q', '--bare', work, 'course.git');
    };
    commit(files);
    const server = await startGitServer(root);
    return {
      source: `git+${server.origin}/course.git`,
      put: commit,
      stop: async () => {
        await server.stop();
        remove(root);
      },
    };
  },
};

/** Serves a folder as one archive, made anew at each request, with an ETag of its content. */
async function serveAsZip(folder: string): Promise<{ address: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const archive = writeZip(
      filesBelow(folder).map((path) => ({ name: path, bytes: readFileSync(join(folder, path)) })),
    );
    const tag = `"${createHash('sha1').update(archive).digest('hex')}"`;
    response.setHeader('ETag', tag);
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/zip', 'Content-Length': archive.length }).end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
      remove(folder);
    },
  };
}

/** Paths of all files below `folder`, sorted; without the state f2git keeps in a workspace. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.f2git/') && !path.startsWith('.git/'))
    .sort();
}

/** What every file below `folder` holds. */
export function contentsBelow(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(filesBelow(folder).map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
