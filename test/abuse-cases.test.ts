/** What students, visitors and other pages may try against homes, workers, hub, pages and git: each has its test, by its id. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const cases = {
  // in a home
  A19: 'the course’s folder is a link to another home',
  A20: 'a folder changes places with a link while it is written',
  A21: 'a file is a symbolic link to somebody else’s',
  A22: 'a file is a hard link of somebody else’s',
  A23: 'a pipe, a socket, a device, a disk that never answers',
  A24: 'a file that claims a terabyte',
  A25: 'what f2git keeps in the home is changed',
  A26: 'what f2git keeps in the home is deleted',
  A27: 'a student looks into the process that writes their home',
  A28: 'that process lies',
  A29: 'a home is full',
  A30: 'somebody says they are somebody else',
  A31: 'an account’s name leads to somebody else’s home',
  A32: 'a course of other people',
  A33: 'a version or file that is not shown, by its id',
  A34: 'counts, logs and what is for operators',
  // by links and pages
  A35: 'a link whose repository is an option or a command',
  A36: 'a foreign page has the browser open a link',
  A37: 'a permission in an address is altered, or of another course',
  A38: 'a link is handed to somebody who is not in the course',
  A39: 'a link leads away from the student’s server',
  A40: 'names and texts that are markup',
  A41: 'a page of f2git in somebody’s frame',
  A42: 'a session planted in somebody’s browser',
  A43: 'a login that another page began, repeated or exchanged',
  A45: 'clicks, questions and processes without end',
  A46: 'an event stream or document without a name',
  A47: 'headers that name another host',
  A48: 'huge headers, requests that never end',
} as const;

const folder = import.meta.dirname;
const named = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('output'))
  .flatMap((path) => readFileSync(join(folder, path), 'utf8').split('\n'))
  // the name of a test, or of several
  .filter((line) => /^\s*(?:(?:it|test|describe)[.(].*)?['"`].*\bA\d\d\b/.test(line))
  .flatMap((line) => line.match(/\bA\d\d\b(?=[,:]| and )/g) ?? []);

it('each has a test with its id, and no test an id that stands for nothing', () => {
  expect([...new Set(named)].sort()).toEqual(Object.keys(cases));
});
