/**
 * The program that `jupyter-f2git` starts in a student's own server: `agent.js <socket> <base url of Jupyter>`. The rest is in the
 * environment, where the hub's administrator puts it: `F2GIT_SERVER`, and what the hub itself says.
 */
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import type { ServerAddress } from '../agent/http-connection.ts';
import { Secret } from '../core/secret.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { languageOf } from '../messages/language.ts';
import { assetsOf } from '../web/assets.ts';
import { listen } from '../web/http-server.ts';
import { startStudentServer } from './server.ts';

/** The pages' own files, in base64; the build puts them here, so that this is one file. */
declare const F2GIT_ASSETS: { readonly css: string; readonly js: string; readonly icon: string };

/** Our place below the Jupyter server, as the Python package names it. */
const NAME = 'f2git/';

async function main([socket, jupyter]: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  if (socket === undefined || jupyter === undefined) throw new F2gitError('usage');
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const { css, js, icon } = F2GIT_ASSETS;
  const user = environment['JUPYTERHUB_USER'] || userInfo().username;
  const running = await startStudentServer({
    socket,
    jupyter,
    prefix: `${jupyter}${NAME}`,
    home: homeIn(environment),
    user,
    language: languageOf(environment['LC_ALL'] || environment['LANG']),
    server: serverIn(environment, user),
    assets: assetsOf({ 'page.css': bytes(css), 'page.js': bytes(js), 'icon.svg': bytes(icon) }),
  });
  const stop = (): void => void running.close().then(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

/** Where Jupyter shows its files from: what it opens must be below. */
function homeIn({ F2GIT_HOME: chosen = '', JUPYTERHUB_ROOT_DIR: root = '' }: NodeJS.ProcessEnv): string {
  if (isAbsolute(chosen)) return chosen;
  return isAbsolute(root) ? root : homedir();
}

/** Without a hub, as when trying it out, the server believes whatever name it is told. */
function serverIn(environment: NodeJS.ProcessEnv, user: string): ServerAddress {
  const text = `${(environment['F2GIT_SERVER'] ?? '').replace(/\/+$/, '')}/`;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new F2gitError('config-invalid', {
      params: { key: 'F2GIT_SERVER', detail: 'must be an http or https address' },
    });
  }
  const token = environment['JUPYTERHUB_API_TOKEN'] ?? '';
  if (token === '') return { server: text, shown: text, query: { user } };
  return { server: text, shown: text, auth: { kind: 'bearer', token: new Secret(token) } };
}

/** Who clicked must learn why there is no page; what Jupyter keeps of our standard error only its owner could find. */
async function complain(error: unknown, [socket]: readonly string[], { LANG }: NodeJS.ProcessEnv): Promise<void> {
  const sentence = describeError(asF2gitError(error), languageOf(LANG));
  process.stderr.write(`f2git: ${sentence}\n`);
  if (socket === undefined) return;
  await listen({ kind: 'unix', path: socket, mode: 0o600 }, (_request, response) => {
    response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
  });
}

main(process.argv.slice(2), process.env).catch((error: unknown) => complain(error, process.argv.slice(2), process.env));
