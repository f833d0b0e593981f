/** `pull` by a link: a server's offer and contents over HTTP (agent/tree-document.ts), for the same agent as in a home. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Oid } from '../core/ids.ts';
import type { Contents, History, Offer } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { historyOf } from '../repo/history.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Http, HttpResponse } from '../sources/http.ts';
import { parseTreeDocument, type TreeDocument } from '../agent/tree-document.ts';
import type { Invocation } from './arguments.ts';
import type { CourseLink } from './link-address.ts';
import { prepareWorkspace } from './new-workspace.ts';
import { presentState } from './present-state.ts';
import type { PulledCourse } from './pulled-course.ts';
import type { Shell } from './shell.ts';

/** A tree of a very large course, with its history, is some tens of megabytes. */
const MAX_TREE_BYTES = 512 * 1024 * 1024;
const MAX_BLOB_BYTES = 1024 ** 4;

/** Opens the course behind `link` for the folder named on the command line, or one named after the course. */
export function openLink(link: CourseLink, invocation: Invocation, shell: Shell): PulledCourse {
  const workspace = resolve(shell.cwd, invocation.positionals[1] ?? link.course);
  presentState(workspace);
  const place = invocation.flags.has('dry-run') ? undefined : prepareWorkspace(workspace);
  const remote = openRemote(link, shell.signal);
  return {
    workspace,
    origin: { kind: 'link', link: addressOf(link) },
    ...(link.open === undefined ? {} : { open: link.open }),
    ...(link.dir === undefined ? {} : { scope: link.dir }),
    contents: remote.contents,
    offer: () => remote.offer(),
    close: async () => {
      await remote.close();
      place?.tidy();
    },
  };
}

export interface Remote {
  readonly contents: Contents;
  offer(): Promise<Offer>;
  close(): Promise<void>;
}

/** A course on a server. @throws from its methods {F2gitError} `source-…`, `course-unknown`, `object-missing` */
export function openRemote(link: CourseLink, signal: AbortSignal): Remote {
  // the person typed this very server; redirects to other private addresses stay forbidden
  const http = createHttp({ allowPrivateAddresses: false, allowedOrigins: [new URL(link.server).host] });
  const get = (path: string, maxBytes: number): Promise<HttpResponse> => request(http, link, path, maxBytes, signal);
  const readTree = async (query: string): Promise<TreeDocument> => {
    const response = await get(`api/courses/${link.course}/tree${query}`, MAX_TREE_BYTES);
    return parseTreeDocument(parseJson(await response.text()));
  };
  let history: Promise<History> | undefined;
  const contents: Contents = {
    history: () => (history ??= readTree('?history=true').then(({ history: published }) => historyOf(published ?? []))),
    read: async (oid) => {
      const body = await (await get(`api/blobs/${oid}?course=${link.course}`, MAX_BLOB_BYTES)).bytes();
      checkId(oid, blobHash(body.length).update(body).digest('hex'));
      return body;
    },
    writeTo: async (oid, fd) => {
      const response = await get(`api/blobs/${oid}?course=${link.course}`, MAX_BLOB_BYTES);
      const hash = blobHash(Number(response.headers['content-length'] ?? 0));
      for await (const chunk of response.body) {
        hash.update(chunk);
        writeAll(fd, chunk);
      }
      checkId(oid, hash.digest('hex'));
    },
  };
  return { contents, offer: async () => (await readTree('')).offer, close: () => http.close() };
}

async function request(
  http: Http,
  link: CourseLink,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const url = new URL(path, link.server);
  if (link.user !== undefined) url.searchParams.set('user', link.user);
  const purpose = path.startsWith('api/blobs') ? 'content' : 'listing';
  const headers = { accept: purpose === 'content' ? '*/*' : 'application/json' };
  const response = await http.send({ method: 'GET', url: url.href, headers, purpose, maxBytes }, signal);
  if (response.status === 200) return response;
  await response.discard();
  throw refusal(response.status, link, path);
}

function refusal(status: number, link: CourseLink, path: string): F2gitError {
  const params = { url: addressOf(link), course: link.course, status };
  if (status === 404 && path.startsWith('api/blobs')) return new F2gitError('object-missing', { params });
  if (status === 404) return new F2gitError('course-unknown', { params });
  if (status === 401 || status === 403) return new F2gitError('source-login', { params });
  return new F2gitError('source-unreachable', { params });
}

/** The link without what only concerns one click. */
function addressOf(link: CourseLink): string {
  const url = new URL(`go/${link.course}`, link.server);
  if (link.user !== undefined) url.searchParams.set('user', link.user);
  return url.href;
}

function blobHash(size: number): ReturnType<typeof createHash> {
  return createHash('sha1').update(`blob ${size}\0`);
}

function checkId(expected: Oid, actual: string): void {
  if (actual !== expected) throw new F2gitError('object-missing', { params: { object: expected } });
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new F2gitError('source-invalid', { params: { detail: 'no f2git server answers there' }, cause: error });
  }
}
