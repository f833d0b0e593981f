/** Brings an archive within reach: one conditional GET into a file without a name, or a file of this machine. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../core/make-folder.ts';
import { F2gitError } from '../../errors.ts';
import type { HttpAuth, HttpResponse } from '../http.ts';
import { safeAddress } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import type { SourceContext } from '../source.ts';
import { isPresigned } from './address.ts';
import type { Validators } from './memory.ts';

export type Download =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'archive';
      readonly file: FileHandle;
      readonly size: number;
      readonly validators: Validators;
      /** Whether versions are told apart at all; `validators` may still be none, of a version that is too young. */
      readonly isMarked: boolean;
    };

/** As much as may be unpacked. */
const MAX_ARCHIVE_BYTES = 2 * 1024 ** 3;

/** A date younger than this when it was given may cover two versions (RFC 9110, 8.8.2.2). */
const SETTLED_MS = 2000;

/**
 * Downloads the archive at `url`, unless it is the version `known` names. It is never asked for with HEAD: addresses
 * signed for GET refuse that.
 * @throws {F2gitError} `source-login` for a page to sign in, `source-forbidden`, `source-not-found`, `source-invalid`
 * for what is no archive, `too-large`, and what `Http.send` throws
 */
export async function download(
  url: string,
  context: SourceContext,
  known: Validators | undefined,
  signal: AbortSignal,
): Promise<Download> {
  const headers = conditions(known);
  const auth = authOf(url, context);
  const response = await context.http.send(
    {
      method: 'GET',
      url,
      headers,
      auth,
      purpose: 'content',
      maxBytes: MAX_ARCHIVE_BYTES,
    },
    signal,
  );
  if (response.status === 304 && Object.keys(headers).length > 0) {
    await response.discard();
    return { kind: 'unchanged' };
  }
  if (response.status !== 200) throw await refusal(response, url, auth);
  const file = await namelessFile(context.cacheDir);
  try {
    const size = await save(response, file, url);
    const { etag, 'last-modified': modified } = response.headers;
    const isMarked = etag !== undefined || modified !== undefined;
    return { kind: 'archive', file, size, validators: validatorsOf(response, context.now()), isMarked };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens the archive at `path`, unless its date and size are those `known` names.
 * @throws {F2gitError} `source-not-found`, `source-forbidden`, `source-invalid` when it is no archive
 */
export async function openFile(path: string, known: Validators | undefined, now: Date): Promise<Download> {
  const file = await open(path).catch((error: unknown) => {
    throw fileFailure(error, path);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw noArchive(path, 'it is not a file');
    const { mtime, size, ino } = stat;
    const isSettled = mtime.getTime() < now.getTime() - SETTLED_MS;
    const validators = isSettled ? { etag: `${mtime.toISOString()} ${String(size)} ${String(ino)}` } : {};
    if (known?.etag !== undefined && known.etag === validators.etag) {
      await file.close();
      return { kind: 'unchanged' };
    }
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    checkHead(head.subarray(0, bytesRead), path);
    return { kind: 'archive', file, size, validators, isMarked: true };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function conditions(known: Validators | undefined): Readonly<Record<string, string>> {
  if (known?.etag !== undefined) return { 'if-none-match': known.etag };
  return known?.modified === undefined ? {} : { 'if-modified-since': known.modified };
}

function authOf(url: string, { credentials }: SourceContext): HttpAuth {
  const { user, password, token } = credentials;
  if (isPresigned(url)) return { kind: 'none' };
  if (token !== undefined) return { kind: 'bearer', token };
  return user === undefined || password === undefined ? { kind: 'none' } : { kind: 'password', user, password };
}

function validatorsOf({ headers }: HttpResponse, now: Date): Validators {
  const { etag, 'last-modified': modified } = headers;
  const answered = Date.parse(headers['date'] ?? '');
  const age = (Number.isNaN(answered) ? now.getTime() : answered) - Date.parse(modified ?? '');
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(modified !== undefined && age >= SETTLED_MS ? { modified } : {}),
  };
}

async function save(response: HttpResponse, file: FileHandle, url: string): Promise<number> {
  let size = 0;
  let head = Buffer.alloc(0);
  for await (const chunk of response.body) {
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk]);
    if (size < HEAD_BYTES && head.length >= HEAD_BYTES) checkHead(head, safeAddress(url));
    await file.writeFile(chunk);
    size += chunk.length;
  }
  checkHead(head, safeAddress(url));
  return size;
}

/** A file that only its handle leads to: it is gone with the process, however that ends. */
async function namelessFile(folder: string): Promise<FileHandle> {
  makeFolder(folder, 0o700);
  const path = join(folder, `archive-${randomBytes(8).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

const HEAD_BYTES = 512;

/** An archive begins with a file's header, or, when it is empty, with its end record. */
function checkHead(head: Buffer, address: string): void {
  const start = head.toString('latin1', 0, 4);
  if (start === 'PK\x03\x04' || start === 'PK\x05\x06') return;
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^(<!doctype html|<html|<!--|<head|<\?xml[^>]*>\s*<(!doctype )?html)/i.test(text)) {
    const detail = 'the address shows a web page, not a ZIP archive';
    throw new F2gitError('source-login', { params: { address, detail } });
  }
  throw noArchive(address, head.length === 0 ? 'it is empty' : 'it is not a ZIP archive');
}

async function refusal(response: HttpResponse, url: string, auth: HttpAuth): Promise<F2gitError> {
  const { status } = response;
  const params = { address: safeAddress(url), status };
  const text = await beginning(response);
  // Amazon's and compatible storages say so in XML, with status 400 or 403.
  if (/<Code>(ExpiredToken|AccessDenied|RequestExpired)<\/Code>/.test(text)) {
    const isExpired = /expired/i.test(text);
    const detail = isExpired
      ? 'the address was valid for a limited time and has expired'
      : 'the storage refuses access';
    return new F2gitError('source-forbidden', { params: { ...params, detail } });
  }
  if (status === 401) return new F2gitError('source-login', { params: { ...params, detail: refusedSignIn(auth) } });
  if (status === 403) return new F2gitError('source-forbidden', { params });
  if (status === 404 || status === 410) return new F2gitError('source-not-found', { params });
  return new F2gitError('source-invalid', { params: { ...params, detail: 'no archive came back' } });
}

const BEGINNING_BYTES = 4096;

async function beginning(response: HttpResponse): Promise<string> {
  let text = '';
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length >= BEGINNING_BYTES) break;
  }
  await response.discard();
  return text;
}

function fileFailure(error: unknown, path: string): F2gitError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new F2gitError('source-not-found', { params: { address: path }, cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new F2gitError('source-forbidden', { params: { address: path }, cause: error });
  }
  return new F2gitError('source-unreachable', { params: { address: path, detail: code ?? '' }, cause: error });
}

function noArchive(address: string, detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { address, detail } });
}
