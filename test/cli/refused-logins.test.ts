/** A wrong password in a configuration of many courses: no command tries it once per course. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { f2git } from '../e2e/support.ts';
import { type Hostile, startHostile, status } from '../support/hostile-server.ts';
import { expectPlainWords, expectWordsForStaff, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
const names = Array.from({ length: 6 }, (_, index) => `course${index}`);

let platform: Hostile;
beforeAll(async () => {
  const refusing = status(401, { 'www-authenticate': 'Basic realm="x"' });
  platform = await startHostile(Object.fromEntries(names.map((name) => [`/${name}.zip`, refusing])));
  const courses = names.map(
    (name) => `  ${name}:
    source: zip+${platform.origin}/${name}.zip
    credentials: { user: f2git, password_env: COURSE_PASSWORD }
    allow_private_addresses: true`,
  );
  writeFileSync(join(folder, 'f2git.yaml'), `homes: ./homes/{user}\nauth: none\ncourses:\n${courses.join('\n')}\n`);
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

it.each([['check'], ['sync --all'], ['sync --all']])('f2git %s tries it twice', async (command) => {
  const before = platform.received.length;
  const env = { COURSE_PASSWORD: 'not-the-right-one' };
  const ended = await f2git([...command.split(' '), '--json'], { cwd: folder, env });
  expect(ended.status).toBe(3);
  expect(platform.received.length - before).toBe(2);
  expect(ended.stdout + ended.stderr).not.toContain('not-the-right-one');
  const { courses, checks } = JSON.parse(ended.stdout) as Record<string, readonly Named[] | undefined>;
  const refused = (courses?.map(({ error }) => error) ?? checks)?.filter((one) => one?.code === 'source-login') ?? [];
  expect(refused).toHaveLength(names.length);
  const expectIts = command === 'check' ? expectWordsForStaff : expectPlainWords;
  for (const one of refused) expectIts(one?.message ?? '');
});

interface Named {
  readonly code?: string;
  readonly message?: string;
  readonly error?: { readonly code: string; readonly message: string };
}
