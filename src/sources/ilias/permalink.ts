/**
 * The content of a file by its permalink, in a session as a browser has it: for files WebDAV cannot give and SOAP should
 * not. From ILIAS 8 on, WebDAV reads a file into the server's memory first; the permalink does not.
 */
import type { Secret } from '../../core/secret.ts';
import { F2gitError } from '../../errors.ts';
import { type CookieJar, createCookieJar } from '../cookies.ts';
import { downloadBody, maxBytesFor } from '../download.ts';
import type { Http, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import type { Body } from '../source.ts';
import { type LoginForm, loginFormIn } from './login-form.ts';
import type { SoapFile } from './soap-tree.ts';

export interface WebAccount {
  readonly site: string;
  readonly client: string;
  readonly user: string;
  readonly password: Secret;
}

/** A page of ILIAS. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

export class Permalinks {
  readonly #http: Http;
  readonly #account: WebAccount;
  readonly #cookies: CookieJar;
  #signedIn: Promise<void> | undefined;

  constructor(http: Http, account: WebAccount) {
    this.#http = http;
    this.#account = account;
    this.#cookies = createCookieJar(account.site);
  }

  /**
   * Reads `file`; undefined when no permalink gives it.
   * @throws {F2gitError} `source-login` when the form does not accept the account, which is tried once; `source-changed`,
   * `source-truncated`; what `Http.send` throws
   */
  async read(file: SoapFile, signal: AbortSignal): Promise<Body | undefined> {
    this.#signedIn ??= this.#signIn(signal);
    await this.#signedIn;
    const { site, client } = this.#account;
    const name = file.segments.at(-1) ?? '';
    const expected = { name, size: file.size };
    // Up to 9, and from 10 on.
    const links = [
      `goto.php?target=file_${file.ref}_download&client_id=${encodeURIComponent(client)}`,
      `goto.php/file/${file.ref}/download?client_id=${encodeURIComponent(client)}`,
    ];
    for (const link of links) {
      const response = await this.#get(site + link, 'content', maxBytesFor(expected), signal);
      // Who may not, and what is not there, is led to a page.
      const isFile = response.status === 200 && response.headers['content-disposition'] !== undefined;
      if (isFile) return downloadBody(response, expected);
      await response.discard();
    }
    return undefined;
  }

  /** A refused sign-in counts against the account, and may lock it for good. */
  #signIn(signal: AbortSignal): Promise<void> {
    const { site, client, user, password } = this.#account;
    const attempt = async (): Promise<void> => {
      const url = `${site}login.php?client_id=${encodeURIComponent(client)}&cmd=force_login`;
      const page = await this.#get(url, 'listing', MAX_PAGE_BYTES, signal);
      const form = loginFormIn(await page.text(), page.url);
      const isOwn = form !== undefined && new URL(form.action).origin === new URL(site).origin;
      if (!isOwn) throw this.#refusal('source-invalid', 'its sign-in page has no form for user and password');
      const answer = await this.#post(form, signal);
      if (loginFormIn(await answer.text(), answer.url) === undefined) return;
      throw this.#refusal('source-login', 'the sign-in page of ILIAS does not accept user and password');
    };
    return this.#http.signIn({ url: site, auth: { kind: 'password', user, password } }, attempt, signal);
  }

  #get(url: string, purpose: 'listing' | 'content', maxBytes: number, signal: AbortSignal): Promise<HttpResponse> {
    return this.#http.send({ method: 'GET', url, purpose, maxBytes, cookies: this.#cookies }, signal);
  }

  #post({ action, fields, user, password }: LoginForm, signal: AbortSignal): Promise<HttpResponse> {
    const body = new URLSearchParams();
    for (const [name, value] of fields) body.append(name, value);
    body.set(user, this.#account.user);
    body.set(password, this.#account.password.reveal());
    return this.#http.send(
      {
        method: 'POST',
        url: action,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
        purpose: 'listing',
        maxBytes: MAX_PAGE_BYTES,
        cookies: this.#cookies,
        once: true,
        isForm: true,
      },
      signal,
    );
  }

  #refusal(code: 'source-invalid' | 'source-login', detail: string): F2gitError {
    return new F2gitError(code, { params: { address: safeAddress(this.#account.site), detail } });
  }
}
