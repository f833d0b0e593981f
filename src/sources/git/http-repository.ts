/** A repository behind a web address: its advertisement, its packs, and the mirror they go into. */
import { F2gitError } from '../../errors.ts';
import type { HttpAuth, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import type { Credentials, SourceContext } from '../source.ts';
import { type Advertisement, parseAdvertisement } from './advertisement.ts';
import { Mirror } from './mirror.ts';
import { BrokenObject } from './object-store.ts';
import type { Tip } from './refs.ts';
import type { GitRepository } from './repository.ts';
import { ServerRefused, type Wanted } from './upload-pack.ts';

/** A repository with 500,000 refs says less than this. Bytes. */
const MAX_ADVERTISEMENT_BYTES = 64 * 1024 * 1024;
/** What one answer may bring: more than any course that is kept in git. Bytes. */
export const MAX_PACK_BYTES = 4 * 1024 ** 3;
/** A user name that GitHub, GitLab, Gitea and Azure DevOps take with any token. */
const TOKEN_USER = 'oauth2';

/** Opens the repository at `url`; nothing is sent before `refs`. @throws {F2gitError} `credentials-invalid` */
export function openHttpRepository(url: string, context: SourceContext): GitRepository {
  const mirror = new Mirror(context.cacheDir);
  const wire = new Wire(url, context);
  const bring = async (wanted: Wanted, signal: AbortSignal): Promise<void> => {
    const uploadPack = (body: string) => wire.uploadPack(body, signal);
    const fetch = () => mirror.fetch(wanted, uploadPack, signal);
    const again = (error: unknown): Promise<void> => {
      // An answer that is written as it comes cannot be asked for again by who sends requests.
      if (isCut(error)) return fetch();
      if (!isDamage(error) || mirror.isEmpty) throw error;
      // What came may be whole, and what it builds on is not.
      mirror.discard();
      return fetch();
    };
    await fetch()
      .catch(again)
      .catch((error: unknown) => {
        throw wire.fetchFailure(error);
      });
  };
  const fetch = async (tip: Tip, signal: AbortSignal): Promise<boolean> => {
    const advertisement = wire.advertisement;
    if (advertisement === undefined) throw new F2gitError('bug', { params: { detail: 'fetch before refs' } });
    try {
      await bring({ advertisement, tips: [tip.oid], depth: 1 }, signal);
    } catch (error) {
      if (!(error instanceof WantRefused)) throw error;
      if (tip.named) throw new F2gitError('source-changed', { params: { address: safeAddress(url) }, cause: error });
      // Many servers give a commit that no ref names only with the history of one that does.
      await bring({ advertisement, tips: advertisement.tips, depth: 'all' }, signal);
    }
    return mirror.has(tip.oid);
  };
  return {
    get objects() {
      return mirror.objects;
    },
    refs: async (signal) => (await wire.advertise(signal)).refs,
    obtain: async (tip, signal) => mirror.has(tip.oid) || fetch(tip, signal),
    confirm: (tip) => {
      mirror.record(tip);
      return Promise.resolve();
    },
    repair: (tip, signal) => {
      mirror.discard();
      return fetch(tip, signal);
    },
    distrust: () => mirror.discard(),
    close: () => mirror.close(),
  };
}

/** The server does not give the object asked for. */
class WantRefused extends Error {}

function isCut(error: unknown): boolean {
  return error instanceof F2gitError && error.code === 'source-truncated';
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

  /** Asks for objects, and gives the answer as it comes. */
  async uploadPack(body: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
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
        maxBytes: MAX_PACK_BYTES,
      },
      signal,
    );
    if (response.status !== 200) throw await this.#refusal(response);
    return response.body;
  }

  /** What it means that a fetch failed. */
  fetchFailure(error: unknown): unknown {
    if (error instanceof ServerRefused) {
      if (/not our ref|unadvertised|not valid/i.test(error.message)) return new WantRefused(error.message);
      return this.#error('source-invalid', { detail: error.message.slice(0, 200) }, error);
    }
    if (!isDamage(error)) return error;
    return this.#error('source-invalid', { detail: 'what came of the repository is damaged or cut off' }, error);
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
    if (status === 401) return this.#error('source-login', { status, detail: refusedSignIn(this.#auth) });
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

/** An answer, or a mirror it builds on, that is not as git writes it. */
function isDamage(error: unknown): boolean {
  const isZlib = error instanceof Error && 'code' in error && /^Z_|^ERR_BUFFER_TOO_LARGE$/.test(String(error.code));
  return isZlib || error instanceof RangeError || error instanceof BrokenObject;
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
