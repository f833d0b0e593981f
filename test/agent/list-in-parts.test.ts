import { expect, it } from 'vitest';
import { listInParts } from '../../src/agent/list-in-parts.ts';

const partsOf = (text: string) => [...listInParts(Buffer.from(text), 'history')];

it.each<[string, string, readonly unknown[]]>([
  ['alone', '{"history":[1,[2,"]"],{"a":[3]}]}', [1, [2, ']'], { a: [3] }]],
  ['empty', '{"f2git":1,"history":[ ]}', []],
  ['with blanks', '{ "history" : [ 1 , 2 ] }', [1, 2]],
  ['behind others', '{"offer":{"history":[9],"files":[[8]]},"other":[7],"history":[1]}', [1]],
  ['behind a text that looks like it', String.raw`{"a":"\\\"history\":[","history":["\"]"]}`, ['"]']],
])('finds the list %s', (_, text, elements) => {
  expect(partsOf(text).flat()).toEqual(elements);
});

it('gives a long list in parts, of which none takes much', () => {
  const elements = Array.from({ length: 5000 }, (_, nth) => ({
    id: `${'\u20ac'.repeat(100)} ${String(nth)}`,
    in: [{}],
  }));
  const parts = partsOf(JSON.stringify({ history: elements }));
  expect(parts.flat()).toEqual(elements);
  expect(parts.length).toBeGreaterThan(4);
});

it.each([
  ['no list', '{"f2git":1}'],
  ['a list of another name', '{"xhistory":[1]}'],
  ['a list that is none', '{"history":{"a":[1]}}'],
  ['a list that breaks off', '{"history":[1,2'],
  ['half an element', '{"history":[{"a":]}'],
  ['a web page', '<html>[{"history":[]}]</html>'],
  ['nothing', ''],
])('refuses %s', (_, text) => {
  expect(() => partsOf(text)).toThrow(SyntaxError);
});
