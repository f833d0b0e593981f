/** What is not released, or no longer, is nowhere a student can look: not in ids, counts, histories, nor for a while. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import type { Progress } from '../../src/core/progress.ts';
import type { CourseRepositoryOptions } from '../../src/repo/course-repository.ts';
import type { Release } from '../../src/repo/verdicts.ts';
import { FakeCourse, noHttp, offeredTexts, openCourse } from './support/course.ts';

const eight = new Date('2026-11-02T08:30:00Z');

/** `drafts` never, `later` from half past eight on, `early` until then. */
const schedule: Release = (path, at) => {
  if (path.startsWith('drafts/')) return 'withheld';
  if (path.startsWith('later/')) return at >= eight ? 'offered' : 'withheld';
  if (path.startsWith('early/')) return at >= eight ? 'withdrawn' : 'offered';
  return 'offered';
};

describe('what is not released', () => {
  it('leaves no trace of where it was prepared when it moves to where it is offered', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', 'drafts/exam-of-anna.ipynb': 'exam' });
    const opened = openCourse(course, { release: schedule });
    await opened.refresh();
    course.set({ a: '1', b: '2', 'exam.ipynb': 'exam' });
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a', 'b', 'exam.ipynb']);
    expect(opened.repository.held()).toEqual([]);
    expect(JSON.stringify([offer, opened.repository.published()])).not.toContain('anna');
    expect(readFileSync(join(opened.gitDir, 'f2git/history'), 'utf8')).not.toContain('anna');
  });

  it('is not counted in what a student sees of the progress', async () => {
    const hidden = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`drafts/${number}`, `text ${number}`]));
    const opened = openCourse(new FakeCourse().set({ a: '1', ...hidden }), { release: schedule });
    const told: Progress[] = [];
    await opened.repository.refresh({ freshness: 0, onProgress: (progress) => told.push(progress) });
    const counted = told.filter(({ total }) => total !== undefined);
    expect(counted.map(({ step, total }) => [step, total])).toEqual([
      ['listing', 1],
      ['fetching', 1],
    ]);
    expect(counted.at(-1)).toMatchObject({ done: 1, bytes: 1 });
  });

  it('is not counted in what a student sees of the requests and bytes', async () => {
    const released = { a: 'one', b: 'two', c: 'three' };
    const hidden = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`drafts/${number}`, `text ${number}`]));
    const seen = [released, { ...hidden, ...released }].map(async (files) => {
      const { source } = await openCourse(new FakeCourse().set(files), {
        release: schedule,
        ...counted(files),
      }).refresh();
      return { requests: source.requests, bytes: source.bytes };
    });
    expect(await Promise.all(seen)).toEqual([
      { requests: 4, bytes: 11 },
      { requests: 4, bytes: 11 },
    ]);
  });

  it('comes, and what is over goes, at its minute although the source hangs', async () => {
    const course = new FakeCourse().set({ a: '1', 'early/x': '2', 'later/y': '3' });
    const adapter = course.adapter();
    let hang = Promise.resolve();
    const opened = openCourse(course, {
      release: schedule,
      source: {
        adapter: {
          ...adapter,
          open: async (config, context) => {
            const session = await adapter.open(config, context);
            return { ...session, list: async (signal) => (await hang, session.list(signal)) };
          },
        },
        config: {},
        credentials: {},
        createHttp: noHttp,
      },
    });
    await opened.refresh();
    let goOn = (): void => undefined;
    hang = new Promise((resolve) => (goOn = resolve));
    opened.clock.at = eight;
    const refreshed = opened.repository.refresh({ freshness: 0 });
    try {
      await expect
        .poll(() => opened.repository.offer().then((offer) => offeredTexts(offer!)))
        .toEqual(['a', 'later/y']);
    } finally {
      goOn();
    }
    expect(offeredTexts(await refreshed)).toEqual(['a', 'later/y']);
  });
});

/** A source that is asked over HTTP: once for the listing, once for each content. */
function counted(files: Readonly<Record<string, string>>): Pick<CourseRepositoryOptions, 'source'> {
  const adapter = new FakeCourse().set(files).adapter();
  const counts = { requests: 0, bytes: 0 };
  const ask = (bytes: number) => {
    counts.requests += 1;
    counts.bytes += bytes;
  };
  return {
    source: {
      adapter: {
        ...adapter,
        open: async (config, context) => {
          const session = await adapter.open(config, context);
          return {
            ...session,
            list: (signal) => (ask(0), session.list(signal)),
            fetch: (entry, signal) => (ask(entry.size ?? 0), session.fetch(entry, signal)),
          };
        },
      },
      config: {},
      credentials: {},
      createHttp: () => ({ ...noHttp(), counts }),
    },
  };
}

describe('what was purged', () => {
  it('is refused at once, also by a server that was running when somebody else purged it', async () => {
    const opened = openCourse(new FakeCourse().set({ a: '1', 'secret.txt': 'personal data' }));
    const offer = await opened.refresh();
    const { oid } = offer.files.find(({ path }) => path === 'secret.txt')!;
    const running = opened.reopen();
    expect(running.blob(oid)?.size).toBe(13);
    await opened.repository.purge(relPathOf('secret.txt'));
    expect(running.blob(oid)).toBeUndefined();
    await expect(running.contents.read(oid)).rejects.toThrow('object-missing');
    expect(JSON.stringify(running.published())).not.toContain('secret');
  });
});
