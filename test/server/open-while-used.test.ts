/** What was found in a repository that is closed before it is read. */
import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KeptOpen, type Use } from '../../src/core/kept-open.ts';
import type { Oid } from '../../src/core/ids.ts';
import type { CourseRepository } from '../../src/repo/course-repository.ts';
import { openWhileUsed } from '../../src/web/open-while-used.ts';
import type { Audience } from '../../src/web/ports.ts';
import { FakeCourse, openCourse } from '../repo/support/course.ts';
import { until } from './harness.ts';

interface OpenedOnce {
  readonly repository: CourseRepository;
  readonly audience: Audience;
}

/** A course that is closed whenever nobody uses it. */
async function openedRarely() {
  const course = new FakeCourse().set({ a: 'A'.repeat(100_000) });
  const opened = openCourse(course);
  const offer = await opened.refresh();
  await opened.repository.close();
  const kept = new KeptOpen<OpenedOnce>({ most: 0, now: () => 0, close: ({ repository }) => repository.close() });
  const supplies = { folder: opened.dir, audience: 'all', policy: { deletedFiles: 'restore', courseCopies: 'report' } };
  const open = (): OpenedOnce => {
    const repository = opened.reopen();
    return { repository, audience: audienceOf(repository, supplies as Audience['supplies']) };
  };
  const use = (): Use<Audience> => {
    const { value, end } = kept.use('it', open);
    return { value: value.audience, end };
  };
  const openFiles = (): readonly string[] => openFilesIn(opened.dir);
  const audience = openWhileUsed(supplies as Audience['supplies'], use);
  return { course, opened, audience, oid: offer.files[0]!.oid, openFiles };
}

function audienceOf(repository: CourseRepository, supplies: Audience['supplies']): Audience {
  return {
    name: 'all',
    refresh: () => repository.refresh({ freshness: 0 }),
    offer: () => repository.offer(),
    blob: (oid: Oid) => repository.blob(oid),
    published: () => repository.published(),
    zip: () => repository.zip(),
    served: () => repository.served(),
    environment: () => Promise.reject(new Error('there is none')),
    isBehind: () => repository.isBehind(),
    supplies,
  };
}

function openFilesIn(folder: string): readonly string[] {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // the folder of descriptors is read through one itself
      return [];
    }
  });
  return targets.filter((path) => path.startsWith(folder));
}

async function bytesOf(stream: AsyncGenerator<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a file is read after its repository was closed, and that leaves no file open', async () => {
  const { audience, oid, openFiles } = await openedRarely();
  const blob = audience.blob(oid)!;
  await until(() => (openFiles().length === 0 ? true : undefined));
  expect((await bytesOf(blob.read({ start: 1, end: 3 }))).toString()).toBe('AAA');
  expect((await bytesOf(blob.read())).length).toBe(100_000);
  await until(() => (openFiles().length === 0 ? true : undefined));
});

test('an archive as well', async () => {
  const { audience, openFiles } = await openedRarely();
  const zip = audience.zip()!;
  await until(() => (openFiles().length === 0 ? true : undefined));
  expect((await bytesOf(zip.read())).length).toBe(zip.size);
  await until(() => (openFiles().length === 0 ? true : undefined));
});

test('an archive that is another one by then is not sent under the old one’s name', async () => {
  const { audience, course, opened, openFiles } = await openedRarely();
  const zip = audience.zip()!;
  course.set({ a: 'B' });
  await audience.refresh(() => undefined, new AbortController().signal);
  await expect(bytesOf(zip.read())).rejects.toMatchObject({ code: 'object-missing' });
  await until(() => (openFiles().length === 0 ? true : undefined));
  await opened.repository.close();
});
