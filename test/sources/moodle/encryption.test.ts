/** A token must not travel unencrypted to a site that has https: by the time it redirects, everybody has read it. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import { failureOf } from '../bench.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const certificates = JSON.parse(readFileSync('test/fixtures/http/certificates.json', 'utf8')) as Record<string, string>;
const TOKEN = '0123456789abcdef0123456789abcdef';

/** What a site that answers like this is sent, under a name that is not this machine's, and how it ends. */
async function sentTo(
  answer: RequestListener,
): Promise<{ readonly methods: readonly string[]; readonly error: string }> {
  const methods: string[] = [];
  const port = await listen(
    createServer((request, response) => {
      methods.push(request.method ?? '');
      request.resume();
      answer(request, response);
    }),
  );
  const http = createHttp({
    allowPrivateAddresses: true,
    lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    ca: certificates['authority'] ?? '',
    pause: () => Promise.resolve(),
  });
  cleanUps.push(() => http.close());
  const url = `http://moodle.test:${String(port)}/course/view.php?id=5`;
  const config = moodleAdapter.parseConfig({ type: 'moodle', url });
  const credentials = { token: new Secret(TOKEN) };
  const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent' };
  const session = await moodleAdapter.open(config, context);
  const { code, params } = await failureOf(session.list(new AbortController().signal));
  return { methods, error: `${code}: ${String(params['detail'])}` };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

it('sends no token to an address that leads to https, and says which one to use', async () => {
  const secure = createTlsServer({ key: certificates['key'], cert: certificates['good'] }, (_, response) =>
    response.end(),
  );
  const port = await listen(secure);
  const redirect: RequestListener = (request, response) =>
    response.writeHead(301, { location: `https://127.0.0.1:${String(port)}${request.url ?? ''}` }).end();
  expect(await sentTo(redirect)).toEqual({
    methods: ['HEAD'],
    error: 'address-forbidden: the site is encrypted: use its https address',
  });
});

it('works with a site that has no https', async () => {
  const refuse: RequestListener = (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"errorcode":"invalidtoken"}');
  expect(await sentTo(refuse)).toEqual({
    methods: ['HEAD', 'POST'],
    error: 'source-login: the token is unknown, has expired or was withdrawn',
  });
});
