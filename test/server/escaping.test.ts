/** Text from outside stays text: in names, titles, messages, links. */
import { expect, test } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import type { RelPath } from '../../src/core/paths.ts';
import { html, renderHtml } from '../../src/web/html.ts';
import { ask, click, reportOf, startTestServer, until } from './harness.ts';
import { asFileName, xssCorpus } from './xss.ts';

test('the corpus has at least 100 strings', () => {
  expect(new Set(xssCorpus).size).toBeGreaterThanOrEqual(100);
});

test('a template escapes text, also in lists, and takes only what it made itself as markup', () => {
  const hostile = `<b a="1" c='2'>&\``;
  const escaped = '&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;&#96;';
  expect(
    renderHtml(html`<p title="${hostile}">${hostile}${[hostile, html`<i>${hostile}</i>`]}${undefined}${false}${7}</p>`),
  ).toBe(`<p title="${escaped}">${escaped}${escaped}<i>${escaped}</i>7</p>`);
});

/** All tags of a page, without the text between: what a browser would take for markup. */
function tagsOf(page: string): string {
  return (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""')).join('');
}

test('A40: hostile file names, copies, former names, hunks and titles leave the markup of the report as it is', async () => {
  const pages: string[] = [];
  for (const text of ['plain', ...xssCorpus]) {
    const server = await startTestServer({ title: text });
    const name = asFileName(text) as RelPath;
    server.script.run = (job) =>
      Promise.resolve(
        reportOf(
          job,
          [
            {
              path: name,
              action: 'merged',
              rule: '11',
              declined: [
                { cell: text, course: text, yours: text },
                { lines: [1, 2], course: text, yours: text },
              ],
            },
            { path: name, action: 'copied', rule: '12', copy: name },
            { path: name, action: 'renamed', rule: 'rename', from: name },
            { path: name, action: 'skipped', rule: '2', code: 'file-unreadable', detail: text },
          ],
          { open: name },
        ),
      );
    const run = await click(server);
    const page = await until(async () => {
      const answer = await ask(server, `/go/intro?run=${run}&lang=en`);
      return answer.text.includes('data-click') ? undefined : answer.text;
    });
    pages.push(tagsOf(page).replaceAll(run, 'RUN'));
    await server.close();
  }
  for (const page of pages) expect(page).toBe(pages[0]);
});

test('A40: hostile links, names and error details leave the markup of the error page as it is', async () => {
  const server = await startTestServer();
  const html = { accept: 'text/html' };
  const places = (text: string): readonly string[] => [
    `/go/${encodeURIComponent(text)}`,
    `/go/intro?open=${encodeURIComponent(`../${text}`)}`,
    `/go/intro?user=${encodeURIComponent(`-${text}`)}`,
    `/go/intro?app=${encodeURIComponent(text)}&dir=${encodeURIComponent(`../${text}`)}`,
    `/git-pull?repo=${encodeURIComponent(text)}`,
    `/nowhere/${encodeURIComponent(text)}`,
    `/assets/${encodeURIComponent(text)}`,
  ];
  const expected = await Promise.all(
    places('plain').map(async (path) => tagsOf((await ask(server, path, { headers: html })).text)),
  );
  for (const text of xssCorpus) {
    for (const [index, path] of places(text).entries()) {
      const answer = await ask(server, path, { headers: html });
      expect(answer.headers['content-type']).toContain('text/html');
      expect(tagsOf(answer.text)).toBe(expected[index]);
    }
    server.script.run = () =>
      Promise.reject(new F2gitError('source-invalid', { params: { detail: text, host: text } }));
    const run = await click(server);
    const page = await until(async () => {
      const answer = await ask(server, `/go/intro?run=${run}&lang=en`);
      return answer.text.includes('data-click') ? undefined : answer.text;
    });
    expect(tagsOf(page)).not.toMatch(/<script>|onerror|onload|<img|<iframe/);
  }
  await server.close();
});

test('nothing is ever sent as HTML but our own pages', async () => {
  const server = await startTestServer();
  for (const path of [
    '/zip/intro.zip',
    '/api/courses/intro/tree',
    '/api/blobs/0123456789abcdef0123456789abcdef01234567',
    '/metrics',
    '/health',
  ]) {
    const answer = await ask(server, path, { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).not.toMatch(/html|xml|javascript/);
  }
  await server.close();
});
