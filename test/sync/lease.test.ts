import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/sync/home.ts';
import { takeLease } from '../../src/sync/lease.ts';
import { course } from '../support/course.ts';
import { Story } from '../support/dsl.ts';
import { injecting } from '../support/faulty-home.ts';

let story: Story;
let home: Home;

beforeEach(async () => {
  story = new Story(course({ 'a.txt': 'one\n' }));
  await story.sync();
  home = openHome(story.workspace);
});
afterEach(() => {
  home.dispose();
  story.dispose();
});

describe('the lease of a workspace', () => {
  it('lets one run wait for the other, and both succeed', async () => {
    story.course.put({ 'a.txt': 'two\n' });
    const reports = await Promise.all([story.sync(), story.sync(), story.sync()]);
    expect(reports.map(({ outcome }) => outcome).sort()).toEqual(['unchanged', 'unchanged', 'updated']);
    story.expectHome({ 'a.txt': 'two\n' });
    expect(story.litter()).toEqual([]);
  });

  it('is refused after the patience is over while its owner lives, and nothing is changed', async () => {
    const lease = await takeLease(home, '00000001', 0);
    story.course.put({ 'a.txt': 'two\n' });
    await expect(story.sync({ patience: 0 })).rejects.toMatchObject({ code: 'workspace-busy' });
    story.expectHome({ 'a.txt': 'one\n' });
    lease.release();
    await story.sync();
    story.expectHome({ 'a.txt': 'two\n' });
  });

  it('of a dead process is taken over without a person', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const { pid } = child;
    await once(child, 'exit');
    const lease = await takeLease(home, '00000001', 0);
    const file = story.path('.f2git/lease/owner.json');
    const owner = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    fs.writeFileSync(file, JSON.stringify({ ...owner, pid }));
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync({ patience: 0 });
    story.expectHome({ 'a.txt': 'two\n' });
    lease.release();
    expect(story.litter()).toEqual([]);
  });

  it('of a process whose number came again is taken over', async () => {
    await takeLease(home, '00000001', 0);
    const file = story.path('.f2git/lease/owner.json');
    const owner = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    fs.writeFileSync(file, JSON.stringify({ ...owner, start: '1' }));
    story.course.put({ 'a.txt': 'two\n' });
    expect((await story.sync({ patience: 0 })).outcome).toBe('updated');
  });

  it('E8: a run that lost it stops before its next write', async () => {
    story.course.put({ 'a.txt': 'two\n', 'b.txt': 'b\n' });
    const act = (): void => {
      fs.rmSync(story.path('.f2git/lease'), { recursive: true, force: true });
      fs.mkdirSync(story.path('.f2git/lease'));
      fs.writeFileSync(story.path('.f2git/lease/owner.json'), '{"scope":"elsewhere","pid":1,"start":"1","token":"x"}');
    };
    let at = 1;
    const probe = injecting({ kind: 'race', at: Number.MAX_SAFE_INTEGER, act });
    const rehearsal = new Story(course({ 'a.txt': 'one\n' }));
    await rehearsal.sync();
    rehearsal.course.put({ 'a.txt': 'two\n', 'b.txt': 'b\n' });
    await rehearsal.sync({ home: probe.home });
    rehearsal.dispose();
    at = probe.log.findIndex((operation) => operation.endsWith('.f2git/stage/0')) + 1;
    expect(at).toBeGreaterThan(0);
    const run = story.sync({ home: injecting({ kind: 'race', at, act }).home });
    await expect(run).rejects.toMatchObject({ code: 'workspace-busy' });
    story.expectHome({ 'a.txt': 'one\n' });
    fs.rmSync(story.path('.f2git/lease'), { recursive: true });
    await story.sync();
    story.expectHome({ 'a.txt': 'two\n', 'b.txt': 'b\n' });
  });

  it('is not taken for a click that changes nothing', async () => {
    const lease = await takeLease(home, '00000001', 0);
    lease.release();
    const before = story.fingerprint();
    expect((await story.sync({ patience: 0 })).outcome).toBe('unchanged');
    expect(story.fingerprint()).toBe(before);
  });
});
