/** The environment repository: content never moves it, and tools that build images see one commit for one environment. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { until } from '../server/harness.ts';
import { GitCourse, git, run } from './support.ts';

const environment = { 'environment.yml': 'dependencies:\n  - numpy\n' };
const content = { 'README.md': 'Welcome\n', 'week1/lab1.py': 'one = 1\n' };

async function headOf(course: GitCourse): Promise<string> {
  return (await git(course.root, 'ls-remote', course.environmentAddress, 'HEAD')).slice(0, 40);
}

describe('the environment repository of a course', () => {
  it('holds what repo2docker reads and nothing else, at the same paths, with a tag for the version', async () => {
    const course = await new GitCourse().write({ ...environment, ...content, 'apt.txt': 'graphviz\n' }).start();
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'ls-files')).toBe('apt.txt\nenvironment.yml');
    expect(readFileSync(`${clone}/apt.txt`, 'utf8')).toBe('graphviz\n');
    expect(await git(clone, 'tag', '--points-at', 'HEAD')).toBe(`env-${await git(clone, 'rev-parse', 'HEAD^{tree}')}`);
    await git(clone, 'fsck', '--strict', '--full');
    await git(`${course.data}/intro/environment.git`, 'fsck', '--strict', '--full');
    const readme = await git(course.gitDir, 'rev-parse', 'main:README.md');
    await expect(git(clone, 'cat-file', '-e', readme)).rejects.toThrow();
  });

  it('stays at its commit while the content changes ten times, and moves with the environment', async () => {
    const course = await new GitCourse().write({ ...environment, ...content }).start();
    const first = await headOf(course);
    for (let change = 1; change <= 10; change++) {
      course.write({ 'week1/lab1.py': `one = ${change}\n`, [`week${change}/more.txt`]: 'more\n' });
      expect(await headOf(course)).toBe(first);
    }
    expect(await git(course.gitDir, 'rev-list', '--count', 'main')).toBe('11');
    course.write({ 'environment.yml': 'dependencies:\n  - scipy\n' });
    const second = await headOf(course);
    expect(second).not.toBe(first);
    course.write(environment);
    const third = await headOf(course);
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'rev-list', 'HEAD')).toBe([third, second, first].join('\n'));
    const tags = await git(clone, 'for-each-ref', '--format=%(objectname)', 'refs/tags');
    expect(tags.split('\n').sort()).toEqual([first, second].sort());
    expect(await git(clone, 'rev-parse', 'HEAD^{tree}')).toBe(await git(clone, 'rev-parse', `${first}^{tree}`));
  });

  it('says in words why it cannot be, and follows again when it can', async () => {
    const course = await new GitCourse().write({ ...environment, ...content, postBuild: 'python setup\n' }).start();
    const refused = await run('git', ['ls-remote', course.environmentAddress]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('“postBuild”, it is a program that may need any file of the course');
    const german = await run('git', ['ls-remote', course.environmentAddress], {
      env: { LANGUAGE: 'de', LC_ALL: 'de_DE.UTF-8' },
    });
    expect(german.stderr).toContain('ein Programm, das jede Datei des Kurses brauchen kann');
    course.remove('postBuild');
    expect(await headOf(course)).toMatch(/^[0-9a-f]{40}$/);
    course.remove('environment.yml');
    expect(await headOf(course)).toMatch(/^[0-9a-f]{40}$/);
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'ls-files')).toBe('');
  });

  it('is missing where a course describes none, and takes what staff add', async () => {
    const bare = await new GitCourse().write(content).start();
    expect((await run('git', ['ls-remote', bare.environmentAddress])).stderr).toContain('describes no environment');
    const course = new GitCourse().write({
      ...environment,
      ...content,
      'binder/postBuild': 'true\n',
      'lib/a.py': '1\n',
    });
    await course.start('    environment: { extra: [binder/postBuild, lib] }');
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'ls-files')).toBe('binder/postBuild\nlib/a.py');
  });

  it('opens to its own address only, and to no fetch of the content', async () => {
    const course = await new GitCourse().write({ ...environment, ...content }).start();
    await headOf(course);
    const crossed = `${course.origin}/git/${course.token('git')}/intro-environment`;
    expect((await run('git', ['ls-remote', crossed])).stderr).toContain('not found');
    const tip = (await git(course.root, 'ls-remote', course.address, 'HEAD')).slice(0, 40);
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    await expect(git(clone, 'fetch', '-q', 'origin', tip)).rejects.toThrow(/not our ref|unadvertised/);
  });

  it('lets go of what is purged, history included', async () => {
    const course = await new GitCourse()
      .write({ ...content, 'apt.txt': 'token=1234\n', 'runtime.txt': 'python-3.12\n' })
      .start();
    await headOf(course);
    const blob = await git(`${course.data}/intro/environment.git`, 'rev-parse', 'main:apt.txt');
    execFileSync(process.execPath, ['dist/cli.js', 'purge', 'intro', 'apt.txt', '--config', course.writeConfig()], {
      stdio: 'pipe',
    });
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'ls-files')).toBe('runtime.txt');
    await expect(git(clone, 'cat-file', '-e', blob)).rejects.toThrow();
    await expect(git(`${course.data}/intro/environment.git`, 'cat-file', '-e', blob)).rejects.toThrow();
  });

  it('mends itself from the course', async () => {
    const course = await new GitCourse().write({ ...environment, ...content }).start();
    const first = await headOf(course);
    const packs = `${course.data}/intro/environment.git/objects/pack`;
    const pack = (await run('ls', [packs])).stdout.split('\n').find((name) => name.endsWith('.pack')) ?? '';
    chmodSync(`${packs}/${pack}`, 0o644);
    writeFileSync(`${packs}/${pack}`, readFileSync(`${packs}/${pack}`).fill(0, 20, 60));
    await course.restart();
    await run('git', ['clone', '-q', course.environmentAddress, course.path('broken')]);
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.environmentAddress, clone);
    expect(await git(clone, 'rev-parse', 'HEAD')).toBe(first);
    await git(clone, 'fsck', '--strict', '--full');
  });
});

describe('the hook', () => {
  it('is run once for each new version, by fixed words, without secrets, and its output is logged', async () => {
    const course = new GitCourse().write({ ...environment, ...content });
    writeFileSync(
      course.path('hook'),
      `#!/bin/sh\necho "$1 $F2GIT_COURSE $F2GIT_TAG $F2GIT_COMMIT" >> ${course.path('told')}\nenv | sort > ${course.path('env')}\necho built\n`,
      { mode: 0o755 },
    );
    await course.start(`    environment: { hook: [./hook, "a b; c"] }`);
    const first = await headOf(course);
    const told = (): string => (existsSync(course.path('told')) ? readFileSync(course.path('told'), 'utf8') : '');
    await until(() => (told() === '' ? undefined : true));
    course.write({ 'week1/lab1.py': 'one = 2\n' });
    await headOf(course);
    course.write({ 'environment.yml': 'dependencies: [scipy]\n' });
    // a click is enough: nobody has to ask for the environment
    await git(course.root, 'ls-remote', '-q', course.address);
    await until(() => (told().split('\n').length < 3 ? undefined : true));
    const lines = told().trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(new RegExp(`^a b; c intro env-[0-9a-f]{40} ${first}$`));
    expect(lines[1]).toContain(await headOf(course));
    const names = readFileSync(course.path('env'), 'utf8').match(/^\w+(?==)/gm);
    expect(names?.filter((name) => !/^(PATH|LANG|PWD|SHLVL|_|F2GIT_(COURSE|AUDIENCE|COMMIT|TAG))$/.test(name))).toEqual(
      [],
    );
    await until(() =>
      course.logLines.filter((text) => text.includes('"output":"built"')).length < 2 ? undefined : true,
    );
  });

  it('that fails or is not there is told in the log, and nothing else suffers', async () => {
    const course = new GitCourse().write({ ...environment, ...content });
    await course.start('    environment: { hook: [/nonexistent/hook] }');
    expect(await headOf(course)).toMatch(/^[0-9a-f]{40}$/);
    await until(() => (course.logLines.some((text) => text.includes('environment hook failed')) ? true : undefined));
  });
});
