import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { acquireCourseLock } from '../../src/repo/course-lock.ts';
import { temporaryFolder } from './support/course.ts';

describe('the course lock', () => {
  it('is held by one at a time and passed on', async () => {
    const folder = join(temporaryFolder(), 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        const lock = await acquireCourseLock(folder);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        lock.assertHeld();
        inside--;
        lock.release();
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(most).toBe(1);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('outlives a disk that refuses its signs of life, and is given up where it cannot be given back', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const folder = join(temporaryFolder(), 'lock');
      const lock = await acquireCourseLock(folder);
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, 'no folder');
      vi.advanceTimersByTime(60_000);
      expect(() => lock.assertHeld()).toThrow();
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      vi.advanceTimersByTime(60_000);
      lock.assertHeld();
      renameSync(folder, `${folder}.away`);
      lock.release();
    } finally {
      vi.useRealTimers();
    }
  });

  it('is waited for no longer than the caller wants', async () => {
    const folder = join(temporaryFolder(), 'lock');
    const lock = await acquireCourseLock(folder);
    const leaving = new AbortController();
    const waiting = acquireCourseLock(folder, leaving.signal);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    lock.release();
  });

  it('of a process that is gone is taken over at once, and the old holder would notice', async () => {
    const folder = join(temporaryFolder(), 'lock');
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)'], { stdio: 'ignore' });
    const old = await acquireCourseLock(folder);
    const [name] = readdirSync(folder);
    const path = join(folder, name!);
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    writeFileSync(`${path}.new`, JSON.stringify({ ...owner, pid: child.pid, started }));
    renameSync(`${path}.new`, path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const next = await acquireCourseLock(folder);
    expect(() => old.assertHeld()).toThrow('repository-busy');
    old.release();
    next.assertHeld();
    next.release();
    expect(readdirSync(folder)).toEqual(['free-2']);
  });
});
