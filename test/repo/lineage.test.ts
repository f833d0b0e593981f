/** A student may change groups: what goes by one name in two audiences, at whatever time, is one file. */
import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import { parseSchedule, releaseAt } from '../../src/release/schedule.ts';
import type { AudienceRepository } from '../../src/repo/offering.ts';
import type { Release } from '../../src/repo/verdicts.ts';
import { FakeCourse, openCourse, type Opened } from './support/course.ts';

const schedule = parseSchedule(
  [
    { path: 'a/**', for: ['a'] },
    { path: 'b/**', for: ['b'] },
  ],
  'Europe/Berlin',
);
const releaseFor =
  (...groups: readonly string[]): Release =>
  (path, at) =>
    releaseAt(schedule, path, at, groups);

function openForAll(course: FakeCourse): Opened {
  return openCourse(course, { release: releaseFor(), widestRelease: releaseFor('a', 'b') });
}

function audiencesOf({ repository }: Opened): readonly AudienceRepository[] {
  const groups = [['a'], ['b'], ['a', 'b']];
  return [repository, ...groups.map((each) => repository.openAudience(`for-${each.join('+')}`, releaseFor(...each)))];
}

function refresh({ clock }: Opened, audience: AudienceRepository): Promise<Offer> {
  clock.pass(1000);
  return audience.refresh({ freshness: 0 });
}

const idOf = (offer: Offer, path: string) => offer.files.find((file) => file.path === path)?.id;

describe('a file', () => {
  it('never goes by a name that another file has in another audience', async () => {
    const course = new FakeCourse().set({ 'a/x.txt': 'X', 'k.txt': 'k' });
    const opened = openForAll(course);
    const [everybody, a] = audiencesOf(opened) as [AudienceRepository, AudienceRepository];
    const move = async (files: Readonly<Record<string, string>>) => {
      course.set({ ...files, 'k.txt': 'k' });
      return [await refresh(opened, everybody), await refresh(opened, a)] as const;
    };
    await move({ 'a/x.txt': 'X' });
    await move({ 'x.txt': 'X' });
    await move({ 'y.txt': 'X' });
    const [theirs, ours] = await move({ 'y.txt': 'X', 'x.txt': 'Z' });
    expect(idOf(theirs, 'y.txt')).not.toBe(idOf(ours, 'x.txt'));
    expect(idOf(ours, 'y.txt')).not.toBe(idOf(theirs, 'x.txt'));
  });

  it('is not taken for one that is gone, by an audience that did not look meanwhile', async () => {
    const course = new FakeCourse().set({ 'x.txt': 'X', 'k.txt': 'k', 'l.txt': 'l' });
    const opened = openForAll(course);
    const [everybody, a] = audiencesOf(opened) as [AudienceRepository, AudienceRepository];
    const step = async (files: Readonly<Record<string, string>>) => {
      course.set({ ...files, 'k.txt': 'k', 'l.txt': 'l' });
      await refresh(opened, everybody);
    };
    await step({ 'a/x.txt': 'X' });
    const before = await refresh(opened, a);
    await step({ 'a/y.txt': 'X' });
    expect(idOf(await refresh(opened, a), 'a/y.txt')).toBe(idOf(before, 'a/x.txt'));
    await step({});
    await step({ 'a/x.txt': 'Z' });
    expect(idOf(await refresh(opened, a), 'a/x.txt')).not.toBe(idOf(before, 'a/x.txt'));
  });

  it('keeps its name for everybody who comes to have it', async () => {
    const course = new FakeCourse().set({ 'a/x.txt': 'X', 'k.txt': 'k' });
    const opened = openForAll(course);
    const [everybody, a, b] = audiencesOf(opened) as [AudienceRepository, AudienceRepository, AudienceRepository];
    const first = idOf(await refresh(opened, a), 'a/x.txt');
    course.set({ 'x.txt': 'X', 'k.txt': 'k' });
    const offers = [await refresh(opened, a), await refresh(opened, everybody), await refresh(opened, b)];
    expect(offers.map((offer) => idOf(offer, 'x.txt'))).toEqual([first, first, first]);
    expect(JSON.stringify(offers)).not.toContain('a/x');
  });

  it('is never another file for a student who changes groups, whatever happens at the source', async () => {
    const runs = Number(process.env['F2GIT_RUNS'] ?? 1) * 60;
    await fc.assert(fc.asyncProperty(stories, neverAnotherFile), { numRuns: runs, seed: 20261123 });
  }, 120_000);
});

const paths = ['a/x', 'x', 'y'];
/** At the source somebody moves a file, makes or deletes one; or what is known of the course is lost. */
const step = fc.record({
  event: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('move' as const), which: fc.nat(), to: fc.constantFrom(...paths) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('make' as const), at: fc.constantFrom(...paths) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.constantFrom(...paths) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'forget' as const }) },
  ),
  doesAClick: fc.boolean(),
});
const stories = fc.array(step, { minLength: 5, maxLength: 9, size: 'max' });
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** The files at the source by their path: which they are, and their text. */
class Files {
  readonly at = new Map([['a/x', { file: 0, text: 'the first' }]]);
  #made = 0;

  happen({ event }: Step): void {
    if (event.kind === 'delete') this.at.delete(event.at);
    // made where a file is: the next version of that one, as for whoever replaces a file by another
    const text = `text ${++this.#made}`;
    if (event.kind === 'make') this.at.set(event.at, { file: this.at.get(event.at)?.file ?? this.#made, text });
    const movable = [...this.at];
    const moved = event.kind === 'move' ? movable[event.which % movable.length] : undefined;
    if (event.kind !== 'move' || moved === undefined || this.at.has(event.to)) return;
    this.at.set(event.to, moved[1]);
    this.at.delete(moved[0]);
  }
}

async function neverAnotherFile(story: readonly Step[]): Promise<void> {
  const course = new FakeCourse();
  const opened = openForAll(course);
  const a = opened.repository.openAudience('for-a', releaseFor('a'));
  const files = new Files();
  /** What students who were anywhere at any time may have by each name. */
  const had = new Map<string, { readonly file: number; readonly path: string }[]>();
  for (const each of story) {
    files.happen(each);
    if (each.event.kind === 'forget') rmSync(join(opened.dir, 'course.json'), { force: true });
    const texts = [...files.at].map(([path, { text }]) => [path, text]);
    // enough others for the brake to hold nothing
    course.set({ k1: '1', k2: '2', k3: '3', k4: '4', ...(Object.fromEntries(texts) as Record<string, string>) });
    // what happens between two looks at the source nobody can tell apart
    for (const audience of each.doesAClick ? [opened.repository, a] : [opened.repository]) {
      for (const { id, path } of (await refresh(opened, audience)).files) {
        const { file = -1 } = files.at.get(path) ?? {};
        const known = had.get(id) ?? [];
        const others = known.filter((one) => one.file !== file && one.path !== path);
        expect(others, `at "${path}", "${id}" is another file`).toEqual([]);
        had.set(id, [...known, { file, path }]);
      }
    }
  }
  await opened.repository.close();
}
