/** The SOAP interface of the site: the functions f2git calls, with the words and quirks of the recorded exchanges. */
import { secretWord } from '../../support/secret-words.ts';
import { CLIENT, html, type IliasSite, type Item } from './ilias-site.ts';
import type { Answer } from './web-server.ts';

export interface SoapSettings {
  readonly user: string;
  readonly password: string;
}

/** The account's own number. */
const USER_ID = '282';

export class IliasSoap {
  isOff = false;
  isStaff = false;
  /** Sign-ins that were refused: each counts against the account. */
  refused = 0;
  /** What `login` says instead of a session. */
  refusal: string | undefined;
  /** Titles come in the wrong order, one has none, one object lies nowhere. */
  readonly oddities = { isReversed: false, untitled: undefined as Item | undefined, hasOrphan: false };
  readonly calls: string[] = [];
  readonly #site: IliasSite;
  readonly #settings: SoapSettings;
  readonly #sessions = new Set<string>();

  constructor(site: IliasSite, settings: SoapSettings) {
    this.#site = site;
    this.#settings = settings;
  }

  endSessions(): void {
    this.#sessions.clear();
  }

  get open(): number {
    return this.#sessions.size;
  }

  answer(body: string): Answer {
    const [, method = '', inside = ''] = /<ilu:(\w+) [^>]*>(.*)<\/ilu:\1>/s.exec(body) ?? [];
    const parts = [...inside.matchAll(/<(\w+) xsi:type="[^"]*"[^>]*>(.*?)<\/\1>/gs)];
    const given = new Map(parts.map(([, name = '', value = '']) => [name, unescape(value)]));
    this.calls.push(method);
    if (method === 'login') return this.#login(given);
    if (method === 'getInstallationInfoXML') {
      return result(method, 'xml', `${HEAD}<Installation version="9.7 2025-02-12" path="x"></Installation>`);
    }
    const sid = given.get('sid') ?? '';
    if (!sid.endsWith(`::${CLIENT}`))
      return html(200, 'Fatal Error: ilInitialisation::initClientIniFile called without CLIENT_ID.');
    if (!this.#sessions.has(sid)) return fault('Client', 'Session invalid');
    if (method === 'logout') {
      this.#sessions.delete(sid);
      return result(method, 'success', 'true');
    }
    if (this.isOff) return fault('Server', 'SOAP is not enabled in ILIAS administration for this client');
    return this.#call(method, given);
  }

  #login(given: ReadonlyMap<string, string>): Answer {
    const { user, password } = this.#settings;
    const isRight =
      given.get('client') === CLIENT && given.get('username') === user && given.get('password') === password;
    if (!isRight || this.refusal !== undefined) {
      this.refused += 1;
      return fault('Server', this.refusal ?? 'err_wrong_login');
    }
    const sid = `${secretWord('a session of ILIAS by SOAP')}::${CLIENT}`;
    this.#sessions.add(sid);
    return result('login', 'sid', sid);
  }

  #call(method: string, given: ReadonlyMap<string, string>): Answer {
    // Whoever asks as somebody else is shown what that one is shown.
    const isOwn = given.get('user_id') === USER_ID;
    switch (method) {
      case 'getUserIdBySid':
        return result(method, 'usr_id', USER_ID);
      case 'getXMLTree': {
        const root = this.#site.items.get(Number(given.get('ref_id')));
        const items = root === undefined || root.isLocked ? [] : this.#below(root, isOwn);
        if (this.oddities.isReversed) items.reverse();
        const orphan = this.oddities.hasOrphan ? [objectXml(orphanOf(this.#site), [], undefined)] : [];
        const objects = items.map((item) => objectXml(item, [], this.oddities.untitled));
        return result(method, 'object_xml', objectsXml([...objects, ...orphan]));
      }
      case 'getObjectByReference': {
        const item = this.#site.items.get(Number(given.get('reference_id')));
        if (item === undefined)
          return fault('Client', `Object with ID ${given.get('reference_id') ?? ''} has been deleted.`);
        const operations = ['visible', 'read', ...(this.isStaff ? ['write'] : [])];
        return result(method, 'object_xml', objectsXml([objectXml(item, operations, undefined)]));
      }
      case 'getFileXML':
        return this.#file(given.get('ref_id') ?? '', given.get('attachment_mode') === '1');
      default:
        return fault('Server', `Procedure '${method}' not present`);
    }
  }

  #below(root: Item, isOwn: boolean): Item[] {
    const children = isOwn
      ? this.#site.childrenOf(root.ref)
      : [...this.#site.items.values()].filter(({ parent }) => parent === root.ref);
    return [root, ...children.filter((one) => !one.isLocked).flatMap((child) => this.#below(child, isOwn))];
  }

  #file(ref: string, hasContent: boolean): Answer {
    const item = this.#site.items.get(Number(ref));
    if (item === undefined) return fault('Client', `Object with ID ${ref} has been deleted.`);
    if (item.isLocked || item.isHidden) return fault('Server', `No permission to edit the object with id: ${ref}`);
    const version = String(item.version);
    const old = hasContent && item.version > 1 ? `<Version version="1" mode="PLAIN">b2xk</Version>` : '';
    const content = hasContent ? Buffer.from(item.bytes).toString('base64') : '';
    return result(
      'getFileXML',
      'filexml',
      `${HEAD}<File version="${version}" size="${String(item.bytes.length)}"><Title>${escape(item.title)}</Title>` +
        `<Versions><Version version="${version}" mode="PLAIN">${content}</Version>${old}</Versions></File>`,
    );
  }
}

const HEAD =
  '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE Objects PUBLIC "-//ILIAS//DTD//EN" "https://ilias.example/xml/x.dtd"><!--Export-->';

function orphanOf(site: IliasSite): Item {
  const [any] = site.items.values();
  if (any === undefined) throw new Error('an ILIAS without objects');
  return { ...any, ref: 9001, parent: 9000, type: 'file', title: 'elsewhere.txt' };
}

function objectsXml(objects: readonly string[]): string {
  return `${HEAD}<Objects>${objects.join('')}</Objects>`;
}

function objectXml(item: Item, operations: readonly string[], untitled: Item | undefined): string {
  const title = item === untitled ? '' : `<Title>${escape(item.title)}</Title>`;
  // A time of day without a zone: here Berlin's, in winter.
  const updated = new Date(item.modified.getTime() + 3600_000).toISOString().slice(0, 19).replace('T', ' ');
  const suffix = item.extension ?? /\.([^.]+)$/.exec(item.title)?.[1] ?? '';
  const properties =
    item.type === 'file'
      ? `<Properties><Property name="fileSize">${String(item.bytes.length)}</Property>` +
        `<Property name="fileExtension">${escape(suffix)}</Property>` +
        `<Property name="fileVersion">${String(item.version)}</Property></Properties>`
      : '';
  const { from, until } = item.window ?? {};
  const seconds = (date: Date | undefined) => String((date?.getTime() ?? 0) / 1000);
  const target =
    item.window === undefined
      ? '<TimeTarget type="0"><Timing starting_time="1795374110" ending_time="1795374110" visibility="0"/></TimeTarget>'
      : `<TimeTarget type="1"><Timing starting_time="${seconds(from)}" ending_time="${seconds(until)}" visibility="0"/></TimeTarget>`;
  const granted = operations.map((one) => `<Operation>${one}</Operation>`).join('');
  return (
    `<Object type="${item.type}" obj_id="${String(item.ref + 200)}">${title}<Description></Description>` +
    `<LastUpdate>${updated}</LastUpdate>${properties}<References ref_id="${String(item.ref)}" ` +
    `parent_id="${String(item.parent)}" accessInfo="granted">${target}${granted}</References></Object>`
  );
}

function result(method: string, name: string, text: string): Answer {
  return envelope(
    200,
    `<ns1:${method}Response xmlns:ns1="urn:ilUserAdministration"><${name} xsi:type="xsd:string">${escape(text)}</${name}></ns1:${method}Response>`,
  );
}

function fault(code: string, text: string): Answer {
  return envelope(
    500,
    `<SOAP-ENV:Fault><faultcode>SOAP-ENV:${code}</faultcode><faultstring>${escape(text)}</faultstring></SOAP-ENV:Fault>`,
  );
}

function envelope(status: number, content: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><SOAP-ENV:Body>${content}</SOAP-ENV:Body></SOAP-ENV:Envelope>\n`;
  return { status, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: Buffer.from(body) };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
