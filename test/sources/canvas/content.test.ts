import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf, readBody } from '../bench.ts';
import { type Answers, listed, replay, type Replay, studentOf } from './replay.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(answers: Answers): Promise<Replay> {
  const one = await replay(answers);
  cleanUps.push(() => one.stop());
  return one;
}

const signal = new AbortController().signal;
const FILES = '/api/v1/courses/7/files';

describe('a download', () => {
  const student = { ...studentOf(7, 11) };
  const file = (more: object = {}) => ({
    json: [
      {
        ...{ id: 569, folder_id: 11, display_name: 'file.txt', size: 5, locked: false, hidden: false },
        url: 'https://canvas.example.edu/files/569/download?download_frd=1',
        ...more,
      },
    ],
  });
  const DOWNLOAD = '/files/569/download';
  const STORE = '/files/9a3c0f6e-0000-4000-8000-000000000000/file.txt';
  const login = { headers: { 'content-type': 'text/html' }, text: '<!DOCTYPE html><form>' };

  async function download(answers: Answers): Promise<{ replayed: Replay; content: Promise<string> }> {
    const replayed = await start({ ...student, [FILES]: file(), ...answers });
    const session = await replayed.open({ course: 7 });
    const [entry] = (await listed(session)).entries;
    if (entry === undefined) throw new Error('nothing is listed');
    const content = session.fetch(entry, signal).then(async (body) => (await readBody(body)).toString());
    return { replayed, content };
  }

  it('goes to the store without the token', async () => {
    const { replayed, content } = await download({
      [DOWNLOAD]: 'download-redirect-instfs',
      [STORE]: { text: 'bytes' },
    });
    expect(await content).toBe('bytes');
    expect(replayed.asked.at(-1)?.authorization).toBe('Bearer replay-token-4711');
    expect(replayed.elsewhere).toEqual([
      { path: `${STORE}?download=1&token=<jwt>`.replace('<jwt>', '%3Cjwt%3E'), authorization: undefined },
    ]);
  });

  it('that the store refuses is no matter of rights', async () => {
    const expired = { status: 403, headers: { 'content-type': 'application/xml' }, text: '<Error>expired</Error>' };
    const { content } = await download({ [DOWNLOAD]: 'download-redirect-instfs', [STORE]: expired });
    expect(await failureOf(content)).toMatchObject({ code: 'source-unreachable' });
  });

  it('that ends at the page to sign in is had by a signed address, without the token', async () => {
    const { replayed, content } = await download({
      [DOWNLOAD]: 'download-redirect-login',
      '/login': login,
      '/api/v1/files/569/public_url': 'public-url',
      '/example-namespace/attachments/1/example-filename': { text: 'bytes' },
    });
    expect(await content).toBe('bytes');
    expect(replayed.elsewhere.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('that ends at the page to sign in of the institution is had by a signed address', async () => {
    const location = 'https://inst-fs.example.net/idp/profile/SAML2/Redirect/SSO';
    const { content } = await download({
      [DOWNLOAD]: { status: 302, headers: { location } },
      '/idp/profile/SAML2/Redirect/SSO': login,
      '/api/v1/files/569/public_url': 'public-url',
      '/example-namespace/attachments/1/example-filename': { text: 'bytes' },
    });
    expect(await content).toBe('bytes');
  });

  it.each(['notes', 'page.html', 'index.php'])('of a web page, %s, is that page', async (name) => {
    const page = { headers: { 'content-type': 'text/html', 'content-length': '5' }, text: '<html' };
    const { content } = await download({
      [FILES]: file({ display_name: name }),
      [DOWNLOAD]: 'download-redirect-instfs',
      [STORE]: page,
    });
    expect(await content).toBe('<html');
  });

  it('that ends there and cannot be had otherwise is a failed sign-in, and no content', async () => {
    const { content } = await download({
      [DOWNLOAD]: 'download-redirect-login',
      '/login': login,
      '/api/v1/files/569/public_url': 'error-403-not-permitted',
    });
    expect(await failureOf(content)).toMatchObject({ code: 'source-login' });
  });

  it('of an address on another host takes no token there', async () => {
    const elsewhere = file({ url: 'https://inst-fs.example.net/direct' });
    const { replayed, content } = await download({ [FILES]: elsewhere, '/direct': { text: 'bytes' } });
    expect(await content).toBe('bytes');
    expect(replayed.elsewhere).toEqual([{ path: '/direct', authorization: undefined }]);
  });

  it('of an address without a host is asked of Canvas', async () => {
    const relative = file({ url: '/files/569/download?download_frd=1' });
    const { replayed, content } = await download({ [FILES]: relative, [DOWNLOAD]: { text: 'bytes' } });
    expect(await content).toBe('bytes');
    expect(replayed.asked.at(-1)?.authorization).toBe('Bearer replay-token-4711');
  });

  it('shows neither the token nor the verifier when it fails', async () => {
    const verified = file({ url: 'https://canvas.example.edu/files/569/download?download_frd=1&verifier=geheim-4711' });
    const { content } = await download({ [FILES]: verified, [DOWNLOAD]: { status: 404 } });
    const error = await failureOf(content);
    expect(error.code).toBe('source-gone');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/geheim-4711|replay-token/);
  });
});
