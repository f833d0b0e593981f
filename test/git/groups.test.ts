/** An address for git that shows what students in several groups have: as `f2git link` prints it, and a server knows it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f2git } from '../e2e/support.ts';
import { GitCourse, git, run } from './support.ts';

const GROUPED = `    release:
      - { path: "a/**", from: 2020-01-01, for: [group-a] }
      - { path: "b/**", from: 2020-01-01, for: [group-b] }
      - { path: "c/**", from: 2020-01-01, for: ["c, with a comma"] }
    groups: { group-a: [anna], group-b: [anna], idle: [anna] }
`;

async function course(): Promise<GitCourse> {
  const files = { 'open.txt': 'o', 'a/a.txt': 'a', 'b/b.txt': 'b', 'c/c.txt': 'c' };
  return new GitCourse().write({ ...files, 'requirements.txt': 'numpy\n' }).start(GROUPED);
}

async function link(at: GitCourse, ...words: readonly string[]): Promise<{ git: string; environment: string }> {
  const config = at.writeConfig();
  const { status, stdout, stderr } = await f2git(['link', 'intro', '--config', config, '--json', ...words], {
    cwd: at.root,
  });
  expect([status, stderr]).toEqual([0, '']);
  const { git, environment } = JSON.parse(stdout) as { git: string; environment: string };
  // the configuration leaves the port to the system
  const here = (address: string): string => `${at.origin}${new URL(address).pathname}`;
  return { git: here(git), environment: here(environment) };
}

describe('the address of several groups', () => {
  it('shows what those have who are in all of them, also to a server that runs already', async () => {
    const at = await course();
    const both = await link(at, '--for', 'group-a,group-b');
    expect(await link(at, '--for', 'group-b', '--for=group-a', '--for', 'idle')).toEqual(both);
    await git(at.root, 'clone', '-q', both.git, at.path('both'));
    expect(['open.txt', 'a/a.txt', 'b/b.txt', 'c/c.txt'].map((path) => existsSync(at.path(`both/${path}`)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await git(at.root, 'clone', '-q', both.environment, at.path('environment'));
    expect(readFileSync(at.path('environment/requirements.txt'), 'utf8')).toBe('numpy\n');
    await at.restart();
    const address = `${at.origin}${new URL(both.git).pathname}`;
    expect(await git(at.root, 'ls-remote', '-q', address, 'main')).toContain('refs/heads/main');
    const config = at.writeConfig();
    await f2git(['link', 'intro', '--config', config, '--revoke'], { cwd: at.root });
    expect((await run('git', ['ls-remote', address])).status).not.toBe(0);
  });

  it('is the one of a single group, and of everybody, where the others change nothing', async () => {
    const at = await course();
    expect(await link(at, '--for', 'group-a,idle')).toEqual(await link(at, '--for', 'group-a'));
    expect(await link(at, '--for', 'idle')).toEqual(await link(at));
    expect(await link(at, '--for', 'c, with a comma')).not.toEqual(await link(at));
    const unknown = await f2git(['link', 'intro', '--config', at.writeConfig(), '--for', 'group-a,nobody'], {
      cwd: at.root,
    });
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('--for nobody')]);
  });
});
