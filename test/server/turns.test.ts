/** A45 where the agent runs on threads: one student has a click in every course, and another one comes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { ask, builtAssets, builtWorker, programFolder, until } from './harness.ts';

/** Several for each thread, and no more than one student may have. */
const COURSES = Array.from({ length: 16 }, (_, number) => `course${number}`);
const FILES = 20;

let root: string;
let server: RunningServer;
let at: { readonly origin: string };
/** Runs in the order in which they ended. */
const ended: string[] = [];

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-turns-'));
  ended.length = 0;
  mkdirSync(join(root, 'course'));
  for (let number = 0; number < FILES; number++) writeFileSync(join(root, 'course', `${number}.txt`), `${number}\n`);
  const courses = COURSES.map((id) => `  ${id}: { title: ${id}, source: ./course, freshness: 1h }\n`).join('');
  const text = `listen: 127.0.0.1:0\ndata: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n${courses}`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: (_level, event, facts) => {
      if (event === 'run finished') ended.push(String(facts?.['run']));
    },
  });
  at = { origin: server.url.replace(/\/$/, '') };
  for (const id of COURSES) expect((await ask(at, `/api/courses/${id}/tree`)).status).toBe(200);
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

/** A page, of which the button may be pressed: then it gives the click's run. */
async function open(user: string, course: string): Promise<() => Promise<string>> {
  const page = await ask(at, `/go/${course}?user=${user}`);
  const token = /name="f2git_form" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return async () => {
    const answer = await ask(at, `/api/runs?user=${user}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ course, f2git_form: token }),
    });
    expect(answer.status).toBe(202);
    return (JSON.parse(answer.text) as { readonly run: string }).run;
  };
}

test('A45: a student’s clicks in all courses are carried out, and another’s one click does not wait for them', async () => {
  const [last, ...many] = await Promise.all([
    open('ben', COURSES[0]!),
    ...COURSES.map((course) => open('anna', course)),
  ]);
  const annas = Promise.all(many.map((press) => press()));
  const bens = await last();
  const all = [...(await annas), bens];
  await until(() => (ended.length === all.length ? true : undefined));
  expect(new Set(ended)).toEqual(new Set(all));
  expect(ended.indexOf(bens), 'runs that ended before').toBeLessThan(COURSES.length / 2);
});
