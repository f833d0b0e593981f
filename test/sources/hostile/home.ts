/** The home of a student who clicks after every refresh, and has written into one of the course's files. */
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Offer } from '../../../src/core/offer.ts';
import type { CourseRepository } from '../../../src/repo/course-repository.ts';
import { runSync } from '../../../src/sync/run.ts';
import { oidOfBytes } from '../../support/course.ts';
import { clock, policy } from '../../support/dsl.ts';
import type { Truth } from './truth.ts';

export class Home {
  readonly #workspace: string;
  readonly #truth: Truth;
  /** What was in it after the last click. */
  readonly #delivered = new Set<string>();
  #own: { readonly path: string; readonly text: string } | undefined;

  constructor(workspace: string, truth: Truth) {
    this.#workspace = workspace;
    this.#truth = truth;
  }

  get delivered(): ReadonlySet<string> {
    return this.#delivered;
  }

  /** The course took the file back by itself. */
  forget(path: string): void {
    this.#delivered.delete(path);
  }

  /** Writes a line into a file that was delivered, a minute ago. */
  edit(path: string): void {
    const file = join(this.#workspace, path);
    const then = new Date(Date.now() - 60_000);
    writeFileSync(file, `${readFileSync(file, 'utf8')}meine Notiz\n`);
    utimesSync(file, then, then);
    this.#own = { path, text: readFileSync(file, 'utf8') };
  }

  /** Gives it the offer as a click does, and looks at every file. Gives what is wrong, in words. */
  async deliver(
    { contents }: CourseRepository,
    offer: Offer,
    mayLose: readonly string[] = [],
  ): Promise<readonly string[]> {
    const own = this.#own;
    await runSync({ workspace: this.#workspace, offer, contents, policy, ...clock(), quiet: 0, patience: 2000 });
    const there = new Map(existsSync(this.#workspace) ? filesIn(this.#workspace) : []);
    const isOwn = (path: string, bytes: Buffer) => path === own?.path && bytes.toString() === own.text;
    const wrong = [...there]
      .filter(([path, bytes]) => !isOwn(path, bytes) && !this.#truth.wasAt(path, oidOfBytes(bytes)))
      .map(([path]) => `other bytes in the home at ${path}`);
    const gone = [...this.#delivered].filter((path) => this.#truth.now.has(path) && !there.has(path));
    wrong.push(...gone.filter((path) => !mayLose.includes(path)).map((path) => `${path} is gone from the home`));
    if (own !== undefined && there.get(own.path)?.toString() !== own.text) wrong.push('the student’s own file changed');
    this.#delivered.clear();
    for (const path of there.keys()) this.#delivered.add(path);
    return wrong;
  }
}

/** Every file below `root` with its bytes; those of f2git's own folders only if they are wanted. */
export function* filesIn(root: string, withState = false, folder = ''): Generator<readonly [string, Buffer]> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.f2git' && !withState) continue;
    if (entry.isDirectory()) yield* filesIn(root, withState, path);
    else if (entry.isFile()) yield [path, readFileSync(join(root, path))];
  }
}
