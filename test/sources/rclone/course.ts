/** Courses behind rclone: the WebDAV course with its troubles, as a remote that is defined in the environment. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rcloneAdapter } from '../../../src/sources/rclone/index.ts';
import { webdavHarness } from '../fake/webdav-course.ts';
import type { Course, Harness } from '../harness.ts';

/** Why tests with the program cannot run here; undefined when they can. */
export function whyNoRclone(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const isThere = folders.some((folder) => {
    try {
      accessSync(join(folder, 'rclone'), constants.X_OK);
      return true;
    } catch {
      // The next folder may have it.
      return false;
    }
  });
  return isThere ? undefined : 'rclone is not installed (apt-get install rclone)';
}

/** The folder of a current rclone, from pip; Debian has one of 2022. */
export const currentRclone = fileURLToPath(new URL('../../output/venv/bin', import.meta.url));

/** Why tests with a current rclone cannot run here; undefined when they can. */
export function whyNoCurrentRclone(): string | undefined {
  return existsSync(join(currentRclone, 'rclone'))
    ? undefined
    : 'no rclone in test/output/venv (node scripts/test.mjs installs it)';
}

/** The environment in which a current rclone is found first. */
export function withCurrentRclone(): Readonly<Record<string, string | undefined>> {
  return { ...process.env, PATH: `${currentRclone}${delimiter}${process.env['PATH'] ?? ''}` };
}

/** Defines a remote in the environment; gives the function that takes it out again. */
export function defineRemote(name: string, options: Readonly<Record<string, string>>): () => void {
  const variables = Object.entries(options).map(
    ([key, value]) => [`RCLONE_CONFIG_${name.toUpperCase()}_${key.toUpperCase()}`, value] as const,
  );
  for (const [variable, value] of variables) process.env[variable] = value;
  return () => {
    for (const [variable] of variables) Reflect.deleteProperty(process.env, variable);
  };
}

/** rclone wants passwords in its own spelling, which hides them from a glance and no more. */
export function obscure(password: string): string {
  return execFileSync('rclone', ['obscure', '-'], { input: password, encoding: 'utf8' }).trim();
}

const own = 'rclone repeats and pauses by itself, where the suite cannot see it';

export const rcloneHarness: Harness = {
  adapter: rcloneAdapter,
  start: startCourse,
  folder: 'src/sources/rclone',
  requiredKeys: ['remote'],
  impossible: {
    hide: 'a storage knows no items hidden from students',
    show: 'a storage knows no items hidden from students',
    schedule: 'a storage has no times of release',
    putTwin: 'two files of one folder cannot share a name on this remote',
    makeExecutable: 'rclone lists no executable bit',
    'unparsable-item': 'rclone reads the answers of the server by itself: an item it cannot read never comes here',
    C8: 'to the WebDAV of rclone a page is a folder without files; nothing in such a folder is taken for gone',
    C41: own,
    'C41-date': own,
    C43: 'rclone follows redirects by itself, with the rules of Go for credentials',
    'C43-private':
      'Debian’s rclone asks no proxy for loopback, where the suite’s private address is: guard.test.ts asks others',
  },
};

let count = 0;

async function startCourse(): Promise<Course> {
  const course = await webdavHarness.start();
  const { user, password } = course.credentials ?? {};
  count += 1;
  const remote = `course${count}`;
  const url = new URL(String(course.raw['url']));
  const undefine = defineRemote(remote, {
    type: 'webdav',
    url: `${url.origin}/dav/`,
    vendor: 'other',
    user: user ?? '',
    pass: obscure(password?.reveal() ?? ''),
  });
  const { driver, seen, faults } = course;
  return {
    driver,
    ...(seen === undefined ? {} : { seen }),
    calm: () => course.calm(),
    // The configuration of the remote is what allows its address.
    origins: [],
    faults: Object.fromEntries(Object.entries(faults).filter(([fault]) => fault !== 'unparsable-item')),
    raw: { type: 'rclone', remote, path: 'kurs', config: '/dev/null' },
    stop: async () => {
      undefine();
      await course.stop();
    },
  };
}
