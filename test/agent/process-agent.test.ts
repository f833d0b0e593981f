/** The agent as a process under the student's own uid, with real accounts of this machine. */
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Agent } from '../../src/agent/agent.ts';
import type { ProcessAgentOptions } from '../../src/agent/process-agent.ts';
import { compile } from '../torture/program.ts';
import { buildAgent, programFolder } from './support/built-agent.ts';
import { processesOf } from './support/processes.ts';
import { makeGroup, makeStudent, mayMakeAccounts, removeAccounts, settle, type Student } from './support/students.ts';
import { openStage, type Stage } from './support/stage.ts';

let folder: string;
let program: string;
let stage: Stage;
let agent: Agent;
let anna: Student;
let ben: Student;
let accounts: readonly Student[] = [];

beforeAll(async () => {
  folder = programFolder();
  program = await buildAgent(folder);
  if (mayMakeAccounts) accounts = [await makeStudent(), await makeStudent()];
});

afterAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  await removeAccounts();
});

beforeEach(() => {
  if (!mayMakeAccounts) return;
  stage = openStage();
  [anna, ben] = accounts.map((student) => settle(student, stage.homes)) as [Student, Student];
  agent = agentFor(anna);
});

afterEach(async () => {
  if (mayMakeAccounts) await stage.close();
});

/** An agent for the jobs of one student, whose home may be somewhere else. */
function agentFor(user: Student, home = user.home, options: Partial<ProcessAgentOptions> = {}): Agent {
  return stage.agent(program, { residenceOf: () => Promise.resolve({ user, home }), ...options });
}

const inCourse = (student: Student, path: string): string => join(student.home, 'intro', path);
const read = (path: string): string => fs.readFileSync(path, 'utf8');

/** Writes as the student does: the file is theirs. */
function write(student: Student, path: string, text: string): void {
  fs.writeFileSync(path, text);
  fs.chownSync(path, student.uid, student.gid);
}

describe.skipIf(!mayMakeAccounts)('an agent in a process of its own (needs root)', () => {
  test('brings the course; every file is the student’s own', async () => {
    stage.put({ 'week1/lab1.py': 'one = 1\n' });
    expect(await stage.click(agent, anna)).toMatchObject({ outcome: 'updated', workspace: join(anna.home, 'intro') });
    expect(read(inCourse(anna, 'week1/lab1.py'))).toBe('one = 1\n');
    for (const path of ['', 'README.md', 'week1', '.f2git', '.f2git/state.json']) {
      const { uid, gid } = fs.statSync(inCourse(anna, path));
      expect([path, uid, gid]).toEqual([path, anna.uid, anna.gid]);
    }
  });

  test('merges what the student wrote, undoes and recalls, and nothing is left running', async () => {
    stage.put({ 'lab.py': 'one\ntwo\nthree\n' });
    await stage.click(agent, anna);
    write(anna, inCourse(anna, 'lab.py'), 'one\nTWO\nthree\n');
    stage.put({ 'lab.py': 'one\ntwo\nthree\nfour\n' });
    const report = await stage.click(agent, anna);
    expect(report.notices).toMatchObject([{ path: 'lab.py', action: 'merged' }]);
    expect(read(inCourse(anna, 'lab.py'))).toBe('one\nTWO\nthree\nfour\n');

    const job = stage.job(anna, await stage.offer());
    const { signal } = new AbortController();
    expect(await agent.recall({ ...job, run: report.run }, signal)).toEqual(report);
    expect(await agent.recall(job, signal)).toBeUndefined();
    const undone = await agent.run({ ...job, kind: 'undo', undoes: report.run }, () => undefined, signal);
    expect([undone.kind, undone.undoes, read(inCourse(anna, 'lab.py'))]).toEqual([
      'undo',
      report.run,
      'one\nTWO\nthree\n',
    ]);
    await agent.close();
    expect(processesOf(anna)).toEqual([]);
  });

  test('brings 20 MB through the pipe, and tells how far it is', async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, 'twenty megabytes of a film ');
    stage.put({ 'film.mp4': content });
    const steps = new Set<string>();
    const job = stage.job(anna, await stage.offer());
    await agent.run(job, ({ step }) => steps.add(step), new AbortController().signal);
    expect(fs.readFileSync(inCourse(anna, 'film.mp4')).equals(content)).toBe(true);
    expect([...steps]).toContain('writing');
  });

  test('A27: the student who looks into it finds no secret and no way to anything but the home', async () => {
    process.env['F2GIT_CANARY'] = 'canary-secret-of-the-server';
    stage.put(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}.txt`, `${n}\n`])));
    const seen = await lookWhileWriting();
    delete process.env['F2GIT_CANARY'];
    expect(seen.environ).not.toContain('canary');
    expect(seen.environ.split('\0').map((entry) => entry.split('=')[0])).toEqual([
      'PATH',
      'LANG',
      'UV_THREADPOOL_SIZE',
      '',
    ]);
    expect(seen.cmdline).toBe(`${process.execPath}\0${program}\0`);
    const strange = seen.descriptors.filter(
      (target) => !/^(\/dev\/null|pipe:|socket:|anon_inode:)/.test(target) && !target.startsWith(`${anna.home}/intro`),
    );
    expect(strange).toEqual([]);
    expect(seen.status).toMatch(/^NoNewPrivs:\s+1$/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(seen.status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    expect(seen.status).toMatch(new RegExp(`^Uid:\\s+${anna.uid}\\s+${anna.uid}\\s+${anna.uid}\\s+${anna.uid}$`, 'm'));
    for (const secret of ['canary-secret-of-the-server', join(stage.root, 'data')])
      expect([secret, seen.memory.includes(secret)]).toEqual([secret, false]);
  });

  /** Stops the process in the middle of a run and looks at it, as the student can. */
  async function lookWhileWriting() {
    let found: ReturnType<typeof lookAt> | undefined;
    const job = stage.job(anna, await stage.offer());
    const look = (): void => {
      const [pid] = processesOf(anna);
      if (pid !== undefined) found ??= lookAt(pid, anna);
    };
    await agent.run(job, look, new AbortController().signal);
    if (found === undefined) throw new Error('nothing was seen');
    return found;
  }

  test('a home that only a project’s group may reach is reached, and by nobody else', async () => {
    const group = makeGroup();
    const project = join(stage.homes, 'project');
    fs.mkdirSync(project);
    execFileSync('chgrp', [group, project]);
    fs.chmodSync(project, 0o750);
    const member = settle(await makeStudent([group]), project);
    const stranger = settle(ben, project);
    expect(await stage.click(agentFor(member), member)).toMatchObject({ outcome: 'updated' });
    await expect(stage.click(agentFor(stranger), stranger)).rejects.toMatchObject({ code: 'workspace-unwritable' });
  });

  test('A31: a home that is somebody else’s takes nothing, also behind a link or open to all', async () => {
    fs.chmodSync(ben.home, 0o777);
    fs.symlinkSync(ben.home, join(stage.homes, 'link'));
    for (const home of [ben.home, join(stage.homes, 'link')]) {
      await expect(stage.click(agentFor(anna, home), anna, home)).rejects.toMatchObject({ code: 'account-refused' });
    }
    expect(fs.readdirSync(ben.home)).toEqual([]);
    const gone = join(stage.homes, 'gone');
    await expect(stage.click(agentFor(anna, gone), anna, gone)).rejects.toMatchObject({ code: 'home-missing' });
  });

  test('A19: a course folder that is a link to another home is refused, and nothing is written there', async () => {
    fs.chmodSync(ben.home, 0o777);
    fs.symlinkSync(ben.home, join(anna.home, 'intro'));
    await expect(stage.click(agent, anna)).rejects.toMatchObject({ code: 'workspace-not-a-folder' });
    expect(fs.readdirSync(ben.home)).toEqual([]);
  });

  test('A20: a folder that changes places with a link all the time lets nothing out', async () => {
    const files = (round: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`sub/f${n}.txt`, `${round}\n`]));
    stage.put(files(0));
    await stage.click(agent, anna);
    const victim = join(stage.homes, 'victim');
    fs.mkdirSync(victim, { mode: 0o777 });
    fs.chmodSync(victim, 0o777);
    for (let n = 0; n < 40; n++) fs.writeFileSync(join(victim, `f${n}.txt`), 'not yours\n');
    fs.symlinkSync(victim, inCourse(anna, 'link'));
    const before = fs.readdirSync(victim).map((name) => [name, fs.statSync(join(victim, name)).ino]);
    const rights = [`--reuid=${anna.name}`, `--regid=${anna.gid}`, '--init-groups', '--'];
    const exchanged = [inCourse(anna, 'sub'), inCourse(anna, 'link')];
    const swapper = spawn('setpriv', [...rights, swapperProgram(), ...exchanged], { stdio: 'ignore' });
    try {
      for (let round = 1; round <= 6 * Number(process.env['F2GIT_RUNS'] ?? 1); round++) {
        stage.put(files(round));
        await stage.click(agent, anna).catch(refusedForTheSwap);
      }
    } finally {
      swapper.kill('SIGKILL');
    }
    expect(fs.readdirSync(victim).map((name) => [name, fs.statSync(join(victim, name)).ino])).toEqual(before);
    expect(fs.readdirSync(victim).filter((name) => read(join(victim, name)) !== 'not yours\n')).toEqual([]);
  });

  function swapperProgram(): string {
    const path = compile('test/torture/race/swapper.c', folder, false);
    fs.chmodSync(path, 0o755);
    return path;
  }

  test('A21 and A22: a link to another’s file is not written through, symbolic or hard', async () => {
    stage.put({ 'soft.py': 'course 1\n', 'hard.py': 'course 1\n' });
    await stage.click(agent, anna);
    for (const name of ['soft', 'hard']) {
      write(ben, join(ben.home, name), 'course 1\n');
      fs.chmodSync(join(ben.home, name), 0o666);
      fs.rmSync(inCourse(anna, `${name}.py`));
    }
    fs.chmodSync(ben.home, 0o777);
    fs.symlinkSync(join(ben.home, 'soft'), inCourse(anna, 'soft.py'));
    fs.linkSync(join(ben.home, 'hard'), inCourse(anna, 'hard.py'));
    stage.put({ 'soft.py': 'course 2\n', 'hard.py': 'course 2\n' });
    const { notices } = await stage.click(agent, anna);
    expect([read(join(ben.home, 'soft')), read(join(ben.home, 'hard'))]).toEqual(['course 1\n', 'course 1\n']);
    expect(fs.lstatSync(inCourse(anna, 'soft.py')).isSymbolicLink()).toBe(true);
    expect(notices.find(({ path }) => (path as string) === 'soft.py')?.copy).toBe('soft.course.py');
    expect(read(inCourse(anna, 'soft.course.py'))).toBe('course 2\n');
    expect(read(inCourse(anna, 'hard.py'))).toBe('course 2\n');
  });

  test('A23: a pipe where a file should be holds nobody up', async () => {
    stage.put({ 'lab.py': 'one\n' });
    await stage.click(agent, anna);
    fs.rmSync(inCourse(anna, 'lab.py'));
    execFileSync('mkfifo', [inCourse(anna, 'lab.py')]);
    stage.put({ 'lab.py': 'two\n' });
    expect(await stage.click(agent, anna)).toMatchObject({ outcome: 'updated' });
    expect(read(inCourse(anna, 'lab.course.py'))).toBe('two\n');
  });

  test('A23: a process that hangs is killed, others go on, and the next click completes', async () => {
    stage.put({ 'lab.py': 'one\n' });
    const impatient = agentFor(anna, anna.home, { silenceMs: 1_500, size: 1 });
    const job = stage.job(anna, await stage.offer());
    const hung = impatient.run(job, () => stop(anna), new AbortController().signal);
    const next = impatient.run(stage.job(anna, await stage.offer()), () => undefined, new AbortController().signal);
    await expect(hung).rejects.toMatchObject({ code: 'workspace-hung' });
    expect(await next).toMatchObject({ head: job.offer.head });
    expect(read(inCourse(anna, 'lab.py'))).toBe('one\n');
    expect(stage.events).toContainEqual(expect.objectContaining({ event: 'agent process hangs' }));
  });

  /** The first process of the student stands still from now on. */
  let stopped: number | undefined;
  function stop(student: Student): void {
    if (stopped !== undefined) return;
    [stopped] = processesOf(student);
    if (stopped !== undefined) process.kill(stopped, 'SIGSTOP');
  }

  test('A29: a full home stops this student’s run alone, and the next click goes on', async () => {
    execFileSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=2m,mode=0750,uid=${anna.uid},gid=${anna.gid}`,
      'tmpfs',
      anna.home,
    ]);
    try {
      stage.put({ 'small.txt': 'small\n', 'film.mp4': Buffer.alloc(8 * 1024 * 1024, 'film') });
      await expect(stage.click(agent, anna)).rejects.toMatchObject({ code: 'disk-full' });
      expect(await stage.click(agentFor(ben), ben)).toMatchObject({ outcome: 'updated' });
      execFileSync('mount', ['-o', 'remount,size=32m', anna.home]);
      expect(await stage.click(agent, anna)).toMatchObject({ outcome: 'updated' });
      expect(fs.statSync(inCourse(anna, 'film.mp4')).size).toBe(8 * 1024 * 1024);
    } finally {
      await agent.close();
      execFileSync('umount', [anna.home]);
    }
  });

  test('cancelling stops the run, and what was being written is whole', async () => {
    stage.put(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}.txt`, 'one\n'.repeat(500)])));
    const cancel = new AbortController();
    const job = stage.job(anna, await stage.offer());
    const running = agent.run(job, ({ step }) => step === 'writing' && cancel.abort(), cancel.signal);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await agent.close();
    expect(processesOf(anna)).toEqual([]);
    const names = fs.readdirSync(inCourse(anna, '')).filter((name) => name.endsWith('.txt'));
    for (const name of names) expect(fs.statSync(inCourse(anna, name)).size).toBe(2000);
    await stage.click(agentFor(anna), anna);
    expect(fs.readdirSync(inCourse(anna, '')).filter((name) => name.endsWith('.txt')).length).toBe(300);
  });
});

function refusedForTheSwap(error: unknown): void {
  const { code } = error as { readonly code?: string };
  if (code !== 'workspace-unwritable') throw error;
}

/** All the student can know of a process, with the process standing still; its memory as even root sees it. */
function lookAt(pid: number, student: Student) {
  process.kill(pid, 'SIGSTOP');
  try {
    const own = (file: string): string => student.run('cat', `/proc/${pid}/${file}`);
    const descriptors = student.run('find', `/proc/${pid}/fd`, '-type', 'l', '-printf', '%l\n').split('\n');
    return {
      environ: own('environ'),
      cmdline: own('cmdline'),
      status: own('status'),
      descriptors: descriptors.filter((target) => target !== ''),
      memory: memoryOf(pid),
    };
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

function memoryOf(pid: number): Buffer {
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
  try {
    const regions = read(`/proc/${pid}/maps`)
      .split('\n')
      .filter((line) => / rw/.test(line) && !line.includes('[v'));
    return Buffer.concat(regions.map((line) => regionOf(memory, line)));
  } finally {
    fs.closeSync(memory);
  }
}

function regionOf(memory: number, line: string): Buffer {
  const [from = 0, to = 0] = (line.split(' ')[0] ?? '').split('-').map((text) => Number.parseInt(text, 16));
  const bytes = Buffer.alloc(to - from);
  const length = fs.readSync(memory, bytes, 0, bytes.length, from);
  return bytes.subarray(0, length);
}
