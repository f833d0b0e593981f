import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, failureOf } from '../bench.ts';
import { webdavHarness } from '../fake/webdav-course.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start(webdavHarness);
});
afterEach(() => bench.stop());

describe('files that all changed since they were listed', () => {
  it('fail one by one, and wait for nobody', async () => {
    const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'];
    for (const name of names) await bench.course.driver.put([name], Buffer.from('one'));
    const { session, listing } = await bench.listed();
    for (const name of names) await bench.course.driver.overwrite([name], Buffer.from('another length'));
    const failures = await Promise.all(listing.entries.map((entry) => failureOf(session.fetch(entry, bench.signal))));
    expect(failures.map(({ code }) => code)).toEqual(names.map(() => 'source-changed'));
  });
});
