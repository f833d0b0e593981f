/** What `check` finds out at the source itself: whether it lists, whether its files can be read, and who is told what. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { f2git } from '../e2e/support.ts';
import { startWebdavCourse } from '../sources/fake/webdav-course.ts';
import { scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

let course: Awaited<ReturnType<typeof startWebdavCourse>>;

beforeEach(async () => {
  course = await startWebdavCourse();
  configure(course.credentials?.password?.reveal() ?? '');
});

afterEach(async () => {
  await course.stop();
  rmSync(join(folder, 'data'), { recursive: true, force: true });
});

function configure(password: string): void {
  writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
  writeFileSync(
    join(folder, 'f2git.yaml'),
    `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  c:\n    source: ${JSON.stringify(course.raw)}\n` +
      `    credentials: { user: ${course.credentials?.user ?? ''}, password_file: password }\n` +
      `    allow_private_addresses: true\n`,
  );
}

const put = (path: string, content: string) => course.driver.put(path.split('/'), Buffer.from(content));
const check = (language = 'en') => f2git(['check', '--lang', language], { cwd: folder });
const reads = () => course.server.asked.filter((one) => one.startsWith('GET ')).length;

it('reads the smallest file to its end', async () => {
  await put('large.bin', 'x'.repeat(10_000));
  await put('small.txt', 'small');
  await put('empty.txt', '');
  const { status, stdout } = await check();
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^ok {2}c: read for a test: "small\.txt"$/m);
  expect(reads()).toBe(1);
});

it('says that files are listed and cannot be read', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await put(`${name}.txt`, name);
  course.server.interfere = ({ request }) => (request.method === 'GET' ? { status: 403, headers: {} } : undefined);
  const { status, stdout } = await check();
  expect(status, stdout).toBe(3);
  expect(stdout).toMatch(/^ok {2}c: webdav: files seen 5/m);
  expect(stdout).toMatch(
    /^!! {2}c: The course can be listed, but its files cannot be read, such as "[a-e]\.txt"\. .*403/m,
  );
  expect((await check('de')).stdout).toMatch(
    /^!! {2}c: Der Kurs lässt sich auflisten, seine Dateien aber nicht lesen/m,
  );
});

it('does not mind one broken file', async () => {
  for (const name of ['a', 'b']) await put(`${name}.txt`, name);
  course.server.interfere = ({ request }) =>
    request.method === 'GET' && request.url?.endsWith('a.txt') === true ? { status: 404, headers: {} } : undefined;
  const { status, stdout } = await check();
  expect(status, stdout).toBe(0);
  expect(stdout).toContain('read for a test: "b.txt"');
});

it('makes sure that a course without files is meant', async () => {
  const { status, stdout } = await check();
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^\?\? {2}c: webdav: no file seen, requests 1\. .*another folder/m);
  expect((await check('de')).stdout).toMatch(/^\?\? {2}c: webdav: keine Datei gesehen.*eines anderen Ordners/m);
});

it('tells an administrator what is wrong, without the words for students', async () => {
  configure('wrong');
  const [english, german] = [(await check()).stdout, (await check('de')).stdout];
  expect(english).toMatch(/^!! {2}c: .*user name or password is wrong.*Check the credentials/m);
  expect(german).toMatch(/^!! {2}c: .*Prüfe die Zugangsdaten/m);
  expect(english + german).not.toMatch(/work is safe|Arbeit ist sicher/);
});
