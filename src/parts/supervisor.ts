/**
 * The server in three parts, for homes that several people share a machine for: the front, the keeper, and here the
 * launcher, which alone has the rights to start something under a student's account. A part that ends is started again;
 * when that does not help, the server ends.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config, Listen } from '../config.ts';
import { elapsed } from '../core/elapsed.ts';
import type { Log } from '../core/log.ts';
import { F2gitError, systemErrorName } from '../errors.ts';
import type { RunningServer } from '../server.ts';
import { openLauncher } from './launcher.ts';
import { sendHub, type FrontOrder, type KeeperOrder, type PartName } from './orders.ts';
import { startPart, type RunningPart } from './part.ts';
import { openRuntimeFolder, type RuntimeFolder } from './runtime-folder.ts';
import { newWatchword } from './watchword.ts';
import { accountsOf, type Accounts, type ServiceAccount } from './accounts.ts';

export interface SupervisedServer extends RunningServer {
  /** Rejects when a part ended again and again. */
  readonly failed: Promise<never>;
}

export interface SupervisorOptions {
  readonly log: Log;
  readonly environment: NodeJS.ProcessEnv;
  /** The folder with `agent.js` and `server-part.js`. */
  readonly programFolder: string;
  /** Where sockets of parts lie; default `/run`. */
  readonly runtime?: string;
}

const RESTART_MS = 500;
/** A part that ends more often than so in a minute will not be mended by starting it again. */
const MOST_ENDS = 5;
const MINUTE_MS = 60_000;
/** The files being written are finished, the last answers given. */
const STOP_MS = 15_000;

/** @throws {F2gitError} `config-invalid` without accounts to run under; as the parts' own start; nothing runs then */
export async function startInParts(config: Config, options: SupervisorOptions): Promise<SupervisedServer> {
  const accounts = await accountsOf(config);
  prepareData(config.data, accounts.keeper);
  const folder = openRuntimeFolder(options.runtime ?? '/run', accounts);
  const supervisor = new Supervisor(config, accounts, folder, options);
  try {
    return await supervisor.start();
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** Root makes the folder, so that it may lie where only root can make one; what is there already has its owner. */
function prepareData(data: string, { uid, gid }: ServiceAccount): void {
  try {
    if (fs.existsSync(data)) return;
    fs.mkdirSync(dirname(data), { recursive: true });
    fs.mkdirSync(data, { mode: 0o700 });
    fs.lchownSync(data, uid, gid);
  } catch (error) {
    const params = { folder: data, reason: systemErrorName(error) ?? 'unknown' };
    throw new F2gitError('data-refused', { params, cause: error });
  }
}

class Supervisor {
  readonly #config: Config;
  readonly #accounts: Accounts;
  readonly #folder: RuntimeFolder;
  readonly #options: SupervisorOptions;
  readonly #parts = new Map<PartName, RunningPart>();
  readonly #ends: number[] = [];
  #listen: Listen;
  readonly #key = randomBytes(32).toString('base64');
  readonly #frontWord = newWatchword();
  readonly #launcherWord = newWatchword();
  readonly #failed: Promise<never>;
  #fail: (error: F2gitError) => void = () => undefined;
  #launcher: { close(): Promise<void> } | undefined;
  #isStopping = false;
  #linksKey: string | undefined;

  constructor(config: Config, accounts: Accounts, folder: RuntimeFolder, options: SupervisorOptions) {
    this.#config = config;
    this.#listen = config.listen;
    this.#accounts = accounts;
    this.#folder = folder;
    this.#options = options;
    this.#failed = new Promise((_resolve, reject) => (this.#fail = reject));
    this.#failed.catch(() => undefined);
  }

  async start(): Promise<SupervisedServer> {
    const { keeper, front } = this.#accounts;
    this.#launcher = await openLauncher({
      path: this.#folder.launcher,
      word: this.#launcherWord,
      program: join(this.#options.programFolder, 'agent.js'),
      reserved: new Set([keeper.uid, front.uid]),
      log: this.#options.log,
    });
    this.#linksKey = (await this.#begin('keeper')).begun.linksKey;
    const { url } = (await this.#begin('front')).begun;
    this.#listen = keptPort(this.#config.listen, url);
    return { url, failed: this.#failed, close: () => this.stop() };
  }

  /** The front last: it hands on what the keeper tells those who wait for a run. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const name of ['keeper', 'front'] as const) await this.#end(name);
    await this.#launcher?.close();
    this.#folder.remove();
  }

  async #end(name: PartName): Promise<void> {
    const part = this.#parts.get(name);
    if (part === undefined) return;
    part.stop();
    const isGone = await Promise.race([part.gone.then(() => true), elapsed(STOP_MS).then(() => false)]);
    if (!isGone) part.kill();
    await part.gone;
  }

  async #begin(name: PartName): Promise<RunningPart> {
    const part = await startPart({
      name,
      program: join(this.#options.programFolder, 'server-part.js'),
      account: this.#accounts[name],
      withGroups: name === 'keeper',
      environment: environmentOf(name, this.#accounts[name], this.#options.environment),
      order: name === 'keeper' ? this.#keeperOrder() : this.#frontOrder(),
    });
    this.#parts.set(name, part);
    void part.gone.then((end) => this.#mend(name, end));
    return part;
  }

  async #mend(name: PartName, end: { readonly code: number | null; readonly signal: string | null }): Promise<void> {
    if (this.#isStopping) return;
    this.#options.log('error', 'part of the server ended', { part: name, ...end });
    const now = performance.now();
    this.#ends.push(now);
    if (this.#ends.filter((at) => now - at < MINUTE_MS).length > MOST_ENDS) {
      this.#fail(new F2gitError('part-failed', { cause: new Error(`the ${name} ended again and again`) }));
      return;
    }
    await elapsed(RESTART_MS);
    await this.#beginAgain(name);
  }

  async #beginAgain(name: PartName): Promise<void> {
    if (this.#isStopping) return;
    try {
      await this.#begin(name);
    } catch (error) {
      await this.#mend(name, { code: null, signal: String(error) });
    }
  }

  #keeperOrder(): KeeperOrder {
    const { file = '', prefix } = this.#config;
    const { keeper: socket, launcher } = this.#folder;
    const words = { frontWord: this.#frontWord, launcherWord: this.#launcherWord };
    return { file, text: fs.readFileSync(file, 'utf8'), prefix, socket, launcher, ...words };
  }

  #frontOrder(): FrontOrder {
    const { prefix, publicUrl, language, accounts, hub } = this.#config;
    return {
      listen: this.#listen,
      prefix,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      language,
      accounts,
      ...(hub === undefined ? {} : { hub: sendHub(hub) }),
      ...(this.#linksKey === undefined ? {} : { linksKey: this.#linksKey }),
      key: this.#key,
      keeper: this.#folder.keeper,
      word: this.#frontWord,
    };
  }
}

/** A front that is started again is where people know it to be, also where any free port would do at first. */
function keptPort(listen: Listen, url: string): Listen {
  return listen.kind === 'port' && listen.port === 0 ? { ...listen, port: Number(new URL(url).port) } : listen;
}

/** The keeper may have secrets in its environment (`password_env`); the front has none but what is sent to it. */
function environmentOf(
  name: PartName,
  { home, name: user }: ServiceAccount,
  all: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const own = { HOME: home, USER: user, LOGNAME: user };
  if (name === 'keeper') return { ...all, ...own };
  const plain = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'NODE_EXTRA_CA_CERTS'];
  return { ...Object.fromEntries(plain.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]]))), ...own };
}
