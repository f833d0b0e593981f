/** What of an address may be shown: everything that only names, nothing that opens. */
import { expect, test } from 'vitest';
import { safeAddress } from '../../src/sources/redact.ts';

test.each([
  ['https://host.example/git/course.git', 'https://host.example/git/course.git'],
  ['https://host.example/git/group/course.git/info/refs', 'https://host.example/git/group/course.git/info/refs'],
  ['https://anna:secret@host.example/git/course.git', 'https://host.example/git/course.git'],
  ['https://hub.example/f2git/git/T0kenT0kenT0kenT0ken/course', 'https://hub.example/f2git/git/***/course'],
  ['https://hub.example/f2git/git/short/course', 'https://hub.example/f2git/git/***/course'],
  ['https://hub.example/f2git/git/T0kenT0kenT0kenT0ken/course.git', 'https://hub.example/f2git/git/***/course.git'],
  ['https://cloud.example/s/AbCdEf123', 'https://cloud.example/s/***'],
  ['https://ocis.example/files/link/public/AbCdEf123/Week 1', 'https://ocis.example/files/link/public/***/Week%201'],
  ['https://box.example/d/4f2a1b9c0d/', 'https://box.example/d/***/'],
  ['https://box.example/f/4f2a1b9c0d3e5f617283/?dl=1', 'https://box.example/f/***/?dl=1'],
  ['https://cloud.example/f/12345', 'https://cloud.example/f/12345'],
  ['https://uni.sharepoint.com/:u:/s/Kurs/EaBcD?download=1', 'https://uni.sharepoint.com/:u:/s/***/***?download=1'],
  [
    'https://lms.example/api/permissions?p%5B%5D=a&p%5B%5D=b&page=2&k',
    'https://lms.example/api/permissions?…&page=2&k=***',
  ],
  ['https://lms.example/folders?page%5Boffset%5D=0&page%5Blimit%5D=9', 'https://lms.example/folders?…'],
  ['https://host.example/a.zip?token=abc&dl=1', 'https://host.example/a.zip?token=***&dl=1'],
])('%s is shown as %s', (address, shown) => {
  expect(safeAddress(address)).toBe(shown);
});

test('an address as long as a list may be is cut', () => {
  expect(safeAddress(`https://host.example/${'x'.repeat(1_000_000)}`).length).toBeLessThan(1100);
});
