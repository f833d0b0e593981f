/** A date says nothing about a file that changed a moment ago: with a real server, a change it hides must arrive. */
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/sources/create-http.ts';
import { webdavAdapter } from '../../src/sources/webdav/index.ts';
import { type RunningServer, type ServerKind, startWebdavServer, whyUnavailable } from '../support/webdav-servers.ts';
import { FakeCourse, openCourse, temporaryFolder, type Opened } from './support/course.ts';

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

for (const kind of ['apache', 'nginx'] satisfies readonly ServerKind[]) {
  const reason = whyUnavailable(kind);
  describe.skipIf(reason !== undefined)(
    `a course on ${kind}${reason === undefined ? '' : `: skipped, ${reason}`}`,
    () => {
      it('brings a change of the same size and date as soon as it is asked again', async () => {
        const course = await openServed(kind);
        course.write('lab.txt', 'aaaa');
        expect(await course.text('lab.txt')).toBe('aaaa');
        course.write('lab.txt', 'bbbb');
        expect(await course.text('lab.txt')).toBe('bbbb');
        course.write('lab.txt', 'cccc');
        expect(await course.text('lab.txt')).toBe('cccc');
      });

      it('believes the date when it is old enough, and downloads no more', async () => {
        const course = await openServed(kind);
        course.write('lab.txt', 'aaaa');
        await course.text('lab.txt');
        course.opened.clock.pass(60_000);
        const again = await course.opened.refresh();
        const settled = await course.opened.refresh();
        expect(again.source.requests).toBe(2);
        expect(settled.source.requests).toBe(1);
      });

      it('judges the date by the clock of the server', async () => {
        const course = await openServed(kind);
        course.opened.clock.pass(3_600_000);
        course.write('lab.txt', 'aaaa');
        expect(await course.text('lab.txt')).toBe('aaaa');
        course.write('lab.txt', 'bbbb');
        expect(await course.text('lab.txt')).toBe('bbbb');
      });
    },
  );
}

interface ServedCourse {
  readonly opened: Opened;
  /** Always with the same date: ten seconds ahead, so that the test is never too slow to be young. */
  write(path: string, content: string): void;
  /** What is offered at a path after a refresh. */
  text(path: string): Promise<string>;
}

async function openServed(kind: ServerKind): Promise<ServedCourse> {
  const folder = join(temporaryFolder(), 'course');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  server = await startWebdavServer(kind, folder);
  const opened = openCourse(new FakeCourse(), {
    source: {
      adapter: webdavAdapter,
      config: webdavAdapter.parseConfig({ type: 'webdav', url: server.url }),
      credentials: {},
      createHttp: () => createHttp({ allowPrivateAddresses: true }),
    },
  });
  const now = Math.floor(Date.now() / 1000);
  opened.clock.at = new Date(now * 1000);
  const date = new Date((now + 10) * 1000);
  return {
    opened,
    write(path, content) {
      writeFileSync(join(folder, path), content);
      utimesSync(join(folder, path), date, date);
    },
    async text(path) {
      opened.clock.pass(100);
      const offer = await opened.repository.refresh({ freshness: 0 });
      const file = offer.files.find((one) => one.path === path);
      if (file === undefined) throw new Error(`${path} is not offered`);
      return Buffer.from(await opened.repository.contents.read(file.oid)).toString();
    },
  };
}
