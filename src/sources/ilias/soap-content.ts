/** The content of a file whose number is known: over WebDAV, or, where that cannot give it, out of SOAP or by its permalink. */
import { F2gitError } from '../../errors.ts';
import type { DavServer } from '../dav/propfind.ts';
import { downloadBody, maxBytesFor } from '../download.ts';
import type { HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import type { Body } from '../source.ts';
import type { Permalinks } from './permalink.ts';
import type { Soap } from './soap.ts';
import { type SoapFile, readObjects, stampOf } from './soap-tree.ts';
import { childNamed, parseXml } from './soap-xml.ts';

/** A file with all its versions is one text in ILIAS' memory, and in ours. */
const MAX_SOAP_BYTES = 4 * 1024 * 1024;

export interface ContentPlace {
  readonly server: DavServer;
  readonly soap: Soap;
  readonly permalinks: Permalinks;
  /** The account's own number: it decides what is shown. */
  readonly user: string;
  /** Where the file can be mounted. */
  readonly url: string;
}

/**
 * Reads `file` in the listed version.
 * @throws {F2gitError} `source-gone`, `source-changed`, `source-login`, `source-forbidden`, `source-truncated`, …
 */
export async function readContent(place: ContentPlace, file: SoapFile, signal: AbortSignal): Promise<Body> {
  const outcome = await readMounted(place, file, signal).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) return outcome as Body;
  const isAnswer = outcome instanceof F2gitError && outcome.params['status'] !== undefined;
  const isOfWay = isAnswer && REFUSED_WAYS.has(outcome.code);
  if (!isOfWay) throw outcome;
  if (file.size <= MAX_SOAP_BYTES) return readFromSoap(place, file, signal);
  const body = await place.permalinks.read(file, signal);
  if (body === undefined) throw outcome;
  return confirmed(body, place, file, signal);
}

/** WebDAV that is switched off, titles it refuses (from 8 on), files too large for the server's memory. */
const REFUSED_WAYS: ReadonlySet<string> = new Set(['source-invalid', 'source-unreachable']);

async function readMounted(place: ContentPlace, file: SoapFile, signal: AbortSignal): Promise<Body> {
  const { server, url } = place;
  const { http, auth, headers } = server;
  const name = file.segments.at(-1) ?? '';
  const maxBytes = maxBytesFor({ name, size: file.size });
  const response = await http.send({ method: 'GET', url, headers, auth, purpose: 'content', maxBytes }, signal);
  if (response.status !== 200) throw await refusalOf(response);
  const body = await downloadBody(response, { name, size: file.size });
  return isSameMoment(response.headers['last-modified'], file.updated) ? body : confirmed(body, place, file, signal);
}

async function refusalOf(response: HttpResponse): Promise<F2gitError> {
  const { status, url } = response;
  const isPage = /html/.test(response.headers['content-type'] ?? '');
  await response.discard();
  const code =
    status === 401
      ? 'source-login'
      : status === 404 || status === 410
        ? 'source-gone'
        : status === 403 && !isPage
          ? 'source-forbidden'
          : 'source-invalid';
  return new F2gitError(code, { params: { address: safeAddress(url), status } });
}

/** SOAP tells a time of day, WebDAV the same moment in GMT: they differ by the offset of a time zone, or not at all. */
export function isSameMoment(lastModified: string | undefined, updated: string): boolean {
  const apart = Date.parse(lastModified ?? '') - Date.parse(`${updated.replace(' ', 'T')}Z`);
  return Math.abs(apart) <= 15 * HOUR_MS && apart % (HOUR_MS / 4) === 0;
}

const HOUR_MS = 60 * 60 * 1000;

/** Asks, after the last byte, whether the file still is what was listed. */
async function confirmed(body: Body, place: ContentPlace, file: SoapFile, signal: AbortSignal): Promise<Body> {
  if (body.kind === 'bytes') {
    await confirm(place, file, signal);
    return body;
  }
  const { size, stream } = body;
  const checked = async function* (): AsyncGenerator<Uint8Array, void> {
    yield* stream;
    await confirm(place, file, signal);
  };
  return { kind: 'stream', size, stream: checked() };
}

async function confirm({ soap, user }: ContentPlace, { ref, stamp }: SoapFile, signal: AbortSignal): Promise<void> {
  const { objects } = readObjects(await objectOf(soap, ref, user, signal));
  const now = objects.find((object) => object.ref === ref);
  const isListed = now?.file !== undefined && stampOf(now.file.version, now.file.size, now.updated) === stamp;
  if (!isListed) throw new F2gitError('source-changed');
}

/** The document that tells of one object. `user` decides what is shown: always the account itself. */
export function objectOf(soap: Soap, ref: string, user: string, signal: AbortSignal): Promise<string> {
  const parameters = [
    { name: 'reference_id', type: 'int', value: ref },
    { name: 'user_id', type: 'int', value: user },
  ] as const;
  return soap.call('getObjectByReference', parameters, signal);
}

async function readFromSoap({ soap }: ContentPlace, file: SoapFile, signal: AbortSignal): Promise<Body> {
  const document = parseXml(await fileDocument(soap, file.ref, 'with content', signal));
  const { version = '' } = document.attributes;
  const versions = childNamed(document, 'Versions')?.children ?? [];
  const listed = versions.find(({ attributes }) => attributes['version'] === version);
  const bytes = Buffer.from(listed?.text ?? '', 'base64');
  const [known] = JSON.parse(file.stamp) as readonly [string];
  if (version !== known || bytes.length !== file.size) throw new F2gitError('source-changed');
  return { kind: 'bytes', bytes };
}

/** The document that tells of one file, with all its versions in Base64 or without. */
export function fileDocument(
  soap: Soap,
  ref: string,
  what: 'with content' | 'without content',
  signal: AbortSignal,
): Promise<string> {
  const parameters = [
    { name: 'ref_id', type: 'int', value: ref },
    { name: 'attachment_mode', type: 'int', value: what === 'with content' ? '1' : '0' },
  ] as const;
  return soap.call('getFileXML', parameters, signal);
}
