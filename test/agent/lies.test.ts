/** A28: whatever stands in the agent's place and says what it likes harms nobody but the student whose process it is. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessAgentOptions } from '../../src/agent/process-agent.ts';
import { startPlacer } from '../../src/agent/start-placer.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { buildAgent, buildLiar, programFolder } from './support/built-agent.ts';
import { processesOf } from './support/processes.ts';
import { makeStudent, mayMakeAccounts, removeAccounts, settle, type Student } from './support/students.ts';
import { openStage, type Stage } from './support/stage.ts';

let folder: string;
let stage: Stage;
let account: Student;
let other: Student;
let anna: Student;

beforeAll(async () => {
  folder = programFolder();
  if (mayMakeAccounts) [account, other] = [await makeStudent(), await makeStudent()];
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await removeAccounts();
});

beforeEach(() => {
  if (!mayMakeAccounts) return;
  stage = openStage();
  anna = settle(account, stage.homes);
});

/** Nothing that lied is left behind. */
afterEach(async () => {
  if (!mayMakeAccounts) return;
  await stage.close();
  expect(processesOf(anna)).toEqual([]);
});

async function clickWith(lie: string, options: Partial<ProcessAgentOptions> = {}): Promise<RunReport> {
  const agent = stage.agent(await buildLiar(folder, lie), {
    residenceOf: () => Promise.resolve({ user: anna, home: anna.home }),
    ...options,
  });
  return stage.click(agent, anna);
}

describe.skipIf(!mayMakeAccounts)('A28: an agent that lies (needs root)', () => {
  test.each([
    'ends at once',
    'sends noise',
    'answers with seven million notices of nothing',
    'answers with no report',
    'answers for another run',
    'answers for another course',
    'reports a path that leads away',
    'opens a path that leads away',
    'reports what it has no word for',
    'fails as nobody can',
    'fails with a novel',
    'fails with a code of its own',
    'asks too much at once',
  ])('%s: the run fails, the operator is told', async (lie) => {
    await expect(clickWith(lie)).rejects.toMatchObject({ code: 'part-failed', params: {} });
    expect(stage.events).toContainEqual(expect.objectContaining({ event: 'agent process failed' }));
  });

  test.each(['sends a huge frame', 'answers with 40 MB'])(
    '%s: the run fails with a sentence of its own',
    async (lie) => {
      await expect(clickWith(lie)).rejects.toMatchObject({ code: 'report-too-large', params: {} });
    },
  );

  test('ends with a message: the operator reads the end of it', async () => {
    await expect(clickWith('ends with a message')).rejects.toMatchObject({ code: 'part-failed' });
    await stage.close();
    const end = stage.events.find(({ event }) => event === 'agent process ended');
    expect(end?.facts).toMatchObject({
      code: 3,
      said: expect.stringMatching(/^x{1000,2000}\nlast words\n$/) as string,
    });
  });

  test('names another student’s folder: where it ran is our word', async () => {
    expect(await clickWith('names another student’s folder')).toMatchObject({ workspace: join(anna.home, 'intro') });
  });

  test('asks for what is not its: gets what the course gives this student, and nothing else', async () => {
    stage.put({ 'later/lab1.py': 'solution\n' });
    await clickWith('asks for what is not its');
    const answers: unknown = JSON.parse(readFileSync(join(anna.home, 'answers.json'), 'utf8'));
    expect(answers).toEqual(['object-missing', 'object-missing', 'part-failed', 'part-failed', 'got it']);
  });

  test('says nothing: is killed', async () => {
    await expect(clickWith('says nothing', { silenceMs: 800 })).rejects.toMatchObject({ code: 'workspace-hung' });
  });

  test('chatters without end: is killed when its time is over, and others are served meanwhile', async () => {
    const chatter = clickWith('chatters without end', { longestMs: 3_000 });
    const honest = stage.agent(await buildAgent(folder), {
      residenceOf: () => Promise.resolve({ user: anna, home: anna.home }),
    });
    expect(await stage.click(honest, anna)).toMatchObject({ outcome: 'updated' });
    expect(existsSync(join(anna.home, 'intro/README.md'))).toBe(true);
    await expect(chatter).rejects.toMatchObject({ code: 'workspace-hung' });
  });

  test('A45: whoever only shows that they are there, and brings nothing forward, leaves the place to who waits', async () => {
    const idle = await buildLiar(folder, 'shows that it is there');
    const honest = await buildAgent(folder);
    const ben = settle(other, stage.homes);
    const agent = stage.agent(honest, {
      size: 1,
      idleMs: 500,
      start: (user) => startPlacer(user, { path: user.uid === anna.uid ? idle : honest }),
      residenceOf: ({ name }) => {
        const user = name === ben.name ? ben : anna;
        return Promise.resolve({ user, home: user.home });
      },
    });
    const offer = await stage.offer();
    const never = new AbortController().signal;
    const hung = Promise.allSettled([1, 2, 3].map(() => agent.run(stage.job(anna, offer), () => undefined, never)));
    expect(await stage.click(agent, ben)).toMatchObject({ outcome: 'updated' });
    await agent.close();
    const codes = (await hung).map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : ''));
    expect(codes).toEqual(['workspace-hung', 'server-stopping', 'server-stopping']);
  });

  test('A45: who answers with large reports again and again waits, and nobody else does', async () => {
    const large = await buildLiar(folder, 'answers with a large report');
    const honest = await buildAgent(folder);
    const ben = settle(other, stage.homes);
    const agent = stage.agent(honest, {
      told: { atOnce: 1_000_000, perSecond: 1, waiting: 1 },
      start: (user) => startPlacer(user, { path: user.uid === anna.uid ? large : honest }),
      residenceOf: ({ name }) => {
        const user = name === ben.name ? ben : anna;
        return Promise.resolve({ user, home: user.home });
      },
    });
    expect((await stage.click(agent, anna)).notices).toHaveLength(40_000);
    const offer = await stage.offer();
    const leaving = new AbortController();
    const next = agent.run(stage.job(anna, offer), () => undefined, leaving.signal);
    const { run, person, course, workspace } = stage.job(anna, offer);
    await expect(agent.recall({ run, person, course, workspace }, leaving.signal)).rejects.toMatchObject({
      code: 'server-busy',
    });
    expect(await stage.click(agent, ben)).toMatchObject({ outcome: 'updated' });
    expect(processesOf(anna)).toEqual([]);
    leaving.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('A45: one student’s agents that all say nothing keep nobody else waiting', async () => {
    const silent = await buildLiar(folder, 'says nothing');
    const honest = await buildAgent(folder);
    const ben = settle(other, stage.homes);
    const agent = stage.agent(honest, {
      size: 4,
      start: (user) => startPlacer(user, { path: user.uid === anna.uid ? silent : honest }),
      residenceOf: ({ name }) => {
        const user = name === ben.name ? ben : anna;
        return Promise.resolve({ user, home: user.home });
      },
    });
    const leaving = new AbortController();
    const offer = await stage.offer();
    const hung = Array.from({ length: 10 }, () => agent.run(stage.job(anna, offer), () => undefined, leaving.signal));
    const ended = Promise.allSettled(hung);
    expect(await stage.click(agent, ben)).toMatchObject({ outcome: 'updated' });
    expect(processesOf(anna)).toHaveLength(2);
    leaving.abort();
    for (const { status } of await ended) expect(status).toBe('rejected');
  });
});
