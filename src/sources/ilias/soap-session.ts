/**
 * One refresh of an ILIAS course by its SOAP interface: titles as people wrote them, numbers that stay, versions, and
 * times of availability, all in one answer. Contents come over WebDAV. It is loaded when the source is opened.
 */
import { type EntryId, entryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { isRemembered, rememberListing } from '../listing-memory.ts';
import { safeAddress } from '../redact.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import { type IliasConfig, iliasIdentity } from './address.ts';
import { clientAt } from './client-name.ts';
import { davServerOf, mountUrl } from './dav-session.ts';
import { Permalinks } from './permalink.ts';
import { Soap } from './soap.ts';
import { type ContentPlace, fileDocument, objectOf, readContent } from './soap-content.ts';
import { readObjects, type SoapCourse, soapCourseOf, type SoapFile } from './soap-tree.ts';
import { parseXml } from './soap-xml.ts';

/** Files asked about at once. */
const PARALLEL = 4;

/** Signing out must not hold anybody up. */
const SIGN_OUT_MS = 5000;

interface Opened {
  readonly soap: Soap;
  readonly permalinks: Permalinks;
  readonly client: string;
}

export class SoapSession implements SourceSession {
  readonly #config: IliasConfig;
  readonly #context: SourceContext;
  #opened: Promise<Opened> | undefined;
  #user = '';
  #course: SoapCourse | undefined;
  /** Whether ILIAS told what the account may do with the course. */
  #isVerified = false;
  #files: ReadonlyMap<EntryId, SoapFile> = new Map();

  constructor(config: IliasConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const { soap } = await this.#open(signal);
    const { ref } = this.#config;
    this.#user = await soap.call('getUserIdBySid', [], signal);
    await this.#refuseStaff(soap, signal);
    const parameters = [
      { name: 'ref_id', type: 'int', value: ref },
      { name: 'types', type: 'texts', value: '' },
      { name: 'user_id', type: 'int', value: this.#user },
    ] as const;
    const course = soapCourseOf(readObjects(await soap.call('getXMLTree', parameters, signal)), ref);
    if (course === undefined) throw this.#failure('source-forbidden', NO_MEMBER);
    this.#course = course;
    this.#files = new Map(course.files.map((file) => [idOf(file), file]));
    const listing: Listing = {
      kind: 'listing',
      entries: course.files.map(entryOf).sort((a, b) => (a.id < b.id ? -1 : 1)),
      problems: course.problems,
      complete: course.complete,
    };
    const memory = rememberListing(listing, iliasIdentity(this.#config));
    return isRemembered(this.#context.memory, memory) ? { kind: 'unchanged' } : { ...listing, memory };
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const file = this.#files.get(entry.id);
    if (file === undefined)
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    const { soap, permalinks, client } = await this.#open(signal);
    const url = mountUrl(this.#config.site, client, file.ref).replace(/\/$/, '');
    const place: ContentPlace = { server: davServerOf(this.#context), soap, permalinks, user: this.#user, url };
    return readContent(place, file, signal);
  }

  async withheld(ids: readonly EntryId[], signal: AbortSignal): Promise<ReadonlySet<EntryId>> {
    const { soap } = await this.#open(signal);
    const there = new Set<EntryId>();
    const waiting = ids[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (const id of waiting) if (!(await isGone(soap, id, signal))) there.add(id);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return there;
  }

  async facts(signal: AbortSignal): Promise<readonly SourceFact[]> {
    const { soap } = await this.#open(signal);
    const { version } = parseXml(await soap.callOpen('getInstallationInfoXML', signal)).attributes;
    const { user = '' } = this.#context.credentials;
    const kinds = (this.#course?.kinds ?? []).map((kind) => KINDS[kind] ?? kind);
    const withheld = (this.#course?.files ?? []).filter(({ visible }) => visible?.from?.startsWith('9999')).length;
    return [
      { code: 'platform', params: { system: 'ILIAS', ...(version === undefined ? {} : { version }) } },
      { code: 'account', params: { user } },
      ...(this.#isVerified ? [] : [{ code: 'account-unverified', level: 'warning' } as const]),
      ...(withheld === 0 ? [] : [{ code: 'items-withheld', params: { count: withheld } } as const]),
      ...(kinds.length === 0 ? [] : [{ code: 'items-not-delivered', params: { kinds: kinds.join(', ') } } as const]),
    ];
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    const found = await opened?.catch(() => undefined);
    await found?.soap.signOut(AbortSignal.timeout(SIGN_OUT_MS));
  }

  #open(signal: AbortSignal): Promise<Opened> {
    return (this.#opened ??= this.#begin(signal));
  }

  async #begin(signal: AbortSignal): Promise<Opened> {
    const { http, credentials } = this.#context;
    const { site } = this.#config;
    const { user, password } = credentials;
    if (user === undefined) throw this.#failure('source-login', 'ILIAS wants user and password');
    if (password === undefined) throw new F2gitError('credentials-invalid', { params: { part: 'password' } });
    const client = this.#config.client ?? (await clientAt(http, site, signal));
    const account = { site, client, user, password };
    return { soap: new Soap(http, account), permalinks: new Permalinks(http, account), client };
  }

  /** Who may edit the course sees what is not released, and nothing tells which of it that is. */
  async #refuseStaff(soap: Soap, signal: AbortSignal): Promise<void> {
    const { ref } = this.#config;
    const { objects } = readObjects(
      await objectOf(soap, ref, this.#user, signal).catch((error: unknown) => this.#ofCourse(error)),
    );
    const operations = objects.find((object) => object.ref === ref)?.operations ?? [];
    this.#isVerified = operations.length > 0;
    const isStaff = operations.includes('write');
    if (isStaff) throw this.#failure('source-forbidden', IS_STAFF);
  }

  #ofCourse(error: unknown): never {
    if (!(error instanceof F2gitError) || error.code !== 'source-gone') throw error;
    const detail = 'there is nothing with this number, or it was deleted';
    throw new F2gitError('source-not-found', { params: { ...error.params, detail }, cause: error });
  }

  #failure(code: 'source-forbidden' | 'source-login', detail: string): F2gitError {
    return new F2gitError(code, { params: { address: safeAddress(this.#config.site), detail } });
  }
}

const NO_MEMBER = 'the account is no member, or the course is offline or not open yet';

const IS_STAFF = 'the account may edit the course and sees what is not released: use one that is a plain member of it';

/** Objects of ILIAS that are pages of its own. */
const KINDS: Readonly<Record<string, string>> = {
  frm: 'forum',
  exc: 'exercise',
  wiki: 'wiki',
  webr: 'weblink',
  mcst: 'mediacast',
  lm: 'learning module',
  htlm: 'HTML module',
  sahs: 'SCORM module',
  glo: 'glossary',
  tst: 'test',
  svy: 'survey',
  sess: 'session',
  itgr: 'item group',
};

function idOf({ ref }: SoapFile): EntryId {
  return entryId(`ref_${ref}`);
}

function entryOf(file: SoapFile): ListedEntry {
  const { segments, stamp, size, visible } = file;
  return { id: idOf(file), segments, stamp, size, ...(visible === undefined ? {} : { visible }) };
}

/** Deleted things lie in ILIAS' trash, and it says so; whatever it does not say so of may come back. */
async function isGone(soap: Soap, id: EntryId, signal: AbortSignal): Promise<boolean> {
  const ref = /^ref_(\d+)$/.exec(id)?.[1];
  // The id of a listing over WebDAV is a path: nothing can be asked about it.
  if (ref === undefined) return false;
  try {
    await fileDocument(soap, ref, 'without content', signal);
    return false;
  } catch (error) {
    if (error instanceof F2gitError && error.code === 'source-gone') return true;
    if (error instanceof F2gitError && error.code === 'source-forbidden') return false;
    throw error;
  }
}
