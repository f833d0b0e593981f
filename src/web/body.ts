/** The body of a request that is neither a form nor JSON, whole and within a limit. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { F2gitError } from '../errors.ts';

/** @throws {F2gitError} `request-too-large` for more than `limit` bytes, also unpacked; `usage` when it cannot be unpacked */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return collect(request, limit);
  if (!/^(x-)?gzip$/.test(encoding)) throw new F2gitError('usage', { params: { encoding: encoding.slice(0, 40) } });
  const unpacked = createGunzip();
  const [body] = await Promise.all([collect(unpacked, limit), pipeline(request, unpacked)]).catch((error: unknown) => {
    throw error instanceof F2gitError ? error : new F2gitError('usage', { cause: error });
  });
  return body;
}

async function collect(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new F2gitError('request-too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
