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
  ['https://host.example/a.zip?token=abc&dl=1', 'https://host.example/a.zip?token=***&dl=1'],
])('%s is shown as %s', (address, shown) => {
  expect(safeAddress(address)).toBe(shown);
});
