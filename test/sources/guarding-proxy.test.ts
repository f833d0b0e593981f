/** The proxy for programs that connect by themselves. */
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createPlainServer, type Server as PlainServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import type { Lookup } from '../../src/sources/address-guard.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { GuardingProxy } from '../../src/sources/guarding-proxy.ts';
import { disguisedHosts, insideHosts, insideLookup } from '../support/inside-addresses.ts';

const ends: (() => unknown)[] = [];
let server: Server;
let connections = 0;

beforeEach(async () => {
  connections = 0;
  server = createServer((asked, response) => {
    if (asked.url === '/cut') {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
      return;
    }
    response.setHeader('x-got', JSON.stringify(asked.headers));
    response.end(`${asked.method ?? ''} ${asked.url ?? ''}`);
  });
  server.on('connection', () => (connections += 1));
  await listen(server);
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function listen(one: Server | PlainServer): Promise<void> {
  return new Promise((listening) => one.listen(0, '127.0.0.1', listening));
}

const portOf = (one: Server | PlainServer): number => (one.address() as AddressInfo).port;

async function open(own: readonly string[], lookup?: Lookup, fixed: readonly string[] = own): Promise<GuardingProxy> {
  const http = createHttp({
    allowPrivateAddresses: false,
    limits: { connectMs: 500 },
    ...(lookup === undefined ? {} : { lookup }),
  });
  const proxy = await http.openProxy(own, fixed);
  ends.push(() => http.close());
  ends.push(() => proxy.close());
  return proxy;
}

/** Asks as a program does that was given the proxy. */
async function ask(proxy: GuardingProxy, url: string, method = 'GET'): Promise<IncomingMessage> {
  const { hostname, port, username, password } = new URL(proxy.address.reveal());
  return new Promise((resolve, reject) => {
    const headers = { host: 'x', 'proxy-authorization': basic(username, password), 'proxy-connection': 'close' };
    request({ hostname, port, method, path: url, headers, agent: false }, resolve).once('error', reject).end();
  });
}

const basic = (user: string, key: string): string => `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`;

/** Asks for a tunnel, says `hello` in it, and gives what came back. */
async function tunnel(proxy: GuardingProxy, target: string): Promise<string> {
  const { hostname, port, username, password } = new URL(proxy.address.reveal());
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nProxy-Authorization: ${basic(username, password)}\r\n\r\n`);
  socket.end('GET /through HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return text(socket);
}

describe('a request', () => {
  it('passes to the hosts that are allowed, as it was written', async () => {
    const proxy = await open([`http://127.0.0.1:${portOf(server)}`]);
    const answer = await ask(proxy, `http://127.0.0.1:${portOf(server)}/a/../%2e/b?c=1`, 'PROPFIND');
    expect(await text(answer)).toBe('PROPFIND /a/../%2e/b?c=1');
    expect(answer.headers['x-got']).not.toMatch(/proxy/i);
    expect(proxy.refused).toBeUndefined();
  });

  it('breaks off where the answer breaks off', async () => {
    const proxy = await open([`http://127.0.0.1:${portOf(server)}`]);
    const answer = await ask(proxy, `http://127.0.0.1:${portOf(server)}/cut`);
    await expect(text(answer)).rejects.toThrow();
  });

  it('to a server that is not there fails, and is no refusal', async () => {
    const free = createPlainServer();
    await listen(free);
    const port = portOf(free);
    await new Promise((closed) => free.close(closed));
    const proxy = await open([`http://127.0.0.1:${port}`]);
    expect((await ask(proxy, `http://127.0.0.1:${port}/`)).statusCode).toBe(502);
    expect(await tunnel(proxy, `127.0.0.1:${port}`)).toMatch(/^HTTP\/1\.1 502 /);
    expect(proxy.refused).toBeUndefined();
  });

  it('passes through a tunnel', async () => {
    const proxy = await open([`127.0.0.1:${portOf(server)}`]);
    expect(await tunnel(proxy, `127.0.0.1:${portOf(server)}`)).toMatch(/^HTTP\/1\.1 200 .*GET \/through/s);
  });
});

describe('an address inside', () => {
  it('is refused in every spelling, and reaches nobody', async () => {
    for (const host of [...insideHosts, ...disguisedHosts]) {
      const proxy = await open([], insideLookup);
      const target = `${host}:${portOf(server)}`;
      const answer = await ask(proxy, encodeURI(`http://${target}/`)).catch((error: unknown) => error);
      const status = answer instanceof Error ? answer.message : (answer as IncomingMessage).statusCode;
      expect([target, status]).toEqual([target, expect.toSatisfy(isRefusal)]);
      expect(await tunnel(proxy, encodeURI(target))).toMatch(/^HTTP\/1\.1 (400|403|502) /);
      await proxy.close();
    }
    expect(connections).toBe(0);
  });

  it('is refused behind a name, also where it comes beside one outside', async () => {
    const outside = { address: '2001:4860:ffff:ffff::1', family: 6 };
    const inside = { address: '127.0.0.1', family: 4 };
    for (const addresses of [[inside], [outside, inside]]) {
      const proxy = await open([], () => Promise.resolve(addresses));
      const target = `name.example:${portOf(server)}`;
      expect((await ask(proxy, `http://${target}/`)).statusCode).toBe(403);
      expect(await tunnel(proxy, target)).toMatch(/^HTTP\/1\.1 403 /);
      expect(proxy.refused).toBeInstanceOf(F2gitError);
      expect(proxy.refused?.code).toBe('address-forbidden');
    }
    expect(connections).toBe(0);
  });
});

describe('the key', () => {
  it('is asked for, and is in nothing that is printed', async () => {
    const proxy = await open([`http://127.0.0.1:${portOf(server)}`]);
    const { hostname, port, username, password } = new URL(proxy.address.reveal());
    const headers = { 'proxy-authorization': basic(username, `${password.slice(1)}x`) };
    for (const given of [headers, {}]) {
      const status = await new Promise((resolve, reject) => {
        const path = `http://127.0.0.1:${portOf(server)}/`;
        request({ hostname, port, path, headers: given, agent: false }, (answer) => resolve(answer.statusCode))
          .once('error', reject)
          .end();
      });
      expect(status).toBe(407);
    }
    expect(connections).toBe(0);
    expect(`${String(proxy.address)} ${JSON.stringify(proxy)}`).not.toContain(password);
  });
});

const isRefusal = (status: unknown): boolean => [400, 403, 502].includes(Number(status));
