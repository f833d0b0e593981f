/** Line ends from different systems, end to end with the built program: the student's stay, the course's changes arrive. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFiles } from '../e2e/support.ts';
import { actionsOf, runJson, scratch } from './support.ts';

const place = scratch();
afterAll(place.remove);

interface Ends {
  readonly title: string;
  readonly first: string;
  readonly course: string;
  readonly mine: string;
  readonly home: string;
}

let count = 0;
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

const all: readonly Ends[] = [
  {
    title: 'a file an editor saved with Windows line ends',
    first: '1\n2\n3\n4\n5\n',
    course: '1\n2\n3\n4\ncourse\n',
    mine: crlf('mine\n2\n3\n4\n5\n'),
    home: crlf('mine\n2\n3\n4\ncourse\n'),
  },
  {
    title: 'a course file with Windows line ends, saved without them',
    first: crlf('1\n2\n3\n4\n5\n'),
    course: crlf('1\n2\n3\n4\ncourse\n'),
    mine: 'mine\n2\n3\n4\n5\n',
    home: 'mine\n2\n3\n4\ncourse\n',
  },
  {
    title: 'a course that changes its line ends',
    first: '1\n2\n3\n4\n5\n',
    course: crlf('1\n2\n3\n4\ncourse\n'),
    mine: 'mine\n2\n3\n4\n5\n',
    home: 'mine\n2\n3\n4\ncourse\n',
  },
  {
    title: 'no line end after the last line',
    first: '1\n2\n3\n4\n5',
    course: '1\ncourse\n3\n4\n5',
    mine: crlf('1\n2\n3\n4\nmine'),
    home: crlf('1\ncourse\n3\n4\nmine'),
  },
];

describe.each(all)('$title', ({ first, course, mine, home }) => {
  it('is merged, and pulled again nothing changes', async () => {
    const at = join(place.folder, `ends-${++count}`);
    const args = ['pull', './course', 'home'];
    mkdirSync(at, { recursive: true });
    writeFiles(join(at, 'course'), { 'f.txt': first });
    await runJson(at, args);
    writeFiles(join(at, 'course'), { 'f.txt': course });
    writeFiles(join(at, 'home'), { 'f.txt': mine });
    expect(actionsOf(await runJson(at, args))).toEqual({ 'f.txt': 'merged' });
    expect(readFileSync(join(at, 'home/f.txt'), 'utf8')).toBe(home);
    expect((await runJson(at, args)).outcome).toBe('unchanged');
  });
});

describe('a file with both kinds of line ends', () => {
  it('keeps every line the student did not change as it is', async () => {
    const at = join(place.folder, 'mixed');
    mkdirSync(at);
    writeFiles(join(at, 'course'), { 'f.txt': '1\n2\n3\n4\n5\n' });
    await runJson(at, ['pull', './course', 'home']);
    writeFiles(join(at, 'course'), { 'f.txt': '1\n2\n3\n4\ncourse\n' });
    writeFiles(join(at, 'home'), { 'f.txt': 'mine\r\n2\n3\n4\n5\n' });
    await runJson(at, ['pull', './course', 'home']);
    const merged = readFileSync(join(at, 'home/f.txt'), 'utf8');
    expect(merged).toMatch(/^mine\r\n2\n3\n4\ncourse\r?\n$/);
    expect((await runJson(at, ['pull', './course', 'home'])).outcome).toBe('unchanged');
  });
});
