import { expect, it } from 'vitest';
import { sourceFactCodes } from '../../src/core/source-facts.ts';
import { placeholdersOf } from '../../src/messages/optional.ts';
import { describeFact, sourceFactSentences } from '../../src/messages/source-facts.ts';

it.each(sourceFactCodes)('%s is said in both languages, with the same parameters', (code) => {
  const { de, en } = sourceFactSentences[code];
  expect(de).not.toBe(en);
  expect(new Set(placeholdersOf(de))).toEqual(new Set(placeholdersOf(en)));
  const params = Object.fromEntries(placeholdersOf(en).map((name) => [name, `<${name}>`]));
  for (const language of ['de', 'en'] as const) expect(describeFact({ code, params }, language)).not.toMatch(/[{}[\]]/);
});

it('names the kinds of pages in the language of the reader, and those nobody knows as the platform does', () => {
  const fact = { code: 'items-not-delivered', params: { kinds: 'forum (2), learning module, hvp (1)' } } as const;
  expect(describeFact(fact, 'en')).toMatch(/: forum \(2\), learning module, hvp \(1\)$/);
  expect(describeFact(fact, 'de')).toMatch(/: Forum \(2\), Lernmodul, hvp \(1\)$/);
});
