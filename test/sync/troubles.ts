/** What happens where something cannot be read, seen or reached. Numbers as in `cases.ts`. */
import { story, type Story } from './model/story.ts';

const v1 = 'one two three';
const v2 = 'ONE two three';
const mine = 'one two mine';
const own = 'all my own';

export const troubles: readonly Story[] = [
  story(
    'a file that cannot be read stays; all others go on',
    [67],
    { course: { a: v1, b: v1, 'd/c': v1 } },
    {
      course: { a: v2, b: v2, 'd/c': v2 },
      unreadable: ['a', 'd'],
      home: { a: v1, b: v2, 'd/c': v1 },
      told: { a: 'skipped', b: 'updated', d: 'skipped' },
    },
    {
      course: { a: v2, b: v2, 'd/c': v2 },
      home: { a: v2, b: v2, 'd/c': v2 },
      told: { a: 'updated', 'd/c': 'updated' },
    },
  ),
  story(
    'a file that cannot be read keeps what the course wants below it or to have under another name from coming: it is said',
    [67],
    { course: { a: v1, b: v1, c: v1, d: v1 } },
    {
      renamed: { e: 'b' },
      course: { 'a/i': v2, 'a/j': v2, c: v2, e: v1, 'd/k/l': v1 },
      student: { a: mine, b: mine, d: mine },
      unreadable: ['a', 'b', 'd'],
      home: { a: mine, b: mine, c: v2, d: mine },
      told: {
        a: 'skipped',
        'a/i': 'skipped',
        'a/j': 'skipped',
        b: 'skipped',
        e: 'skipped',
        c: 'updated',
        d: 'skipped',
        'd/k/l': 'skipped',
      },
    },
  ),
  story(
    'a folder that cannot be read is said once, whatever the course wants in it',
    [67],
    { course: { 'd/a': v1, 'd/e/b': v1 } },
    {
      course: { 'd/a': v2, 'd/e/b': v2, 'd/c': v1 },
      unreadable: ['d'],
      home: { 'd/a': v1, 'd/e/b': v1 },
      told: { d: 'skipped' },
    },
  ),
  story(
    'where a course copy would be cannot be looked at: the course’s version waits, and what needs its place as well',
    [67, 83],
    { course: { 'n.bin': v1, 'o.bin': 'BIN 1 1' } },
    {
      course: { 'n.bin': v1, 'o.bin': 'BIN 2 2', 'p/q': v1 },
      student: { 'o.bin': own, p: own },
      failing: ['o.course.bin', 'p.course'],
      home: { 'n.bin': v1, 'o.bin': own, p: own },
      told: { 'o.bin': 'skipped', 'p/q': 'skipped' },
    },
    {
      course: { 'n.bin': v1, 'o.bin': 'BIN 2 2', 'p/q': v1 },
      home: { 'n.bin': v1, 'o.bin': own, 'o.course.bin': 'BIN 2 2', p: own, 'p.course/q': v1 },
      told: { 'o.bin': 'copied', 'p/q': 'copied' },
    },
  ),
  story(
    'a course copy’s name is shut to the student: the copy gets another one',
    [67, 83],
    { course: { k: v1 } },
    {
      course: { k: v1, 'n.txt': v1 },
      student: { k: mine, 'n.txt': own, 'n.course.txt': own },
      unreadable: ['n.course.txt', 'k'],
      home: { k: mine, 'n.txt': own, 'n.course.txt': own, 'n.course-2.txt': v1 },
      told: { k: 'skipped', 'n.txt': 'copied' },
    },
  ),
  story(
    'the course removes what the student replaced by a link: the link stays, and it is said once',
    [12, 30],
    { course: { k: v1, f: v1, g: v1, 'd/h': v1 } },
    {
      course: { k: v1 },
      student: { f: '->', g: null, 'g/own': own, d: '->' },
      home: { k: v1, f: '->', 'g/own': own, d: '->' },
      told: { f: 'kept' },
    },
    { home: { k: v1, f: '->', 'g/own': own, d: '->' }, told: {} },
  ),
  story(
    'withheld, in trouble or held: nothing happens there, and only what is withheld is not told',
    [80],
    { course: { 'w/a': v1, 'p/a': v1, h: v1 } },
    {
      frozen: { w: 'withheld', p: 'problem', h: 'held' },
      course: { 'w/a': v2, 'p/a': v2, h: v2 },
      student: { 'p/a': mine },
      home: { 'w/a': v1, 'p/a': mine, h: v1 },
      told: { p: 'skipped', h: 'held' },
    },
  ),
  story(
    'an incomplete listing takes nothing away; should the file return, the course’s changes come with it',
    [80, 81],
    { course: { a: v1, b: v1 } },
    { course: {}, listing: 'ambiguous', student: { b: mine }, home: { a: v1, b: mine }, told: { b: 'kept' } },
  ),
];
