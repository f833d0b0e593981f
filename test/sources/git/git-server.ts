/** Real git behind a small web server, which can be told to misbehave; and repositories made by hand or by git. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_ALLOW_PROTOCOL: 'file:http',
  LC_ALL: 'C',
};

export const hasGit = spawnSync('git', ['--version']).status === 0;

/** Runs git in `folder` and gives what it printed, without the final line end. Throws when it fails. */
export function git(folder: string, ...args: readonly string[]): string {
  return gitWith(folder, '', ...args);
}

/** As `git`, with something on its standard input. */
export function gitWith(folder: string, input: string | Uint8Array, ...args: readonly string[]): string {
  return gitOutput(folder, input, ...args)
    .toString()
    .trimEnd();
}

/** As `gitWith`, for what is no text. */
export function gitOutput(folder: string, input: string | Uint8Array, ...args: readonly string[]): Buffer {
  const result = spawnSync('git', ['-C', folder, ...args], { env: ENVIRONMENT, input, maxBuffer: 1e9 });
  if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr.toString()}`);
  return result.stdout;
}

/** Answers a request instead of git; gives false to let git answer. */
export type Trouble = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface GitServer {
  readonly origin: string;
  trouble: Trouble | undefined;
  /** As `trouble`, and before it. */
  interfere: Trouble | undefined;
  /** Runs before git answers. */
  before: (() => void) | undefined;
  /** `GET /x`, `POST /y`, … in the order they came. */
  readonly requests: string[];
  readonly authorizations: (string | undefined)[];
  /** Changes what git answers. */
  rewrite: ((body: Buffer, url: string) => Buffer) | undefined;
  connections(): number;
  stop(): Promise<void>;
}

/** Serves all repositories below `root` on a free loopback port. `config` is given to git as `-c`. */
export async function startGitServer(root: string, config: readonly string[] = []): Promise<GitServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    state.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    state.authorizations.push(request.headers.authorization);
    if (state.interfere?.(request, response) === true || state.trouble?.(request, response) === true) return;
    state.before?.();
    answerWithGit(root, config, state, request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: GitServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: undefined,
    interfere: undefined,
    before: undefined,
    requests: [],
    authorizations: [],
    rewrite: undefined,
    connections: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}

function answerWithGit(
  root: string,
  config: readonly string[],
  state: GitServer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', [...config.flatMap((pair) => ['-c', pair]), 'http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdout.on('end', () => {
    const whole = Buffer.concat(chunks);
    const headEnd = whole.indexOf('\r\n\r\n');
    for (const line of whole.toString('latin1', 0, Math.max(0, headEnd)).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') response.statusCode = Number.parseInt(value);
      else if (name !== '') response.setHeader(name, value);
    }
    const body = whole.subarray(headEnd + 4);
    response.end(state.rewrite === undefined ? body : state.rewrite(body, request.url ?? ''));
  });
}
