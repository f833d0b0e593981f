/**
 * A stand: one folder with a course, a home and all a program needs to bring them together. It is prepared once, and
 * put back to that moment before each disturbance.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { click } from './click.ts';
import { ended, start, type Disturbance, type Ended, type Fault, type Program } from './program.ts';
import { isHere, runHere } from './warm.ts';

/** What is done to a home: a command, or a click on the server's link. */
export type Act = { readonly kind: 'command'; readonly args: readonly string[] } | { readonly kind: 'click' };

/** Contents by path; null removes what is there. */
export type Files = Readonly<Record<string, string | null>>;

/** Old enough that nobody is thought to be typing right now. */
const AN_HOUR_AGO = 3600;

export class Stand {
  readonly program: Program;
  /** Everything of this stand that is put back; paths in it stay the same. */
  readonly folder: string;
  /** The student's folder of the course. */
  home: string;
  /** Every content a student ever saved. */
  readonly saved = new Set<string>();
  /** What the program's environment holds besides, as a token. */
  environment: Readonly<Record<string, string>> = {};
  /** Stops what the course is on, if that is more than a folder. */
  stop: () => Promise<void> = () => Promise.resolve();
  private readonly base: string;

  /** @param base an empty folder for this stand alone */
  constructor(program: Program, base: string) {
    this.program = program;
    this.base = base;
    this.folder = join(base, 'stand');
    this.home = join(this.folder, 'w');
    fs.mkdirSync(this.folder, { recursive: true });
  }

  /** What the teacher changes. */
  course(files: Files): void {
    this.put('course', files);
  }

  /** What the student saves, an hour ago. What they overwrite themselves nobody else has to keep. */
  student(files: Files): void {
    for (const path of Object.keys(files)) {
      const file = join(this.home, path);
      if (fs.existsSync(file)) this.saved.delete(fs.readFileSync(file, 'utf8'));
    }
    this.put(this.home.slice(this.folder.length + 1), files);
    const then = Date.now() / 1000 - AN_HOUR_AGO;
    for (const [path, text] of Object.entries(files)) {
      if (text === null) continue;
      this.saved.add(text);
      fs.utimesSync(join(this.home, path), then, then);
    }
  }

  /** Writes below a folder of the stand. */
  put(folder: string, files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, folder, path);
      if (text === null) fs.rmSync(file, { recursive: true });
      else {
        fs.mkdirSync(dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
      }
    }
  }

  /** Does something undisturbed; it must succeed. */
  async must(...args: readonly string[]): Promise<void> {
    const { status, stdout, stderr } = await this.perform({ kind: 'command', args });
    if (status !== 0) throw new Error(`f2git ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  }

  /** Does something, disturbed when there is a fault; with `log` its operations can be asked for afterwards. */
  async perform(act: Act, fault?: Fault, options: { reads?: boolean; log?: boolean } = {}): Promise<Ended> {
    const isDisturbed = fault !== undefined || options.log === true;
    const disturbance: Disturbance = {
      roots: ['w', 'homes', 'data'].map((name) => join(this.folder, name)),
      scratch: this.base,
      ...options,
      ...(fault && { fault }),
    };
    const given = isDisturbed ? disturbance : undefined;
    if (act.kind === 'click') return click(this.program, this.folder, given);
    return ended(start(this.program, act.args, this.folder, given, this.environment));
  }

  /** Does something undisturbed, most commands in this process. */
  async performHere(act: Act): Promise<Ended> {
    const canBeHere = act.kind === 'command' && isHere(act.args);
    return canBeHere ? runHere(act.args, this.folder, this.environment) : this.perform(act);
  }

  /** Remembers how everything is now. */
  keep(name: string): void {
    this.copy('stand', name);
  }

  /** Puts everything back to how it was. */
  restore(name: string): void {
    this.copy(name, 'stand');
  }

  private copy(from: string, to: string): void {
    fs.rmSync(join(this.base, to), { recursive: true, force: true });
    const { status, stderr } = spawnSync('cp', ['-a', join(this.base, from), join(this.base, to)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }

  /** Where the shim keeps its count. */
  get scratch(): string {
    return this.base;
  }

  async dispose(): Promise<void> {
    await this.stop();
    fs.rmSync(this.base, { recursive: true, force: true });
  }
}
