/** That each kind of recorded exchange is used; `test/sources/recordings.test.ts` sees that all are accounted for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { versions } from './fake-hub.ts';

const tests = [import.meta.dirname, join(import.meta.dirname, '../e2e')].flatMap((folder) =>
  readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
);
const kept = readdirSync(join(import.meta.dirname, '../fixtures/jupyterhub')).filter((name) => name.endsWith('.json'));
const kindOf = (name: string): string => name.replace(/^[^-]*-|\.json$/g, '');

it.each([...new Set(kept.map(kindOf))])('%s is kept in every version, and read', (kind) => {
  expect(kept.filter((name) => kindOf(name) === kind)).toEqual(versions.map((version) => `${version}-${kind}.json`));
  const read = new RegExp(`record(?:ing|edCall)\\([^()]*'${kind}'`);
  expect(tests.some((text) => read.test(text))).toBe(true);
});
