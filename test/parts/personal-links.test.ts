/** Personal links where root starts the server: the front knows the person, the keeper what that is worth. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mayMakeAccounts, removeAccounts } from '../agent/support/students.ts';
import { formToken } from '../server/click.ts';
import { ask, until, type Answer } from '../server/harness.ts';
import { openPartsStage, type PartsStage, type ServedInParts } from './support.ts';

let stage: PartsStage;
let server: ServedInParts;

beforeAll(async () => {
  if (!mayMakeAccounts) return;
  stage = await openPartsStage();
  stage.put({ 'README.md': 'Welcome\n' });
  server = await stage.serve('    staff: [prof]\n', {}, 'links');
});

afterAll(async () => {
  if (!mayMakeAccounts) return;
  await server.stop();
  stage.remove();
  await removeAccounts();
});

/** The path and query of a link made for `name`. */
async function linkFor(name: string): Promise<string> {
  const { said } = await stage.run('link', 'intro', '--person', name, '--json');
  const [json = ''] = /^\{[\s\S]*^\}/m.exec(said) ?? [];
  const { personal } = JSON.parse(json) as { readonly personal: readonly [{ readonly click: string }] };
  const { pathname, search } = new URL(personal[0].click);
  return `${pathname}${search}`;
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(server, path, { headers: { accept: 'text/html', 'accept-language': 'en', ...headers } });
}

function cookieOf(answer: Answer): { readonly cookie?: string } {
  const [line] = answer.headers['set-cookie'] ?? [];
  return line === undefined ? {} : { cookie: line.split(';')[0] ?? '' };
}

async function signedIn(name: string): Promise<{ readonly cookie?: string }> {
  const answer = await get(await linkFor(name));
  expect([answer.status, answer.headers.location]).toEqual([303, expect.not.stringContaining('pass')]);
  return cookieOf(answer);
}

test.runIf(mayMakeAccounts)('a click delivers under the account of the person the link is for', async () => {
  const headers = await signedIn(stage.anna.name);
  const page = await get('/go/intro', headers);
  expect(page.text).toContain(`As ${stage.anna.name}`);
  const start = await ask(server, '/api/runs', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ course: 'intro', f2git_form: formToken(page) }).toString(),
  });
  expect([202, 303]).toContain(start.status);
  const file = join(stage.anna.home, 'intro/README.md');
  await until(() => (fs.existsSync(file) ? true : undefined));
  const uid = Number(execFileSync('id', ['-u', stage.anna.name], { encoding: 'utf8' }));
  expect(fs.statSync(file).uid).toBe(uid);
});

test.runIf(mayMakeAccounts)('staff have their page and the counts, students neither', async () => {
  const [prof, anna] = [await signedIn('prof'), await signedIn(stage.anna.name)];
  expect((await get('/teach/intro', prof)).status).toBe(200);
  expect((await get('/metrics', prof)).status).toBe(200);
  expect((await get('/teach/intro', anna)).status).toBe(404);
  expect((await get('/metrics', anna)).status).toBe(404);
});

test.runIf(mayMakeAccounts)(
  'what is no link of this server is refused by a page, and an ended one at once',
  async () => {
    const refused = async (path: string, headers = {}): Promise<void> => {
      const answer = await get(path, headers);
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('This personal link is not valid')]);
    };
    await refused('/go/intro?pass=made-up');
    const link = await linkFor(stage.anna.name);
    const headers = await signedIn(stage.anna.name);
    expect((await get('/go/intro', headers)).status).toBe(200);
    expect((await stage.run('link', '--sign-out', stage.anna.name)).status).toBe(0);
    await refused('/go/intro', headers);
    // the front knows nothing of that, and leads on
    await refused('/go/intro', cookieOf(await get(link)));
  },
);
