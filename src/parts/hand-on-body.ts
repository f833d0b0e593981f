/** How the body of a request gets from the front to the keeper. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';

/** What a form or a program's question has at most; longer are only those of git clients. Bytes. */
const SHORT_BYTES = 64 * 1024;

/** The beginning of a body: all of it, where it is short. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** Reads until the body ends or is long; what follows stays unread. Undefined when the client left meanwhile. */
export function startOf(request: IncomingMessage): Promise<BodyStart | undefined> {
  if (request.destroyed) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const finish = (start: BodyStart | undefined): void => {
      request.pause();
      request.off('data', take).off('end', end).off('close', leave);
      resolve(start);
    };
    const end = (): void => finish({ bytes: Buffer.concat(pieces), isWhole: true });
    const leave = (): void => finish(undefined);
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      length += piece.length;
      if (length > SHORT_BYTES) finish({ bytes: Buffer.concat(pieces), isWhole: false });
    };
    request.on('data', take).on('end', end).on('close', leave);
  });
}

/**
 * Sends the body to the keeper. A short one goes in one piece with its headers: the keeper answers and closes as soon as it
 * has all, and whatever is written after that, even nothing, would lose its answer.
 */
export function sendBody({ bytes, isWhole }: BodyStart, request: IncomingMessage, inner: ClientRequest): void {
  if (isWhole) {
    inner.end(bytes);
    return;
  }
  inner.write(bytes);
  pipeline(request, inner, (error) => {
    if (error) inner.destroy();
  });
}
