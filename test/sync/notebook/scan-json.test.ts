import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameValue, itemsOf, membersOf, textOf, valueAt } from '../../../src/sync/notebook/json-values.ts';
import { MAX_DEPTH, scanJson, type JsonValue } from '../../../src/sync/notebook/scan-json.ts';

const numRuns = 500 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261123);

function scan(text: string | Uint8Array): JsonValue | undefined {
  return scanJson(Buffer.from(text as string), 2)?.value;
}

describe('JSON that is read without losing anything', () => {
  it('is what JavaScript takes for JSON, except what programs disagree about', () => {
    const texts = fc.oneof(fc.json(), damaged(fc.json()), fc.string(), fc.constantFrom(...NUMBERS));
    const property = fc.property(texts, (text) => {
      fc.pre(!hasNameTwice(text));
      expect(scan(text) !== undefined).toBe(isJson(text));
    });
    fc.assert(property, { seed, numRuns });
  });

  it('knows where each value stands, at any depth', () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
        expect(valueOf(scan(text)!)).toEqual(JSON.parse(text));
      }
    });
    fc.assert(property, { seed, numRuns });
  });

  it('says that two texts say the same exactly when they do', () => {
    const property = fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const spaced = scan(JSON.stringify(reversed(one), null, 3));
      expect(isSameValue(scan(JSON.stringify(one)), spaced)).toBe(true);
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      if (!isSame) fc.pre(JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)));
      expect(isSameValue(scan(JSON.stringify(one)), scan(JSON.stringify(other)))).toBe(isSame);
    });
    fc.assert(property, { seed, numRuns });
  });

  it('compares numbers as they are written and texts as they read', () => {
    expect(isSameValue(scan('12345678901234567890'), scan('12345678901234567891'))).toBe(false);
    expect(isSameValue(scan('1.0'), scan('1'))).toBe(false);
    expect(isSameValue(scan(String.raw`"a\/\u00fc"`), scan('"a/ü"'))).toBe(true);
  });

  it.each([
    ['a name twice', '{"a": 1, "b": {"c": 1, "c": 2}}'],
    ['a name twice in other characters', String.raw`{"a": 1, "\u0061": 2}`],
    ['a name twice among many', `{${Array.from({ length: 100 }, (_, n) => `"k${n % 99}": 0`).join()}}`],
    ['a byte order mark', '\ufeff{}'],
    ['a line break in a text', '"a\nb"'],
    ['bytes that are no characters', Uint8Array.of(0x22, 0xff, 0x22)],
    ['more brackets than anybody can open', '['.repeat(10_000_000)],
    ['names in names without end', '{"a":'.repeat(1_000_000)],
    ['a bomb that closes', `${'['.repeat(MAX_DEPTH + 1)}${']'.repeat(MAX_DEPTH + 1)}`],
  ])('refuses %s', (_, text) => expect(scan(text)).toBeUndefined());

  it('takes what is as deep as Python can read', () => {
    expect(scan(`${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`)).toBeDefined();
  });

  it('reads an object with very many names', () => {
    const names = Array.from({ length: 200_000 }, (_, number) => `"name ${number}":${number}`);
    const object = scan(`{"x":{"y":{"z":{${names.join()}}}}}`);
    const inner = valueAt(valueAt(valueAt(object, 'x'), 'y'), 'z');
    expect(inner?.kind === 'object' && membersOf(inner)).toHaveLength(200_000);
  });
});

const NUMBERS = [
  '0',
  '-0',
  '01',
  '1.',
  '.5',
  '1e5',
  '1E+5',
  '1e',
  '-',
  '+1',
  '1.5e-7',
  'NaN',
  'Infinity',
  '0x1',
  '1_0',
];

/** A text with one character less, or another one. */
function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', 'e', '\n', '\t'))
    .map(([text, at, by]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + by + text.slice(place + 1);
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return text.isWellFormed();
  } catch {
    // that is the answer
    return false;
  }
}

/** JavaScript keeps the last of several members of one name: then it sees fewer than there are. */
function hasNameTwice(text: string): boolean {
  if (!isJson(text)) return false;
  return JSON.stringify(JSON.parse(text)).length < text.replaceAll(/\s/g, '').length && text.includes('{');
}

/** The plain value, read through the spans. */
function valueOf(value: JsonValue): unknown {
  if (value.kind === 'array') return itemsOf(value).map(valueOf);
  if (value.kind !== 'object') return JSON.parse(textOf(value));
  return Object.fromEntries(membersOf(value).map((member) => [member.key, valueOf(member.value)]));
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
