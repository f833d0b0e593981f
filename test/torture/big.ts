/**
 * One file of many gigabytes on its way from a source through the hidden repository into a home: how much memory, how
 * much disk and how many bytes of network that takes, and whether every byte arrives.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spawnSync } from 'node:child_process';
import { ended, start, type Program } from './program.ts';
import { tableOf } from './table.ts';

export interface BigOptions {
  readonly program: Program;
  /** On a disk with room for four times the file. */
  readonly folder: string;
  /** Bytes of the file. */
  readonly size: number;
}

export interface BigReport {
  readonly text: string;
  readonly isGood: boolean;
}

/** No process may ever hold more, in MB. */
const MOST_MEMORY = 300;
/** Beside the home, the content is kept once; packs and state add a little. */
const MOST_DISK = 1.05;
const BLOCK = 4 * 1024 * 1024;

interface Step {
  readonly name: string;
  readonly seconds: number;
  /** Peak of resident memory, in MB. */
  readonly memory: number;
  /** Bytes kept beside the home, as a multiple of the file. */
  readonly disk: number;
  readonly wrong: readonly string[];
}

/** Takes the file through a folder, a change of it, and a WebDAV server that breaks off again and again. */
export async function big({ program, folder, size }: BigOptions): Promise<BigReport> {
  const course = join(folder, 'course');
  mkdirSync(course);
  const file = join(course, 'big.bin');
  await writeNoise(file, size);
  const pull = async (name: string, source: string, to: string): Promise<Step> => {
    const began = Date.now();
    const child = start(program, ['pull', source, to], folder);
    const memory = watchMemory(child.pid ?? 0);
    const { status, stderr } = await ended(child);
    const seconds = (Date.now() - began) / 1000;
    const peak = memory.stop();
    const disk = bytesIn(join(folder, to, '.f2git')) / size;
    const wrong = [
      ...(status === 0 ? [] : [`ended with ${status}: ${stderr}`]),
      ...((await digestOf(file)) === (await digestOf(join(folder, to, 'big.bin'))) ? [] : ['other bytes arrived']),
      ...(peak < MOST_MEMORY ? [] : [`${peak} MB of memory`]),
    ];
    return { name, seconds, memory: peak, disk, wrong };
  };
  const first = await pull('from a folder', './course', 'w');
  const again = await pull('unchanged', './course', 'w');
  rmSync(join(folder, 'w'), { recursive: true });
  const dav = await startCutting(course, 'big.bin');
  const cut = await pull('WebDAV, cut off', `webdav+http://127.0.0.1:${dav.port}/`, 'v');
  const sent = dav.sent() / size;
  await dav.stop();
  const steps = [
    { ...first, wrong: [...first.wrong, ...(first.disk < MOST_DISK ? [] : ['kept more than once'])] },
    again,
    { ...cut, wrong: [...cut.wrong, ...(sent < MOST_DISK ? [] : [`${sent.toFixed(2)} times the file was sent`])] },
  ];
  return { text: textOf(steps, size, sent), isGood: steps.every(({ wrong }) => wrong.length === 0) };
}

function textOf(steps: readonly Step[], size: number, sent: number): string {
  const rows = steps.map(({ name, seconds, memory, disk, wrong }) => ({
    name,
    figures: [seconds.toFixed(1), String(memory), disk.toFixed(2), wrong.join('; ') || 'nothing'],
  }));
  const head = [`${(size / 1e9).toFixed(1)} GB`, 'seconds', 'MB of memory', 'kept beside the home', 'wrong'];
  return `${tableOf(head, rows, false)}\nthe server that cuts off sent ${sent.toFixed(3)} of the file's bytes`;
}

/** Bytes nobody can compress, no two blocks of them alike. */
async function writeNoise(path: string, size: number): Promise<void> {
  const block = randomBytes(BLOCK);
  function* blocks(): Generator<Buffer> {
    for (let done = 0; done < size; done += BLOCK) {
      block.writeUInt32LE(done / BLOCK, 0);
      yield Buffer.from(block.subarray(0, Math.min(BLOCK, size - done)));
    }
  }
  await pipeline(Readable.from(blocks()), createWriteStream(path));
}

async function digestOf(path: string): Promise<string> {
  if (!existsSync(path)) return 'nothing';
  const hash = createHash('sha1');
  for await (const chunk of createReadStream(path, { highWaterMark: BLOCK })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The kernel keeps the peak; it is asked for as long as the process is there. */
function watchMemory(pid: number): { stop(): number } {
  let peak = 0;
  const look = (): void => {
    const status = `/proc/${pid}/status`;
    const text = existsSync(status) ? readFileSync(status, 'utf8') : '';
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0));
  };
  const timer = setInterval(look, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round(peak / 1024);
    },
  };
}

function bytesIn(folder: string): number {
  const { stdout } = spawnSync('du', ['-sB1', folder], { encoding: 'utf8' });
  return Number(/^\d+/.exec(stdout)?.[0] ?? 0);
}

/** A WebDAV server of one file that ends every answer before its end, but gives the rest of it to who asks. */
async function startCutting(folder: string, name: string) {
  const path = join(folder, name);
  const { size } = statSync(path);
  let sent = 0;
  const server: Server = createServer((request, response) => {
    if (request.method === 'PROPFIND') answerListing(response, request.url === '/', name, size);
    else void answerPart(request, response, path, size, (bytes) => (sent += bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const ETAG = '"big"';

function answerListing(response: ServerResponse, isFolder: boolean, name: string, size: number): void {
  const entry = (href: string, type: string, more: string): string =>
    `<d:response><d:href>${href}</d:href><d:propstat><d:prop><d:resourcetype>${type}</d:resourcetype>${more}</d:prop>` +
    '<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>';
  const file = `<d:getcontentlength>${size}</d:getcontentlength><d:getetag>${ETAG}</d:getetag>`;
  const folder = isFolder ? entry('/', '<d:collection/>', '') : '';
  const listing = `${folder}${entry(`/${name}`, '', file)}`;
  response.writeHead(207, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${listing}</d:multistatus>`);
}

/** Five answers are needed for the whole. */
async function answerPart(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  size: number,
  count: (bytes: number) => void,
): Promise<void> {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = from === 0 ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` };
  response.writeHead(from === 0 ? 200 : 206, { etag: ETAG, 'content-length': size - from, ...part });
  const end = Math.min(size, from + Math.ceil(size / 5)) - 1;
  for await (const chunk of createReadStream(path, { start: from, end, highWaterMark: 64 * 1024 })) {
    count((chunk as Buffer).length);
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
  }
  if (end === size - 1) response.end();
  else response.socket?.end();
}
