/** Calls of ILIAS' SOAP interface in one session, which is signed in at the first and out at the end. */
import type { Secret } from '../../core/secret.ts';
import { type ErrorCode, F2gitError } from '../../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import { envelopeOf, readEnvelope, type SoapAnswer, type SoapArgument } from './soap-xml.ts';

/** Where and as whom ILIAS is asked. */
export interface SoapAccount {
  readonly site: string;
  readonly client: string;
  readonly user: string;
  readonly password: Secret;
}

/** Up to 9, and from 10 on. */
const ENDPOINTS = ['webservice/soap/server.php', 'soap/server.php'];

/** A course of 10,000 objects has about 12 MB; a small file comes with all its versions. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export class Soap {
  readonly #http: Http;
  readonly #account: SoapAccount;
  #endpoint: string | undefined;
  #session: Promise<string> | undefined;
  #isRenewed = false;

  constructor(http: Http, account: SoapAccount) {
    this.#http = http;
    this.#account = account;
  }

  /**
   * Calls a function with the session and `parameters`, and gives its result. A session that has ended is begun anew once.
   * @throws {F2gitError} `source-login` when ILIAS refuses to sign the account in, which is never tried twice;
   * `source-forbidden`, `source-gone`, `source-invalid` for other faults; what `Http.send` throws
   */
  async call(method: string, parameters: readonly SoapArgument[], signal: AbortSignal): Promise<string> {
    this.#session ??= this.#signIn(signal);
    const sid = { name: 'sid', type: 'string', value: await this.#session } as const;
    const answer = await this.#ask(method, [sid, ...parameters], signal);
    if (answer.kind === 'result') return answer.text;
    if (answer.text !== 'Session invalid' || this.#isRenewed) throw this.#failure(answer.text);
    this.#isRenewed = true;
    this.#session = undefined;
    return this.call(method, parameters, signal);
  }

  /** Calls a function that wants no session. @throws {F2gitError} as `call` */
  async callOpen(method: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#ask(method, [], signal);
    if (answer.kind === 'fault') throw this.#failure(answer.text);
    return answer.text;
  }

  /** Ends the session, if there is one. */
  async signOut(signal: AbortSignal): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    try {
      await this.#ask('logout', [{ name: 'sid', type: 'string', value: await session }], signal);
    } catch {
      // What could not be ended ends by itself within ILIAS' time for sessions.
    }
  }

  /** A refused sign-in counts against the account, and may lock it for good. */
  #signIn(signal: AbortSignal): Promise<string> {
    const { site, client, user, password } = this.#account;
    const attempt = async (): Promise<string> => {
      const answer = await this.#ask(
        'login',
        [
          { name: 'client', type: 'string', value: client },
          { name: 'username', type: 'string', value: user },
          { name: 'password', type: 'string', value: password.reveal() },
        ],
        signal,
      );
      if (answer.kind === 'fault') throw this.#error('source-login', refusalOf(answer.text));
      // Without its client behind `::`, ILIAS does not know it again.
      if (answer.text.endsWith(`::${client}`)) return answer.text;
      throw this.#error('source-invalid', 'no session came back');
    };
    return this.#http.signIn({ url: site, auth: { kind: 'password', user, password } }, attempt, signal);
  }

  async #ask(method: string, parameters: readonly SoapArgument[], signal: AbortSignal): Promise<SoapAnswer> {
    const endpoints = this.#endpoint === undefined ? ENDPOINTS : [this.#endpoint];
    for (const endpoint of endpoints) {
      const response = await this.#send(endpoint, method, parameters, signal);
      if (response.status === 404) {
        await response.discard();
        continue;
      }
      if (response.status !== 200 && response.status !== 500) throw await this.#refusal(response);
      this.#endpoint = endpoint;
      const text = await response.text();
      // What PHP or a maintenance page says is no XML.
      if (!text.trimStart().startsWith('<?xml')) throw this.#error('source-invalid', 'the answer is no SOAP envelope');
      return readEnvelope(text);
    }
    throw this.#error('source-not-found', SOAP_IS_MISSING);
  }

  #send(
    endpoint: string,
    method: string,
    parameters: readonly SoapArgument[],
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const { site, client } = this.#account;
    return this.#http.send(
      {
        method: 'POST',
        url: `${site}${endpoint}?client_id=${encodeURIComponent(client)}`,
        headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"urn:ilUserAdministration#${method}"` },
        body: envelopeOf(method, parameters),
        purpose: 'listing',
        maxBytes: MAX_ANSWER_BYTES,
        answerSign: /<(?:[\w-]+:)?Fault>/,
        ...(method === 'login' || method === 'logout' ? { once: true } : {}),
      },
      signal,
    );
  }

  async #refusal(response: HttpResponse): Promise<F2gitError> {
    await response.discard();
    const { status } = response;
    const code = status === 401 ? 'source-login' : status === 403 ? 'source-forbidden' : 'source-invalid';
    return new F2gitError(code, { params: { address: safeAddress(this.#account.site), status } });
  }

  #failure(fault: string): F2gitError {
    const meaning = meanings.find(({ says }) => says.test(fault));
    return this.#error(meaning?.code ?? 'source-invalid', meaning?.detail ?? 'ILIAS fails on this call of SOAP');
  }

  #error(code: ErrorCode, detail: string): F2gitError {
    return new F2gitError(code, { params: { address: safeAddress(this.#account.site), detail } });
  }
}

const SOAP_IS_MISSING = 'SOAP is not there: take "soap" out, or ask the administrator of ILIAS';

function refusalOf(fault: string): string {
  if (fault === 'err_inactive') return 'the account is not active';
  if (/deactivation/.test(fault)) return 'ILIAS has locked the account after too many failed sign-ins';
  return 'ILIAS does not accept user and password; those of single sign-on are none of its own';
}

const meanings: readonly { readonly says: RegExp; readonly code: ErrorCode; readonly detail: string }[] = [
  {
    says: /^SOAP is not enabled/,
    code: 'source-forbidden',
    detail: 'SOAP is switched off there: an administrator of ILIAS can switch it on, or take "soap" out',
  },
  {
    says: /^User agreement/,
    code: 'source-forbidden',
    detail: 'the account has not accepted the terms of use: sign in with it once in the browser',
  },
  { says: /^Session invalid$/, code: 'source-unreachable', detail: 'ILIAS ends every session at once' },
  {
    says: /^No permission|[Mm]issing (read )?permission/,
    code: 'source-forbidden',
    detail: 'the account may not read it',
  },
  {
    says: /has been deleted|^No .*found|does not exist|^Cannot create object/,
    code: 'source-gone',
    detail: 'it is not there any more',
  },
];
