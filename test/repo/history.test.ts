import fc from 'fast-check';
import { expect, it } from 'vitest';
import { entryId, oid } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { historyOf } from '../../src/repo/history.ts';

const names = fc.constantFrom('a', 'b', 'c');
const contents = fc.record({
  id: names.map(entryId),
  path: names.map(relPathOf),
  oid: fc.nat(3).map((nth) => oid(String(nth).repeat(40))),
});

it('knows a content by the id or by the path it went by, the newest first', () => {
  fc.assert(
    fc.property(fc.array(contents), names.map(entryId), names.map(relPathOf), (all, id, path) => {
      const history = historyOf(all);
      const own = all.filter((one) => one.id === id || one.path === path).map((one) => one.oid);
      expect(history.versions(id, path)).toEqual([...new Set(own.toReversed())]);
      for (const one of all) expect(history.has(id, path, one.oid)).toBe(own.includes(one.oid));
    }),
    { seed: 1, numRuns: 300 * Number(process.env.F2GIT_RUNS ?? 1) },
  );
});
