/** A state of an older version goes on, one version at a time; what no step leads on from is rebuilt by content. */
import { expect, it } from 'vitest';
import { migrated, type Migrations } from '../../src/sync/state.ts';

/** Versions there never were: -1 called the course a lecture, 0 kept no folders. */
const steps: Migrations = {
  [-1]: ({ lecture, ...rest }) => ({ ...rest, course: lecture }),
  0: (document) => ({ ...document, folders: [] }),
};

it('an older state is brought to the present version, one step after the other', () => {
  expect(migrated({ version: 0, course: 'intro' }, steps)).toEqual({ version: 1, course: 'intro', folders: [] });
  expect(migrated({ version: -1, lecture: 'intro' }, steps)).toEqual({ version: 1, course: 'intro', folders: [] });
});

it('the present version stays as it is', () => {
  const document = { version: 1, folders: ['a'] };
  expect(migrated(document, steps)).toBe(document);
});

it.each([-2, 0.5, 2, '0', undefined])('from version %j no step leads on', (version) => {
  expect(migrated({ version }, steps)).toBeUndefined();
});
