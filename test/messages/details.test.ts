import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { detailSentences } from '../../src/messages/detail-sentences.ts';
import { describeDetail } from '../../src/messages/details.ts';
import { describeError } from '../../src/messages/errors.ts';
import { placeholdersOf } from '../../src/messages/optional.ts';

const root = join(import.meta.dirname, '../../src');

/** Every phrase that stands as a whole behind `detail:` in the code that reads from outside. */
function phrasesOfTheCode(): readonly string[] {
  const files = ['sources', 'config', 'cli', 'hub'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, folder, name)),
  );
  return files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => !line.includes("'bug'"))
    .flatMap((line) =>
      [...line.matchAll(PHRASE)].map(([, plain, filled]) => plain ?? filled?.replace(/\$\{.*?\}/g, 'x') ?? ''),
    );
}

/** A text, or one with something in it, where the code says what exactly was wrong. */
const PHRASE =
  /\b(?:detail(?:: | = )|refused\([\w.]+, |invalid\(|invalid(?:Key)?\(.*, |new RangeError\()(?:'((?:[^'\\]|\\.)+)'|`((?:[^`\\]|\\.)+)`)/g;

describe('what exactly was wrong', () => {
  it('is said in German for every phrase of the code', () => {
    const phrases = phrasesOfTheCode();
    expect(phrases.length).toBeGreaterThan(30);
    expect(phrases.filter((phrase) => describeDetail(phrase, 'de') === phrase)).toEqual([]);
  });

  it.each(detailSentences.map((sentence) => [sentence.en, sentence] as const))('%s', (_, { de, en }) => {
    const params = new Set(placeholdersOf(en));
    expect(new Set(placeholdersOf(de))).toEqual(params);
    const filled = [...params].reduce((text, name) => text.replaceAll(`{${name}}`, `<${name}>`), en);
    const expected = [...params].reduce((text, name) => text.replaceAll(`{${name}}`, `<${name}>`), de);
    expect(describeDetail(filled, 'de')).toBe(expected);
    expect(describeDetail(filled, 'en')).toBe(filled);
  });

  it('names each phrase once', () => {
    const english = detailSentences.map(({ en }) => en);
    expect(new Set(english).size).toBe(english.length);
  });

  it('stays as it is when nobody knows it, and is cut when it is endless', () => {
    const said = (detail: string): string =>
      describeError(new F2gitError('source-invalid', { params: { detail } }), 'de');
    expect(said('quite new')).toContain(': quite new.');
    expect(said('it is not a ZIP archive')).toContain(': es ist kein ZIP-Archiv.');
    expect(said('ENOENT')).toContain(': nicht vorhanden.');
    expect(said('x'.repeat(9000)).length).toBeLessThan(700);
  });
});
