import { once } from 'node:events';
import { expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { FakeCourse, noHttp, openCourse } from './support/course.ts';

it('closing ends a refresh of a source that never answers, although whoever asked still waits', async () => {
  const course = new FakeCourse().set({ a: '1' });
  const adapter = course.adapter();
  const opened = openCourse(course, {
    source: {
      adapter: {
        ...adapter,
        open: async (config, context) => ({
          ...(await adapter.open(config, context)),
          list: async (signal) => {
            if (!signal.aborted) await once(signal, 'abort');
            throw new F2gitError('cancelled');
          },
        }),
      },
      config: {},
      credentials: {},
      createHttp: noHttp,
    },
  });
  const refreshed = opened.repository.refresh({ freshness: 0 }).catch((error: unknown) => error);
  await opened.repository.close();
  expect(await refreshed).toMatchObject({ code: 'cancelled' });
});
