/** How many clicked, as staff read it: right over days, weeks and new starts, and nothing on the disk that names anybody. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openClickBook, type ClickBook } from '../../src/web/click-book.ts';
import { courseId } from './harness.ts';

let folder: string;
let now: Date;
let logged: string[];
const intro = courseId('intro');

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'f2git-clicks-')), 'clicks');
  now = new Date('2026-11-23T20:00:00Z');
  logged = [];
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const open = (): ClickBook =>
  openClickBook({
    folder,
    timeZoneOf: () => 'Europe/Berlin',
    now: () => now,
    log: (_level, event) => logged.push(event),
  });

function click(book: ClickBook, name: string, end: 'done' | 'failed' = 'done'): void {
  book.note(intro, { name, groups: [] }, end);
}

test('a person who clicks three times is three clicks of one person', () => {
  const book = open();
  for (let times = 0; times < 3; times++) click(book, 'anna');
  click(book, 'ben', 'failed');
  expect(book.today(intro)).toMatchObject({ clicks: 4, failed: 1, people: 2 });
  expect(book.weeks(intro)).toEqual([{ begins: '2026-11-23', clicks: 4, failed: 1, people: 2 }]);
  expect(book.today(courseId('other')).clicks).toBe(0);
});

test('a day ends at midnight of the course, a week on its Sunday', () => {
  const book = open();
  now = new Date('2026-11-22T22:59:00Z');
  click(book, 'anna');
  expect(book.weeks(intro).map(({ begins }) => begins)).toEqual(['2026-11-16']);
  now = new Date('2026-11-22T23:00:00Z');
  expect(book.today(intro)).toMatchObject({ clicks: 0, people: 0 });
  click(book, 'anna');
  click(book, 'ben');
  now = new Date('2026-11-24T08:00:00Z');
  click(book, 'ben');
  expect(book.today(intro)).toMatchObject({ clicks: 1, people: 1 });
  expect(book.weeks(intro)).toMatchObject([
    { begins: '2026-11-23', clicks: 3, people: 2 },
    { begins: '2026-11-16', clicks: 1, people: 1 },
  ]);
});

test('counts outlive the server, and whoever clicks before and after is not two people', () => {
  const before = open();
  for (const name of ['anna', 'ben']) click(before, name);
  before.close();
  const after = open();
  click(after, 'anna');
  expect(after.today(intro)).toMatchObject({ clicks: 3, people: 2 });
  for (const name of ['ben', 'carla']) click(after, name);
  expect(after.today(intro)).toMatchObject({ clicks: 5, people: 3 });
});

test('what is kept names nobody, is for the server alone, and stays small for years', () => {
  const book = open();
  for (let week = 0; week < 200; week++) {
    now = new Date(Date.parse('2026-11-23T20:00:00Z') + week * 7 * 86_400_000);
    for (let one = 0; one < 20; one++) click(book, `anna${one}`);
  }
  book.close();
  expect(readdirSync(folder)).toEqual(['intro']);
  const text = readFileSync(join(folder, 'intro'), 'utf8');
  expect(text.replace(/"(version|day|weeks|begins|clicks|failed|people)"/g, '')).not.toMatch(/[a-z]|[0-9]{6}/i);
  expect(text.length).toBeLessThan(3000);
  expect(statSync(join(folder, 'intro')).mode & 0o777).toBe(0o600);
  expect(book.weeks(intro)).toHaveLength(26);
});

test('counts that cannot be read begin anew, with a line in the log, and keep nobody from clicking', () => {
  const book = open();
  click(book, 'anna');
  book.close();
  for (const broken of ['', '{"version":1', '{"version":9,"weeks":[]}', '{"version":1,"weeks":[{"begins":"soon"}]}']) {
    writeFileSync(join(folder, 'intro'), broken);
    logged = [];
    const next = open();
    click(next, 'anna');
    expect(next.today(intro).clicks, broken).toBe(1);
    expect(logged, broken).toEqual(['counts of clicks begin anew']);
    next.close();
  }
});

test('a folder that cannot be written keeps nobody from clicking, and is tried again', () => {
  writeFileSync(folder, 'in the way');
  const book = open();
  click(book, 'anna');
  book.close();
  expect(logged).toContain('counts of clicks are not kept');
  expect(book.today(intro).clicks).toBe(1);
  rmSync(folder);
  book.close();
  expect(open().today(intro).clicks).toBe(1);
});

test('weeks of a clock that was wrong do not stay for ever', () => {
  const book = open();
  now = new Date('2031-01-07T08:00:00Z');
  click(book, 'anna');
  now = new Date('2026-11-23T20:00:00Z');
  click(book, 'anna');
  expect(book.weeks(intro).map(({ begins }) => begins)).toEqual(['2026-11-23']);
});
