import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/sources/create-http.ts';
import type { HttpOptions } from '../../src/sources/http.ts';
import { content, redirect, startHostile } from '../support/hostile-server.ts';

type Certificates = Readonly<
  Record<'authority' | 'key' | 'good' | 'expired' | 'early' | 'otherHost' | 'selfSigned', string>
>;
const certificates = JSON.parse(readFileSync('test/fixtures/http/certificates.json', 'utf8')) as Certificates;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function ask(cert: string, options: Partial<HttpOptions>, path = '/a'): Promise<unknown> {
  const answers: Record<string, ReturnType<typeof content>> = { '/a': content('safe') };
  const server = await startHostile(answers, { key: certificates.key, cert });
  const plain = await startHostile({ '/': content('open') });
  answers['/down'] = redirect(302, `${plain.origin}/`);
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve(), ...options });
  cleanups.push(
    () => http.close(),
    () => server.stop(),
    () => plain.stop(),
  );
  const request = { method: 'GET', url: `${server.origin}${path}`, purpose: 'content', maxBytes: 100 } as const;
  return http.send(request, new AbortController().signal).then(
    (response) => response.text(),
    (error: unknown) => error,
  );
}

describe('secure connections', () => {
  it('stand with an authority the administrator trusts', async () => {
    expect(await ask(certificates.good, { ca: certificates.authority })).toBe('safe');
  });

  it.each<[string, string, Partial<HttpOptions>, string]>([
    ['an expired certificate', certificates.expired, { ca: certificates.authority }, 'its certificate has expired'],
    [
      'one that is not valid yet',
      certificates.early,
      { ca: certificates.authority },
      'its certificate is not valid yet',
    ],
    [
      'one for another host',
      certificates.otherHost,
      { ca: certificates.authority },
      'its certificate is for another host',
    ],
    ['a self-signed one', certificates.selfSigned, {}, 'its certificate is self-signed'],
    ['one of an unknown authority', certificates.good, {}, 'its certificate is from an unknown authority'],
  ])('fail with %s, and say why', async (_name, cert, options, detail) => {
    expect(await ask(cert, options)).toMatchObject({ code: 'source-unreachable', params: { detail } });
  });

  it('are not left for an open one', async () => {
    const error = await ask(certificates.good, { ca: certificates.authority }, '/down');
    expect(error).toMatchObject({ code: 'address-forbidden' });
  });

  it('say so when the other side speaks no TLS', async () => {
    const plain = await startHostile({ '/': content('open') });
    const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
    cleanups.push(
      () => http.close(),
      () => plain.stop(),
    );
    const request = {
      method: 'GET',
      url: `https://127.0.0.1:${plain.port}/`,
      purpose: 'content',
      maxBytes: 9,
    } as const;
    const error: unknown = await http.send(request, new AbortController().signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'source-unreachable',
      params: { detail: expect.stringMatching(/TLS|secure/) as string },
    });
  });
});
