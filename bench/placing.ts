/**
 * What a click costs as a process under the student's uid: the first with 20 files of 50 kB, then one without a change.
 * Needs root, and makes one account for as long as it runs. The CPU time counts, where others use the machine as well.
 *
 *   npm run build
 *   npx esbuild bench/placing.ts --bundle --platform=node --format=esm --packages=external --outfile=bench/output/placing.mjs
 *   node bench/output/placing.mjs [students]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeStudent, removeAccounts, settle, type Student } from '../test/agent/support/students.ts';
import { openStage, type Stage } from '../test/agent/support/stage.ts';

const stage = openStage();
try {
  await measure(stage, await makeStudent(), Number(process.argv[2] ?? 100));
} finally {
  await stage.close();
  await removeAccounts();
}

async function measure(on: Stage, account: Student, count: number): Promise<void> {
  on.put(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}.bin`, Buffer.alloc(50_000, n + 1)])));
  const offer = await on.offer();
  const students = Array.from({ length: count }, (_, n) => {
    const folder = join(on.homes, `${n}`);
    mkdirSync(folder);
    return { ...settle(account, folder), name: `${n}` };
  });
  const agent = on.agent(join(process.cwd(), 'dist/agent.js'), {
    size: availableParallelism(),
    residenceOf: ({ name }) => Promise.resolve({ user: account, home: students[Number(name)]?.home ?? '' }),
  });
  for (const kind of ['first', 'unchanged']) {
    const [began, cpu] = [performance.now(), cpuSeconds()];
    const { signal } = new AbortController();
    await Promise.all(students.map((student) => agent.run(on.job(student, offer), () => undefined, signal)));
    const [wall, used] = [(performance.now() - began) / count, ((cpuSeconds() - cpu) * 1000) / count];
    process.stdout.write(`${kind}: ${wall.toFixed(1)} ms a click, of CPU ${used.toFixed(1)} ms\n`);
  }
}

/** Of this process and of all it saw end: fields 14 to 17 of proc(5), in hundredths of a second. */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / 100;
}
