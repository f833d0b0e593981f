/**
 * What a refresh of 2,000 files in 40 folders asks of each server: real refreshes into a real repository, counted at the
 * server, compared with the table in docs/sources.md; `F2GIT_WRITE_DOCS=1` writes it. Where that takes minutes, 100 files
 * are counted and the rest is worked out, but for `F2GIT_RUNS=2` and for writing.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/sources/create-http.ts';
import { FakeCourse, openCourse } from '../repo/support/course.ts';
import { isWriting, tableIn, writeTable } from '../support/generated-part.ts';
import type { Course } from './harness.ts';
import { isLong } from './hostile/long.ts';
import { whyNoRclone } from './rclone/course.ts';
import { type Platform, platforms } from './requests-table.ts';

const FILES = 2000;
const FOLDERS = 40;
/** Long enough that no file counts as young. */
const LATER = 30 * 60_000;

const LONG_RUN_MS = 10 * 60_000;
const isWhole = isLong || isWriting;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.each(platforms)('$name', (platform) => {
  it.skipIf(platform.name.startsWith('rclone') && whyNoRclone() !== undefined)(
    'asks what docs/sources.md says, and downloads nothing of an unchanged course',
    async () => {
      const counts = await countsOf(platform);
      const rows = platform.kinds.map(({ request, why }, at) => [
        ...[platform.name, request],
        ...counts.map((count) => count[at]?.toLocaleString('en') ?? ''),
        why,
      ]);
      if (isWriting) write(platform.name, rows);
      expect(tableIn('requests').filter(([name]) => name === platform.name)).toEqual(rows);
    },
    platform.quickFiles === undefined ? undefined : LONG_RUN_MS,
  );
});

it('the table has a part for each platform, and for no other', () => {
  const names = tableIn('requests')
    .slice(1)
    .map(([name]) => name);
  expect([...new Set(names)]).toEqual(platforms.map(({ name }) => name));
});

/** Requests by kind: of the first refresh, and of a later one, of the unchanged course. */
async function countsOf({
  adapter,
  start,
  kinds,
  quickFiles = FILES,
  later = LATER,
}: Platform): Promise<readonly (readonly number[])[]> {
  const files = isWhole ? FILES : quickFiles;
  const course = await start();
  cleanUps.push(() => course.stop());
  for (let at = 0; at < files; at += 1) {
    await course.driver.put([`w${String(at % FOLDERS)}`, `f${String(at)}.txt`], Buffer.from(`content ${String(at)}`));
  }
  let now = Date.now();
  const { repository } = openCourse(new FakeCourse(), {
    source: {
      adapter,
      config: adapter.parseConfig(course.raw),
      credentials: course.credentials ?? {},
      createHttp: () => createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() }),
    },
    now: () => new Date(now),
  });
  const counted = async (): Promise<readonly number[]> => {
    const before = askedOf(course).length;
    const offer = await repository.refresh({ freshness: 0 });
    expect([offer.files.length, offer.frozen, offer.source.state]).toEqual([files, [], 'fresh']);
    const asked = askedOf(course).slice(before);
    expect(asked.filter((one) => !kinds.some(({ shape }) => shape.test(one)))).toEqual([]);
    return kinds.map(({ shape }) => asked.filter((one) => shape.test(one)).length);
  };
  const first = (await counted()).map((count, at) => count + (kinds[at]?.each ?? 0) * (FILES - files));
  now += later;
  return [first, await counted()];
}

function askedOf({ seen }: Course): readonly string[] {
  const asked = seen?.asked?.();
  if (asked === undefined) throw new Error('nobody counts what this server is asked');
  return asked;
}

function write(platform: string, rows: readonly (readonly string[])[]): void {
  const order = platforms.map(({ name }) => name);
  const others = tableIn('requests')
    .slice(1)
    .filter(([name]) => name !== platform);
  const all = [...others, ...rows].sort(([a = ''], [b = '']) => order.indexOf(a) - order.indexOf(b));
  writeTable('requests', [['source', 'request', 'first', 'unchanged', 'why'], ...all]);
}
