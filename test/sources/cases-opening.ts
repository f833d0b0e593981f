import { expect } from 'vitest';
import { failureOf } from './bench.ts';
import type { Case } from './conformance.ts';

export const openingCases: readonly Case[] = [
  {
    id: 'C1',
    title: 'a good configuration opens, and closing twice is fine',
    async run(bench) {
      const session = await bench.open();
      await session.close();
      await session.close();
    },
  },
  {
    id: 'C2',
    title: 'an unknown key, a missing key and a wrong type are named, without asking the network',
    run({ harness: { adapter, requiredKeys } }, course) {
      const keyOf = (raw: Record<string, unknown>): unknown => {
        try {
          adapter.parseConfig(raw);
        } catch (error) {
          return error;
        }
        return undefined;
      };
      const before = course.seen?.requests?.();
      expect(keyOf({ ...course.raw, colour: 'red' })).toMatchObject({
        code: 'config-invalid',
        params: { key: 'colour' },
      });
      for (const key of requiredKeys) {
        const without = Object.fromEntries(Object.entries(course.raw).filter(([name]) => name !== key));
        expect(keyOf(without)).toMatchObject({ code: 'config-invalid', params: { key } });
        expect(keyOf({ ...course.raw, [key]: 17 })).toMatchObject({ code: 'config-invalid', params: { key } });
      }
      expect(course.seen?.requests?.()).toBe(before);
      return Promise.resolve();
    },
  },
  {
    id: 'C3',
    title: 'wrong credentials are a failed sign-in, not a missing course, and are not repeated',
    needs: ['wrong-credentials'],
    async run(bench, course) {
      await bench.fault('wrong-credentials');
      const before = course.seen?.requests?.() ?? 0;
      expect((await failureOf(bench.listed())).code).toBe('source-login');
      expect((course.seen?.requests?.() ?? 0) - before).toBeLessThanOrEqual(3);
    },
  },
  {
    id: 'C4',
    title: 'a session that expires is renewed once, or is a failed sign-in',
    needs: ['session-expires'],
    async run(bench) {
      await bench.put({ 'a.txt': 'a' });
      await bench.fault('session-expires');
      const outcome = await bench.listed().then(
        ({ listing }) => listing.entries.length,
        (error: unknown) => (error as { code?: string }).code,
      );
      expect([1, 'source-login']).toContain(outcome);
    },
  },
  ...(
    [
      ['C5', 'a course that does not exist', 'root-missing', ['source-not-found']],
      ['C6', 'a course that may not be read', 'root-forbidden', ['source-forbidden']],
      ['C7', 'a server that is down', 'down', ['source-unreachable']],
      ['C8', 'a page instead of an answer', 'html-page', ['source-unreachable', 'source-login', 'source-invalid']],
    ] as const
  ).map(([id, what, fault, codes]): Case => ({
    id,
    title: `${what} is ${codes[0]}, never an empty listing`,
    needs: [fault],
    async run(bench) {
      await bench.put({ 'a.txt': 'a' });
      await bench.fault(fault);
      const error = await failureOf(bench.listed());
      expect(codes).toContain(error.code);
      if (id === 'C7') expect(error.retry).toBe('later');
    },
  })),
];
