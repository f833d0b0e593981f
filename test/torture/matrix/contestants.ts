/** The two programs of the matrix, each run as the student would run it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot, type Program } from '../program.ts';

const NOBODY = { uid: 65534, gid: 65534 };

/** One click. */
export interface Click {
  /** It came to its end, whatever it left out. */
  readonly isDone: boolean;
  /** Whether it spoke of this path. */
  readonly names: (path: string) => boolean;
  readonly said: string;
}

export interface Contestant {
  readonly name: string;
  /** Brings the repository's main branch into the folder `workspace` below `home`. */
  readonly click: (repository: string, home: string, workspace: string) => Promise<Click>;
}

/** Rights stop nobody who is root: then the programs run as nobody, where nobody can reach them. */
const student = process.getuid?.() === 0 && canReachProject(NOBODY) ? NOBODY : undefined;

function canReachProject(person: typeof NOBODY): boolean {
  const look = `require('node:fs').accessSync(${JSON.stringify(join(projectRoot, 'package.json'))})`;
  return spawnSync(process.execPath, ['-e', look], { ...person, cwd: '/' }).status === 0;
}

/** Gives everything below `folder` to the student. */
export function giveToStudent(folder: string): void {
  if (student === undefined) return;
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(folder, name), student.uid, student.gid);
}

/** The program with a student's own repository address. */
export function f2gitContestant({ cli }: Program): Contestant {
  return {
    name: 'f2git',
    click: async (repository, home, workspace) => {
      const { status, stdout, stderr } = await run(
        process.execPath,
        [cli, 'pull', `git+file://${repository}`, workspace, '--json'],
        home,
      );
      const document = parsed(stdout);
      const files = document?.files ?? [];
      const problems = document?.source?.problems ?? [];
      const named = [
        ...files.flatMap(({ path, copy, from }) => [path, copy, from]),
        ...problems.map(({ path }) => path),
      ];
      return {
        isDone: status === 0 || (status === 4 && document?.outcome === 'partial'),
        names: (path) => named.includes(path),
        said: `${status} ${stdout}${stderr}`,
      };
    },
  };
}

interface RunDocument {
  readonly outcome?: string;
  readonly files?: readonly { readonly path: string; readonly copy?: string; readonly from?: string }[];
  readonly source?: { readonly problems: readonly { readonly path: string }[] };
}

function parsed(stdout: string): RunDocument | undefined {
  try {
    return JSON.parse(stdout) as RunDocument;
  } catch {
    // it failed before it could say anything: no path was named
    return undefined;
  }
}

/** nbgitpuller from pip; undefined, with a word on stderr, where Python or pip cannot give it. */
export function nbgitpullerContestant(): Contestant | undefined {
  const command = installed();
  if (command === undefined) return undefined;
  return {
    name: 'nbgitpuller',
    click: async (repository, home, workspace) => {
      const { status, stdout, stderr } = await run(command, [`file://${repository}`, 'main', workspace], home);
      const said = `${stdout}${stderr}`;
      const warnings = said.split('\n').filter((line) => /conflict|error|warning|renam|left in tree/i.test(line));
      return {
        isDone: status === 0,
        names: (path) => warnings.some((line) => line.includes(path)),
        said: `${status} ${said}`,
      };
    },
  };
}

/** Where `npm run torture` and `npm test` put it. */
function installed(): string | undefined {
  const command = join(projectRoot, 'test/output/venv/bin/gitpuller');
  if (existsSync(command)) return command;
  process.stderr.write('without nbgitpuller: pip could not install it\n');
  return undefined;
}

async function run(command: string, args: readonly string[], home: string) {
  const env = { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: home, LC_ALL: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1' };
  const child = spawn(command, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'], ...student });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { status, stdout, stderr };
}
