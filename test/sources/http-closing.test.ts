/** Connections a server ends while the body is still waiting to be read: a reader that writes to a disk is slower. */
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http, HttpResponse } from '../../src/sources/http.ts';
import { type Answer, type Hostile, startHostile } from '../support/hostile-server.ts';

const BODY = Buffer.alloc(300_000, 'the course, ');

let server: Hostile;
let http: Http;
afterEach(async () => {
  await http.close();
  await server.stop();
});

/** An answer that is written at once; `end` then does to the connection what the case is about. */
function written(head: readonly string[], body: Uint8Array, end: (socket: Socket) => void): Answer {
  return (_request, socket) => {
    socket.write(Buffer.concat([Buffer.from(['HTTP/1.1 200 OK', ...head, '', ''].join('\r\n')), body]), () =>
      end(socket),
    );
  };
}

const finish = (socket: Socket) => void socket.end();
const reset = (socket: Socket) => void socket.resetAndDestroy();
const length = (bytes: number) => `content-length: ${bytes}`;
const CLOSE = 'connection: close';
const chunked = (last: string) =>
  Buffer.concat([Buffer.from(`${BODY.length.toString(16)}\r\n`), BODY, Buffer.from(`\r\n${last}`)]);

async function ask(answer: Answer): Promise<HttpResponse> {
  server = await startHostile({ '/a': answer });
  http = createHttp({ allowPrivateAddresses: true, limits: { tries: 1 } });
  const request = { method: 'GET', url: `${server.origin}/a`, purpose: 'content', maxBytes: 1_000_000 } as const;
  return http.send(request, new AbortController().signal);
}

/** Waits for the server to be done, or for as long as the client's full buffers keep it from being done. */
const untilEnded = () => wait(120);

async function read(response: HttpResponse, between = 0): Promise<number> {
  let total = 0;
  for await (const chunk of response.body) {
    total += chunk.length;
    await wait(between);
  }
  return total;
}

async function codeOf(step: Promise<unknown>): Promise<unknown> {
  return step.catch((error: unknown) => (error instanceof F2gitError ? error.code : error));
}

describe('a body whose connection ends while nobody reads', () => {
  it.each<[string, readonly string[], Uint8Array]>([
    ['of an announced length', [length(BODY.length), CLOSE], BODY],
    ['of 64 kB', [length(65_536), CLOSE], BODY.subarray(0, 65_536)],
    ['of an announced length on a connection that was to stay', [length(BODY.length)], BODY],
    ['that ends with its connection', [CLOSE], BODY],
    ['in chunks', ['transfer-encoding: chunked', CLOSE], chunked('0\r\n\r\n')],
  ])('arrives whole %s', async (_name, head, body) => {
    const response = await ask(written(head, body, finish));
    await untilEnded();
    expect(await read(response)).toBe(body.length === 65_536 ? 65_536 : BODY.length);
  });

  it('arrives whole at a reader that is slow all the time', async () => {
    const response = await ask(written([length(BODY.length), CLOSE], BODY, finish));
    expect(await read(response, 10)).toBe(BODY.length);
  });

  it.each<[string, readonly string[], Uint8Array, (socket: Socket) => void]>([
    ['that lacks bytes', [length(BODY.length + 1), CLOSE], BODY, finish],
    ['that lacks bytes, on a connection that was to stay', [length(BODY.length + 1)], BODY, finish],
    ['without its last chunk', ['transfer-encoding: chunked', CLOSE], chunked(''), finish],
    ['that is reset', [length(BODY.length + 1), CLOSE], BODY, reset],
    ['of unknown length that is reset', [CLOSE], BODY, reset],
  ])('is truncated when it is one %s', async (_name, head, body, end) => {
    const response = await ask(written(head, body, end));
    await untilEnded();
    expect(await codeOf(read(response))).toBe('source-truncated');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['ended', finish],
    ['reset', reset],
  ])('can be given up in every way when it was %s', async (_name, end) => {
    for (const giveUp of [
      (response: HttpResponse) => response.discard(),
      () => http.close(),
      async (response: HttpResponse) => {
        for await (const chunk of response.body) if (chunk.length > 0) break;
      },
    ]) {
      const response = await ask(written([length(BODY.length), CLOSE], BODY, end));
      await untilEnded();
      // A body that was reset may be gone before it is given up.
      expect([undefined, 'source-truncated']).toContain(await codeOf(giveUp(response)));
      await http.close();
      expect(await Promise.race([untilClosed(), wait(2000, 'still open')])).toBe('closed');
      await server.stop();
    }
  });

  it('ends the reading with the reason when it is cancelled', async () => {
    server = await startHostile({ '/a': written([length(BODY.length), CLOSE], BODY, finish) });
    http = createHttp({ allowPrivateAddresses: true });
    const controller = new AbortController();
    const request = { method: 'GET', url: `${server.origin}/a`, purpose: 'content', maxBytes: 1_000_000 } as const;
    const response = await http.send(request, controller.signal);
    await untilEnded();
    controller.abort();
    expect(await codeOf(read(response))).toBe('cancelled');
  });
});

async function untilClosed(): Promise<string> {
  while (server.open() > 0) await wait(5);
  return 'closed';
}
