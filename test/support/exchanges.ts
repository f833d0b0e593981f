/** Courses whose files change places, with edits of the student in them. */
import { course } from './course.ts';
import { fastBase, Story } from './dsl.ts';

export interface Exchange {
  readonly name: string;
  readonly course: Readonly<Record<string, string>>;
  /** One after the other; a path that begins with `t` or `u` and is left again is only on the way. */
  readonly renames: readonly (readonly [string, string])[];
  /** What the course takes away before it renames, and what it brings afterwards. */
  readonly removed?: readonly string[];
  readonly added?: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, string>>;
  /** What the home is after a click. */
  readonly home: Readonly<Record<string, string>>;
}

const swap = [
  ['a', 't'],
  ['b', 'a'],
  ['t', 'b'],
] as const;

export const exchanges: readonly Exchange[] = [
  {
    name: 'two names, one file edited',
    course: { a: '1\n2\n3\n', b: '7\n8\n9\n' },
    renames: swap,
    edits: { a: 'mine\n2\n3\n' },
    home: { a: '7\n8\n9\n', b: 'mine\n2\n3\n' },
  },
  {
    name: 'two names, both files edited',
    course: { a: '1\n2\n3\n', b: '7\n8\n9\n' },
    renames: swap,
    edits: { a: 'mine\n2\n3\n', b: 'own\n8\n9\n' },
    home: { a: 'own\n8\n9\n', b: 'mine\n2\n3\n' },
  },
  {
    name: 'three names in a ring, all edited',
    course: { a: '1\n2\n3\n', b: '4\n5\n6\n', c: '7\n8\n9\n' },
    renames: [
      ['c', 't'],
      ['b', 'c'],
      ['a', 'b'],
      ['t', 'a'],
    ],
    edits: { a: 'mine\n2\n3\n', b: 'own\n5\n6\n', c: 'too\n8\n9\n' },
    home: { a: 'too\n8\n9\n', b: 'mine\n2\n3\n', c: 'own\n5\n6\n' },
  },
  {
    name: 'a chain, both files edited',
    course: { a: '1\n2\n3\n', b: '7\n8\n9\n' },
    renames: [
      ['b', 'c'],
      ['a', 'b'],
    ],
    edits: { a: 'mine\n2\n3\n', b: 'own\n8\n9\n' },
    home: { b: 'mine\n2\n3\n', c: 'own\n8\n9\n' },
  },
  {
    name: 'a chain of three, one edited',
    course: { a: '1\n2\n3\n', b: '4\n5\n6\n', c: '7\n8\n9\n' },
    renames: [
      ['c', 'd'],
      ['b', 'c'],
      ['a', 'b'],
    ],
    edits: { c: 'own\n8\n9\n' },
    home: { b: '1\n2\n3\n', c: '4\n5\n6\n', d: 'own\n8\n9\n' },
  },
  {
    name: 'onto a file that goes, away from one that comes',
    course: { a: '1\n2\n3\n', b: '4\n5\n6\n' },
    renames: [['a', 'b']],
    removed: ['b'],
    added: { a: '7\n8\n9\n' },
    edits: { a: 'mine\n2\n3\n' },
    home: { a: '7\n8\n9\n', b: 'mine\n2\n3\n' },
  },
  {
    name: 'a chain with another file in the place of its first',
    course: { a: '1\n2\n3\n', b: '4\n5\n6\n', c: '7\n8\n9\n' },
    renames: [
      ['c', 'd'],
      ['b', 'c'],
      ['a', 'b'],
    ],
    added: { a: 'another\n' },
    edits: { b: 'mine\n5\n6\n' },
    home: { a: 'another\n', b: '1\n2\n3\n', c: 'mine\n5\n6\n', d: '7\n8\n9\n' },
  },
  {
    name: 'a chain onto a file that goes',
    course: { a: '1\n2\n3\n', b: '4\n5\n6\n', c: '7\n8\n9\n' },
    renames: [
      ['b', 'c'],
      ['a', 'b'],
    ],
    removed: ['c'],
    edits: {},
    home: { b: '1\n2\n3\n', c: '4\n5\n6\n' },
  },
  {
    name: 'one below the other’s name',
    course: { a: '1\n2\n3\n', b: '7\n8\n9\n' },
    renames: [
      ['a', 't'],
      ['b', 'a'],
      ['t', 'b/x'],
    ],
    edits: { a: 'mine\n2\n3\n', b: 'own\n8\n9\n' },
    home: { a: 'own\n8\n9\n', 'b/x': 'mine\n2\n3\n' },
  },
  {
    name: 'into folders of each other’s names',
    course: { a: '1\n2\n3\n', b: '7\n8\n9\n' },
    renames: [
      ['a', 't'],
      ['b', 'u'],
      ['t', 'b/x'],
      ['u', 'a/y'],
    ],
    edits: { a: 'mine\n2\n3\n', b: 'own\n8\n9\n' },
    home: { 'a/y': 'own\n8\n9\n', 'b/x': 'mine\n2\n3\n' },
  },
  {
    name: 'a file and one in a folder',
    course: { f: '1\n2\n3\n', 'd/x': '7\n8\n9\n' },
    renames: [
      ['f', 't'],
      ['d/x', 'f/x'],
      ['t', 'd'],
    ],
    edits: { f: 'mine\n2\n3\n', 'd/x': 'own\n8\n9\n' },
    home: { d: 'mine\n2\n3\n', 'f/x': 'own\n8\n9\n' },
  },
];

/** A home right before the click in which the files change places; `more` are other files of the course. */
export async function beforeExchange(exchange: Exchange, more: Readonly<Record<string, string>> = {}): Promise<Story> {
  const story = new Story(course({ ...exchange.course, ...more }, { identity: 'stable' }), fastBase);
  await story.sync();
  story.course.remove(...(exchange.removed ?? []));
  for (const [from, to] of exchange.renames) story.course.rename(from, to);
  story.course.put(exchange.added ?? {});
  return story.home(exchange.edits);
}
