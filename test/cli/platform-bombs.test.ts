/**
 * Learning platforms whose answers would fill the memory, met by the built program as it refreshes a course: lists and
 * pages without end, what lies inside itself, what unpacks to far more than it is, a file that never stops. Between it
 * and a true platform stands one that makes that of its answers. What has no end ends for us where an answer is too
 * large; what would be worst is just smaller.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { f2git } from '../e2e/support.ts';
import type { Dialect } from '../sources/hostile/dialects.ts';
import { endless, type ListParts, partsOf, streamed } from '../sources/hostile/endless.ts';
import type { Answer, Passing, Writer } from '../sources/hostile/proxy.ts';
import { attack, type Attacked, subjects } from '../sources/hostile/subjects.ts';
import { expectLittleMemory, measuredIn } from './peaks.ts';
import { expectPlainWords, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const peaks = join(folder, 'peaks');

/** Bytes that are just not too many for one answer of each. */
const platforms: Readonly<Record<string, number>> = {
  canvas: 16_700_000,
  moodle: 33_400_000,
  studip: 8_300_000,
  ilias: 16_700_000,
  'ilias (SOAP)': 5_200_000,
};

/** In as many folders as are read at once. */
const files = ['a.txt', 'week1/b.txt', 'week2/c.txt', 'week3/d.txt', 'week4/e.txt'];

/** Makes a bomb of an answer that lists files. */
type Bomb = (answer: Answer, parts: ListParts, bytes: number) => Answer | Writer;

interface BombForms extends Readonly<Record<Dialect['format'], Bomb>> {
  /** What the refresh may end with; undefined where nothing of it need be believed. */
  readonly ends: readonly (ErrorCode | undefined)[];
}

const bombs: Readonly<Record<string, BombForms>> = {
  'files without end': {
    ends: ['too-large'],
    json: (answer, { before, file }) =>
      streamed(
        answer,
        before,
        endless((nth) => `${renumbered(file, nth)},`),
      ),
    xml: (answer, { before, file }) =>
      streamed(
        answer,
        before,
        endless((nth) => renumbered(file, nth)),
      ),
  },
  'small things, as many as an answer can have': {
    ends: ['too-large', 'source-invalid', undefined],
    json: (answer, { before, file, behind }, bytes) =>
      streamed(
        answer,
        // Where a total is said, it is the true one: a list of another length would not be read further.
        before.replace(/"total":\d+/, `"total":${String(1 + Math.ceil(bytes / 4 / smallThing(0).length))}`),
        endless((nth) => smallThing(nth), bytes / 4),
        file + behind,
      ),
    xml: (answer, { before, file, behind }, bytes) =>
      streamed(
        answer,
        before,
        endless(() => escapedAs(file, '<x/>'), bytes),
        file + behind,
      ),
  },
  'a name as long as an answer': {
    ends: ['too-large', 'source-invalid', 'name-refused', undefined],
    json: (answer, parts, bytes) => longName(answer, parts, bytes),
    xml: (answer, parts, bytes) => longName(answer, parts, bytes),
  },
  'brackets without end': {
    ends: ['too-large', 'source-invalid'],
    json: (answer, { before, behind }, bytes) =>
      streamed(
        answer,
        before,
        endless(() => '[', bytes),
        behind,
      ),
    xml: (answer, { before, file, behind }, bytes) =>
      streamed(
        answer,
        before,
        endless(() => escapedAs(file, '<x>'), bytes),
        behind,
      ),
  },
  'a list that unpacks to 256 MB': {
    ends: ['too-large'],
    json: (answer, parts) => packed(answer, parts),
    xml: (answer, parts) => packed(answer, parts),
  },
};

/** Of the same length whatever the number. */
const smallThing = (nth: number): string => `{"f${String(nth).padStart(6, '0')}":[]},`;

/** The file under another number and name. */
function renumbered(file: string, nth: number): string {
  const number = String(nth);
  return file
    .replaceAll('a.txt', `a${number}.txt`)
    .replace(/"id":"([0-9a-f]{32})"/, (_, id: string) => `"id":"${number.padStart(32, id)}"`)
    .replace(/("id":"?|ref_id=&quot;)(?=\d{1,20}\D)/, `$1${number}`);
}

/** `element` as it stands beside `file`, which may be in a text. */
function escapedAs(file: string, element: string): string {
  return file.startsWith('&') ? element.replaceAll('<', '&lt;').replaceAll('>', '&gt;') : element;
}

/** One character that takes two bytes makes all others do so. */
function longName(answer: Answer, { before, file, behind }: ListParts, bytes: number): Writer {
  const at = file.search(/[a-e]\.txt/);
  const start = `${before}${file.slice(0, at)}€`;
  return streamed(
    answer,
    start,
    endless(() => 'x', bytes),
    file.slice(at) + behind,
  );
}

/** Many files whose names are as long as they may be. */
function longNames(answer: Answer, { before, file, behind }: ListParts, bytes: number): Writer {
  const long = 'n'.repeat(1300);
  return streamed(
    answer,
    before,
    endless((nth) => renumbered(file, nth).replaceAll(/[a-e]\d*\.txt/g, `${long}${String(nth)}.txt`), bytes),
    behind,
  );
}

function packed(answer: Answer, { before, file, behind }: ListParts): Answer {
  const spaces = Buffer.alloc(256 << 20, ' ');
  const body = gzipSync(Buffer.concat([Buffer.from(before + file), spaces, Buffer.from(behind)]), { level: 1 });
  return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body };
}

let attacked: Attacked;
afterEach(async () => {
  await attacked.stop();
  for (const name of ['data', 'f2git.yaml', 'secret', 'peaks'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

describe.each(Object.entries(platforms))('%s, refused with little memory:', (name, bytes) => {
  const subject = subjects[name];
  if (subject?.dialect === undefined) throw new Error(`${name} has no lists`);
  const { dialect } = subject;

  beforeEach(async () => {
    attacked = await attack(subject);
    for (const path of files) await attacked.course.driver.put(path.split('/'), Buffer.from(path));
    configure();
  });

  it.each(Object.entries(bombs))('%s', async (_, forms) => {
    await expectRefused(forms.ends, (passing) => {
      const parts = partsOf(passing, dialect);
      return parts === undefined ? undefined : forms[dialect.format](passing.answer, parts, bytes);
    });
  });

  it('a file without end', async () => {
    const isContent = ({ answer }: Passing) => answer.body.toString() === 'a.txt';
    await expectRefused(['source-changed', 'source-truncated', 'too-large'], (passing) =>
      isContent(passing)
        ? streamed(
            passing.answer,
            'a',
            endless(() => 'x'),
          )
        : undefined,
    );
  });
});

describe('long names over WebDAV of ILIAS, refused with little memory:', () => {
  it.each([
    ['more of them than are held', 16_000_000, 'too-large'],
    ['of files that cannot be had', 1_800_000, 'source-gone'],
  ] as const)('%s', async (_, bytes, code) => {
    const subject = subjects['ilias'];
    if (subject?.dialect === undefined) throw new Error('ILIAS has no lists');
    const { dialect } = subject;
    attacked = await attack(subject);
    for (const path of files) await attacked.course.driver.put(path.split('/'), Buffer.from(path));
    configure();
    await expectRefused([code], (passing) => {
      const parts = partsOf(passing, dialect);
      return parts === undefined ? undefined : longNames(passing.answer, parts, bytes);
    });
  });
});

describe('pages without end, refused with little memory:', () => {
  it.each([
    ['canvas', 100],
    ['studip', 1000],
  ] as const)('%s', async (name, most) => {
    attacked = await startWithOne(name);
    const { dialect } = subjects[name] ?? {};
    let first: ListParts | undefined;
    let nth = 0;
    await expectRefused(['too-large'], (passing) => {
      const { path, answer } = passing;
      first ??= dialect && partsOf(passing, dialect);
      if (first === undefined || !/\/(file-ref|file)s\?/.test(path)) return undefined;
      const { before, file, behind } = first;
      const files = Array.from({ length: most }, () => renumbered(file, (nth += 1)));
      const text = `${before}${files.join(',')}${behind}`.replace(/"total":\d+/, '"total":200000');
      const link = `<${attacked.proxy.origin}${path.replace(/&page=\d+/, '')}&page=${String(nth)}>; rel="next"`;
      return { ...answer, headers: { ...answer.headers, link }, body: Buffer.from(text) };
    });
  });
});

async function startWithOne(name: string): Promise<Attacked> {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`no such source: ${name}`);
  attacked = await attack(subject);
  await attacked.course.driver.put(['a.txt'], Buffer.from('a.txt'));
  configure();
  return attacked;
}

interface Synced {
  readonly courses: readonly {
    readonly error?: { readonly code: string; readonly message: string };
    readonly source?: { readonly problems: readonly { readonly code: string; readonly message: string }[] };
  }[];
}

/** Refreshes the course, and expects that one clear sentence says what happened, and that the fault did happen. */
async function expectRefused(
  codes: readonly (ErrorCode | undefined)[],
  fault: (passing: Passing) => Answer | Writer | undefined,
) {
  let struck = 0;
  attacked.proxy.watch((passing) => {
    const answer = fault(passing);
    if (answer !== undefined) struck += 1;
    return answer;
  });
  const ended = await f2git(['sync', 'intro', '--json'], { cwd: folder, env: measuredIn(peaks) });
  expect(struck).toBeGreaterThan(0);
  const [course] = (JSON.parse(ended.stdout) as Synced).courses;
  const said = course?.error ?? course?.source?.problems[0];
  expect(codes, ended.stdout).toContain(said?.code);
  if (said !== undefined) expectPlainWords(said.message);
  expect(ended.stdout.length).toBeLessThan(10_000);
  expectLittleMemory(peaks, ended.stdout);
}

function configure(): void {
  const { credentials = {} } = attacked.course;
  const secret = credentials.token ?? credentials.password;
  writeFileSync(join(folder, 'secret'), secret?.reveal() ?? '', { mode: 0o600 });
  const { user } = credentials;
  const signIn = user === undefined ? { token_file: 'secret' } : { user, password_file: 'secret' };
  const lines = [
    ...['data: ./data', 'homes: ./homes/{user}', 'auth: none', 'courses:', '  intro:'],
    `    source: ${JSON.stringify(attacked.raw)}`,
    `    credentials: ${JSON.stringify(signIn)}`,
    '    allow_private_addresses: true',
  ];
  writeFileSync(join(folder, 'f2git.yaml'), lines.join('\n'));
}
