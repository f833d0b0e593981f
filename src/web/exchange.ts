/** Reading forms and sending answers. */
import { pipeline } from 'node:stream/promises';
import { renderHtml, type Html } from './html.ts';
import type { Step } from './ports.ts';
import type { Visit } from './visit.ts';

/** The text fields of a form or a JSON object; everything else in them is ignored. */
export function readFields(visit: Visit): Readonly<Record<string, string | undefined>> {
  const body: unknown = visit.request.body;
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** Resolves, as the others here, when the connection has taken the answer or is gone. */
export function sendPage(visit: Visit, page: Html): Promise<void> {
  visit.response.type('text/html; charset=utf-8').send(renderHtml(page));
  return ended(visit);
}

export function sendJson(visit: Visit, document: unknown): Promise<void> {
  visit.response.type('application/json; charset=utf-8').send(JSON.stringify(document));
  return ended(visit);
}

/** Leads a browser on; after a form, so that reloading does not send it again. */
export function leadTo(visit: Visit, address: string): Promise<void> {
  visit.response.status(303).setHeader('Location', address);
  visit.response.type('text/plain').send('');
  return ended(visit);
}

/** Leads a browser on with what it must remember. */
export function takeStep(visit: Visit, { address, cookies }: Step): Promise<void> {
  if (cookies.length > 0) visit.response.setHeader('Set-Cookie', [...cookies]);
  return leadTo(visit, address);
}

/** An answer without a body. */
export function sendEmpty(visit: Visit, status: number): Promise<void> {
  visit.response.status(status).end();
  return ended(visit);
}

/** Ends when the client leaves before it has its answer; not when it has it, for others may wait for the same. */
export function untilLeft({ response }: Visit): AbortSignal {
  const leaving = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) leaving.abort();
  };
  if (response.closed) look();
  else response.once('close', look);
  return leaving.signal;
}

export function ended({ response }: Visit): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed) resolve();
    else response.once('close', resolve);
  });
}

/** Sends what `read` gives as the body. A client that leaves ends the reading; a failure ends the connection. */
export async function sendBytes(visit: Visit, read: () => AsyncIterable<Uint8Array>): Promise<void> {
  if (visit.request.method === 'HEAD') {
    visit.response.end();
    return ended(visit);
  }
  try {
    await pipeline(read(), visit.response);
  } catch (error) {
    if (!hasLeft(error) && !visit.response.destroyed) throw error;
  }
}

/** The reader went away in the middle, which is theirs to decide. */
function hasLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Whether `If-None-Match` names this tag, quoted, weak or in a list (RFC 9110, 13.1.2). */
export function hasTag(visit: Visit, tag: string): boolean {
  const header = visit.request.get('if-none-match');
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === `"${tag}"`);
}
