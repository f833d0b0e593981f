/**
 * Reads a WebDAV `multistatus` document (RFC 4918, 14.16) while it arrives. Names are matched by namespace, never by
 * prefix. Anything that is no well-formed multistatus is refused: a login page must not look like an empty folder.
 */
import { TextDecoder } from 'node:util';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { F2gitError } from '../../errors.ts';

/** The properties f2git asks for, as the server wrote them; a property it does not have is absent. */
export interface DavProps {
  readonly isCollection?: boolean;
  readonly length?: string;
  readonly modified?: string;
  readonly etag?: string;
  readonly displayName?: string;
  /** ownCloud family: a number that lives as long as the file. */
  readonly fileId?: string;
  /** ownCloud family: letters such as `S` (shared) and `M` (mounted from elsewhere). */
  readonly permissions?: string;
  /** Nextcloud: empty for the user's own storage, else `external`, `group`, `shared`. */
  readonly mountType?: string;
}

/** One `response` element. */
export interface DavResponse {
  readonly href: string;
  /** Status of the response itself; absent when it has propstats. */
  readonly status?: number;
  readonly hasPropstat: boolean;
  /** Status of the first propstat that is not a success. */
  readonly failure?: number;
  /** The properties of all successful propstats; absent when there was none. */
  readonly props?: DavProps;
}

export interface MultistatusParser {
  write(chunk: Uint8Array): void;
  /** Ends the document. @throws {F2gitError} `source-invalid` when it is not a complete multistatus. */
  end(): readonly DavResponse[];
}

/** A multistatus has six. The parser looks for namespaces in all elements around each: it takes the square of the depth. */
const MAX_ELEMENT_DEPTH = 100;

/** A text in one has some hundred bytes. The parser holds it until its end. */
const MOST_TEXT_BYTES = 256 * 1024;
const LESS = 0x3c;
/** The detail of `too-large`. */
export const TOO_MUCH = 'more than is held in memory at once';

const DAV = 'DAV:';
const OWNCLOUD = 'http://owncloud.org/ns';
const NEXTCLOUD = 'http://nextcloud.org/ns';

/** Elements whose text is wanted, by namespace and local name. */
const textElements: ReadonlyMap<string, keyof Pending['found'] | 'href' | 'status'> = new Map([
  [`${DAV} href`, 'href'],
  [`${DAV} status`, 'status'],
  [`${DAV} getcontentlength`, 'length'],
  [`${DAV} getlastmodified`, 'modified'],
  [`${DAV} getetag`, 'etag'],
  [`${DAV} displayname`, 'displayName'],
  [`${OWNCLOUD} fileid`, 'fileId'],
  [`${OWNCLOUD} permissions`, 'permissions'],
  [`${NEXTCLOUD} mount-type`, 'mountType'],
]);

interface Pending {
  found: { -readonly [Key in keyof DavProps]: DavProps[Key] };
  status: number | undefined;
}

interface OpenResponse {
  href: string | undefined;
  status: number | undefined;
  failure: number | undefined;
  hasPropstat: boolean;
  props: DavProps | undefined;
}

/** Makes a parser for one document. `write` throws as `end` does, as soon as the fault is seen, and `too-large`. */
export function multistatusParser(): MultistatusParser {
  const reader = new MultistatusReader();
  const xml = new SaxesParser({ xmlns: true, position: false });
  xml.on('doctype', () => {
    throw invalid('the answer has a document type declaration');
  });
  xml.on('error', (error) => {
    throw invalid('the answer is not well-formed XML', error);
  });
  xml.on('opentag', (tag) => reader.open(tag));
  xml.on('closetag', () => reader.close());
  xml.on('text', (text) => reader.text(text));
  xml.on('cdata', (text) => reader.text(text));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sinceTag = 0;
  return {
    write: (chunk) => {
      const tag = chunk.lastIndexOf(LESS);
      sinceTag = tag < 0 ? sinceTag + chunk.length : chunk.length - tag;
      if (sinceTag > MOST_TEXT_BYTES) throw new F2gitError('too-large', { params: { detail: TOO_MUCH } });
      xml.write(decode(decoder, chunk));
    },
    end: () => {
      xml.write(decode(decoder));
      xml.close();
      return reader.finish();
    },
  };
}

/** Parses a whole document. @throws {F2gitError} `source-invalid` */
export function parseMultistatus(chunks: Iterable<Uint8Array>): readonly DavResponse[] {
  const parser = multistatusParser();
  for (const chunk of chunks) parser.write(chunk);
  return parser.end();
}

/** Follows the elements by depth: multistatus (1) · response (2) · href, status, propstat (3) · prop, status (4) · … */
class MultistatusReader {
  readonly #responses: DavResponse[] = [];
  readonly #path: string[] = [];
  #response: OpenResponse | undefined;
  #propstat: Pending | undefined;
  #text: string | undefined;

  open(tag: SaxesTagNS): void {
    const name = `${tag.uri} ${tag.local}`;
    this.#path.push(name);
    const depth = this.#path.length;
    if (depth > MAX_ELEMENT_DEPTH) throw invalid('its elements lie too deep in each other');
    if (depth === 1 && name !== `${DAV} multistatus`)
      throw invalid(`the answer is a <${tag.local}>, not a multistatus`);
    if (depth === 2 && name === `${DAV} response`) this.#response = newResponse();
    if (depth === 3 && name === `${DAV} propstat`) this.#openPropstat();
    if (this.#isCollectionMark(name, depth) && this.#propstat !== undefined) this.#propstat.found.isCollection = true;
    const isWanted = (depth === 3 || depth === 4 || depth === 5) && textElements.has(name);
    this.#text = isWanted ? '' : undefined;
  }

  text(text: string): void {
    if (this.#text !== undefined) this.#text += text;
  }

  close(): void {
    const name = this.#path.at(-1) ?? '';
    const depth = this.#path.length;
    this.#path.pop();
    const key = textElements.get(name);
    if (key !== undefined && this.#text !== undefined) this.#keep(key, this.#text.trim(), depth);
    this.#text = undefined;
    if (depth === 3 && name === `${DAV} propstat`) this.#closePropstat();
    if (depth === 2 && name === `${DAV} response`) this.#closeResponse();
  }

  finish(): readonly DavResponse[] {
    return this.#responses;
  }

  #isCollectionMark(name: string, depth: number): boolean {
    return depth === 6 && name === `${DAV} collection` && this.#path[4] === `${DAV} resourcetype`;
  }

  #openPropstat(): void {
    if (this.#response !== undefined) this.#response.hasPropstat = true;
    this.#propstat = { found: {}, status: undefined };
  }

  #keep(key: keyof DavProps | 'href' | 'status', text: string, depth: number): void {
    const response = this.#response;
    if (response === undefined) return;
    if (key === 'href') {
      if (depth === 3) response.href = text;
    } else if (key === 'status') {
      if (depth === 3) response.status = statusOf(text);
      else if (depth === 4 && this.#propstat !== undefined) this.#propstat.status = statusOf(text);
    } else if (depth === 5 && key !== 'isCollection' && this.#propstat !== undefined) {
      this.#propstat.found[key] = text;
    }
  }

  #closePropstat(): void {
    const [response, propstat] = [this.#response, this.#propstat];
    this.#propstat = undefined;
    if (response === undefined || propstat === undefined) return;
    const status = propstat.status ?? 0;
    if (status >= 200 && status < 300) response.props = { ...response.props, ...propstat.found };
    else response.failure ??= status;
  }

  #closeResponse(): void {
    const response = this.#response;
    this.#response = undefined;
    if (response?.href === undefined || response.href === '') throw invalid('a response has no href');
    this.#responses.push({
      href: response.href,
      hasPropstat: response.hasPropstat,
      ...(response.status === undefined ? {} : { status: response.status }),
      ...(response.failure === undefined ? {} : { failure: response.failure }),
      ...(response.props === undefined ? {} : { props: response.props }),
    });
  }
}

function newResponse(): OpenResponse {
  return { href: undefined, status: undefined, failure: undefined, hasPropstat: false, props: undefined };
}

/** `HTTP/1.1 404 Not Found` → 404; 0 when it is no status line. */
function statusOf(line: string): number {
  const code = /^HTTP\/[\d.]+\s+(\d{3})\b/i.exec(line)?.[1];
  return code === undefined ? 0 : Number(code);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw invalid('the answer is not valid UTF-8', error);
  }
}

function invalid(detail: string, cause?: unknown): F2gitError {
  return new F2gitError('source-invalid', { params: { detail }, ...(cause === undefined ? {} : { cause }) });
}
