/** A repository behind a web address: its advertisement, its packs, and the mirror they go into. */
import { totalmem } from 'node:os';
import { F2gitError } from '../../errors.ts';
import type { HttpAuth, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import type { Credentials, SourceContext } from '../source.ts';
import { type Advertisement, firstPacket, parseAdvertisement } from './advertisement.ts';
import { Mirror, WantRefused } from './mirror.ts';
import type { Tip } from './refs.ts';
import type { GitRepository } from './repository.ts';

/** A repository with 500,000 refs says less than this. Bytes. */
const MAX_ADVERTISEMENT_BYTES = 64 * 1024 * 1024;
/** Larger packs take isomorphic-git minutes. Bytes. */
const MAX_PACK_BYTES = 512 * 1024 * 1024;
/** isomorphic-git takes about six times a pack's size of memory, and others need some too. */
const MEMORY_PER_PACK = 8;
/** A user name that GitHub, GitLab, Gitea and Azure DevOps take with any token. */
const TOKEN_USER = 'oauth2';

/** Opens the repository at `url`; nothing is sent before `refs`. @throws {F2gitError} `credentials-invalid` */
export function openHttpRepository(url: string, context: SourceContext): GitRepository {
  const mirror = new Mirror(context.cacheDir);
  const wire = new Wire(url, context);
  const fetch = async (tip: Tip, signal: AbortSignal): Promise<boolean> => {
    const advertisement = wire.advertisement;
    if (advertisement === undefined) throw new F2gitError('bug', { params: { detail: 'fetch before refs' } });
    const send = (body: string) => wire.uploadPack(body, signal);
    try {
      await mirror.fetch(wire.base, { advertisement, tips: [tip.oid], depth: 1 }, send);
    } catch (error) {
      if (!(error instanceof WantRefused)) throw error;
      if (tip.named) throw new F2gitError('source-changed', { params: { address: safeAddress(url) }, cause: error });
      // Many servers give a commit that no ref names only with the history of one that does.
      await mirror.fetch(wire.base, { advertisement, tips: advertisement.tips, depth: 'all' }, send);
    }
    return mirror.has(tip.oid);
  };
  return {
    get objects() {
      return mirror.objects;
    },
    refs: async (signal) => (await wire.advertise(signal)).refs,
    obtain: async (tip, signal) => mirror.has(tip.oid) || fetch(tip, signal),
    confirm: (tip) => mirror.record(tip),
    repair: (tip, signal) => {
      mirror.discard();
      return fetch(tip, signal);
    },
    distrust: () => mirror.discard(),
    close: () => mirror.close(),
  };
}

/** The largest pack to accept, in bytes, of a machine with `memory` bytes. */
export function packLimit(memory = memoryHere()): number {
  return Math.min(MAX_PACK_BYTES, Math.floor(memory / MEMORY_PER_PACK));
}

/** The machine's, or what a container may have of it. */
function memoryHere(): number {
  const allowed = process.constrainedMemory();
  return Math.min(totalmem(), allowed > 0 ? allowed : Infinity);
}

class Wire {
  readonly #context: SourceContext;
  readonly #origin: string;
  readonly #auths: readonly HttpAuth[];
  #auth: HttpAuth = { kind: 'none' };
  /** Where the repository turned out to be, after redirects. */
  base: string;
  advertisement: Advertisement | undefined;

  constructor(url: string, context: SourceContext) {
    this.#context = context;
    this.#origin = new URL(url).origin;
    this.#auths = authsOf(context.credentials);
    this.base = url;
  }

  /** Asks for all refs, in one request when the credentials fit or none are needed. */
  async advertise(signal: AbortSignal): Promise<Advertisement> {
    let response: HttpResponse | undefined;
    for (const auth of this.#auths) {
      await response?.discard();
      response = await this.#askForRefs(auth, signal);
      this.#auth = auth;
      if (response.status !== 401) break;
    }
    if (response === undefined) throw new F2gitError('bug', { params: { detail: 'no way to sign in' } });
    if (!isAdvertisement(response)) throw await this.#refusal(response);
    this.base = response.url.replace(/\/info\/refs\?.*$/, '');
    this.advertisement = await this.#parse(response);
    return this.advertisement;
  }

  /** Sends what isomorphic-git wants. @throws {WantRefused} */
  async uploadPack(body: string, signal: AbortSignal): Promise<Uint8Array> {
    const response = await this.#context.http.send(
      {
        method: 'POST',
        url: `${this.base}/git-upload-pack`,
        headers: {
          'content-type': 'application/x-git-upload-pack-request',
          accept: 'application/x-git-upload-pack-result',
        },
        body,
        // Credentials are for the configured server alone, wherever it sent us.
        auth: new URL(this.base).origin === this.#origin ? this.#auth : { kind: 'none' },
        purpose: 'content',
        maxBytes: packLimit(),
      },
      signal,
    );
    if (response.status !== 200) throw await this.#refusal(response);
    const bytes = await response.bytes().catch((error: unknown) => {
      if (!(error instanceof F2gitError) || error.code !== 'too-large') throw error;
      const detail = 'git sends all of it at once, and this machine has memory for no more';
      throw this.#error('too-large', { detail, limit: packLimit() }, error);
    });
    const answer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const said = firstPacket(answer);
    if (said?.startsWith('ERR ') !== true) return answer;
    if (/not our ref|unadvertised|not valid/i.test(said)) throw new WantRefused(said);
    throw this.#error('source-invalid', { detail: said.slice('ERR '.length, 200).trim() });
  }

  #askForRefs(auth: HttpAuth, signal: AbortSignal): Promise<HttpResponse> {
    const url = `${this.base}/info/refs?service=git-upload-pack`;
    return this.#context.http.send(
      { method: 'GET', url, auth, purpose: 'listing', maxBytes: MAX_ADVERTISEMENT_BYTES },
      signal,
    );
  }

  async #parse(response: HttpResponse): Promise<Advertisement> {
    try {
      return parseAdvertisement(await response.bytes());
    } catch (error) {
      if (error instanceof F2gitError) throw error;
      throw this.#error('source-invalid', { detail: error instanceof Error ? error.message : 'unknown answer' }, error);
    }
  }

  /** What an answer other than git's means. Forges hide private repositories behind 401 or 404. */
  async #refusal(response: HttpResponse): Promise<F2gitError> {
    const { status } = response;
    const isHtml = /html/.test(response.headers['content-type'] ?? '');
    const isLoginForm = status === 200 && isHtml && /type\s*=\s*["']?password/i.test(await response.text());
    await response.discard();
    if (isLoginForm) return this.#error('source-login', { status, detail: 'a web page came back' });
    if (status === 401) return this.#error('source-login', { status });
    if (status === 403) return this.#error('source-forbidden', { status });
    if (status === 404 || status === 410) {
      const isAnonymous = this.#auth.kind === 'none';
      const detail = isAnonymous ? 'not there, or private: then it needs credentials' : 'not there';
      return this.#error('source-not-found', { status, detail });
    }
    if (status === 200 && isHtml) return this.#error('source-unreachable', { status, detail: 'a web page came back' });
    return this.#error('source-invalid', { status, detail: 'no git repository answers at this address' });
  }

  #error(code: F2gitError['code'], params: F2gitError['params'], cause?: unknown): F2gitError {
    return new F2gitError(code, { params: { address: safeAddress(this.base), ...params }, cause });
  }
}

function isAdvertisement(response: HttpResponse): boolean {
  const type = response.headers['content-type'] ?? '';
  return response.status === 200 && type.startsWith('application/x-git-upload-pack-advertisement');
}

/** The ways to sign in, in the order to try them: a token is a password for most servers, a bearer token for others. */
function authsOf({ user, password, token }: Credentials): readonly HttpAuth[] {
  if (token !== undefined) {
    return [
      { kind: 'password', user: user ?? TOKEN_USER, password: token },
      { kind: 'bearer', token },
    ];
  }
  if (password === undefined) return [{ kind: 'none' }];
  if (user === undefined) throw new F2gitError('credentials-invalid', { params: { part: 'user', detail: 'missing' } });
  return [{ kind: 'password', user, password }];
}
