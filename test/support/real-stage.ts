/** Plays the named cases of the planner on a real folder with the real executor, scanner and line merge. */
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeSync } from 'node:fs';
import { entryId, oid, type EntryId, type Oid } from '../../src/core/ids.ts';
import { parseCourseId } from '../../src/core/ids.ts';
import type { Contents, Offer } from '../../src/core/offer.ts';
import { isWithin, relPathOf, type RelPath } from '../../src/core/paths.ts';
import type { Home } from '../../src/sync/home.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { runSync } from '../../src/sync/run.ts';
import { loadState, saveState } from '../../src/sync/state.ts';
import { openHome, reachHere, type Reach } from '../../src/sync/home.ts';
import { textOf } from '../sync/model/contents.ts';
import { Course } from '../sync/model/course.ts';
import type { Files, Scene } from '../sync/model/story.ts';
import { clock, policy } from './dsl.ts';
import { injecting } from './faulty-home.ts';

export interface RealOutcome {
  readonly home: Files;
  readonly told: Readonly<Record<string, string>>;
  readonly declined: readonly string[];
  /** What the click that follows at once says it did. */
  readonly next: RunReport['outcome'];
}

/** One word a line, with lines between that nobody changes, so that each word merges by itself. */
function textFrom(words: string): string {
  if (words.startsWith('BIN')) return `${words}\0`;
  return words
    .split(' ')
    .map((word, index) => `${word}\n= ${index} =\n`)
    .join('');
}

function wordsFrom(text: string): string {
  if (text.startsWith('BIN')) return text.replace('\0', '');
  const lines = text.split('\n').filter((line) => line !== '' && !/^= \d+ =$/.test(line));
  return lines.join(' ');
}

export class RealStage {
  private readonly course = new Course();
  private readonly root = fs.mkdtempSync(
    path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'f2git-case-'),
  );
  private readonly workspace = path.join(this.root, 'intro');
  private readonly renames = new Map<EntryId, RelPath>();
  private readonly reach: Reach;
  private unreadable: readonly RelPath[] = [];
  private failing: readonly RelPath[] = [];
  private ids = 0;
  private commits = 0;

  constructor(reach: Reach = reachHere()) {
    this.reach = reach;
  }

  async click(scene: Scene): Promise<RealOutcome> {
    fs.mkdirSync(this.workspace, { recursive: true });
    this.arrange(scene);
    this.course.publish();
    const offer = this.offer();
    const report = await this.sync(scene, offer);
    const again = await this.sync(scene, offer);
    return {
      home: this.shown(),
      told: Object.fromEntries(report.notices.map(({ path: file, action }) => [file, action])),
      declined: report.notices.flatMap(({ declined }) => declined ?? []).map(({ course }) => wordsFrom(course)),
      next: again.outcome,
    };
  }

  dispose(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private sync({ policy: chosen, scope }: Scene, offer: Offer): Promise<RunReport> {
    return runSync({
      workspace: this.workspace,
      offer,
      contents: contentsOf(this.course),
      policy: { ...policy, ...chosen },
      ...(scope !== undefined && { scope: relPathOf(scope) }),
      ...clock(),
      home: injecting(undefined, (home) => this.withUnreadable(home), this.reach).home,
      quiet: 0,
    });
  }

  private arrange(scene: Scene): void {
    for (const [to, from] of Object.entries(scene.renamed ?? {})) this.rename(from, to);
    if (scene.course !== undefined) this.publish(scene.course, new Set(scene.uploadedAnew));
    if (scene.frozen !== undefined) {
      this.course.frozen.clear();
      for (const [name, why] of Object.entries(scene.frozen)) this.course.frozen.set(relPathOf(name), why);
    }
    this.course.deletions = scene.listing ?? 'certain';
    for (const [to, from] of Object.entries(scene.studentMoved ?? {})) this.move(from, to);
    for (const [name, words] of Object.entries(scene.student ?? {})) this.studentDoes(this.file(name), words);
    this.unreadable = (scene.unreadable ?? []).map(relPathOf);
    this.failing = (scene.failing ?? []).map(relPathOf);
    if (scene.stateLost === true) fs.rmSync(this.file('.f2git/state.json'));
    if (scene.refused !== undefined) this.refuse(scene.refused);
  }

  private offer(): Offer {
    const course = parseCourseId('intro');
    if (course === undefined) throw new Error('no course id');
    return {
      course,
      title: 'Intro',
      identity: 'memory:intro',
      head: oid((++this.commits).toString(16).padStart(40, '0')),
      files: this.course.offered(),
      frozen: this.course.frozenPaths(),
      deletions: this.course.deletions,
      source: { state: 'fresh', complete: true, requests: 1, bytes: 0, problems: [] },
    };
  }

  private rename(from: string, to: string): void {
    const file = [...this.course.files.values()].find((each) => each.path === from);
    if (file !== undefined) this.renames.set(file.id, relPathOf(to));
  }

  private publish(files: Files, uploadedAnew: ReadonlySet<string>): void {
    const known = new Map(
      [...this.course.files.values()].map((file) => [this.renames.get(file.id) ?? file.path, file.id]),
    );
    this.renames.clear();
    this.course.files.clear();
    for (const [name, words] of Object.entries(files)) {
      const file = relPathOf(name);
      const id = (uploadedAnew.has(name) ? undefined : known.get(file)) ?? entryId(`file-${++this.ids}`);
      const executable = words?.startsWith('+x ') === true;
      this.course.files.set(id, { id, path: file, text: textFrom(words?.replace('+x ', '') ?? ''), executable });
    }
  }

  private move(from: string, to: string): void {
    fs.mkdirSync(path.dirname(this.file(to)), { recursive: true });
    fs.renameSync(this.file(from), this.file(to));
  }

  private studentDoes(file: string, words: string | null): void {
    const isFile = words !== null && words !== '/' && words !== '->';
    if (!isFile || fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      fs.rmSync(file, { recursive: true, force: true });
    }
    if (words === null) return;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (words === '/') fs.mkdirSync(file);
    else if (words === '->') fs.symlinkSync('/nowhere', file);
    else fs.writeFileSync(file, textFrom(words.replace('+x ', '')));
    if (words.startsWith('+x ')) fs.chmodSync(file, 0o755);
  }

  /** As after an undo: the state says which version of each file is refused. */
  private refuse(names: readonly string[]): void {
    const home = openHome(this.workspace);
    try {
      const state = loadState(home);
      if (state === undefined) throw new Error('nothing was delivered yet');
      const pins = new Map<EntryId, Oid | 'absent'>();
      for (const { id, path: file, oid: refused } of this.course.offered())
        if (names.includes(file)) pins.set(id, refused);
      saveState(home, { ...state, pins });
    } finally {
      home.dispose();
    }
  }

  /** Tests run as root, who may read everything. */
  private withUnreadable(home: Home): Home {
    const isHidden = (name: string): boolean => this.unreadable.some((file) => isWithin(name as RelPath, file));
    const deny = (name: string): void => {
      if (isHidden(name)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    };
    const stat: Home['stat'] = (name) => {
      if (this.failing.includes(name as RelPath)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      // The rights of a file or folder do not hide that it is there.
      if (!this.unreadable.includes(name as RelPath)) deny(name);
      return home.stat(name);
    };
    const open: Home['open'] = (name) => {
      deny(name);
      return home.open(name);
    };
    const list: Home['list'] = (name) => {
      deny(name);
      return home.list(name);
    };
    const denying: Partial<Home> = { stat, open, list };
    return new Proxy(home, {
      get: (target, name) => Reflect.get(name in denying ? denying : target, name) as unknown,
    });
  }

  private file(name: string): string {
    return path.join(this.workspace, name);
  }

  private shown(folder = ''): Files {
    const found: Record<string, string> = {};
    for (const name of fs.readdirSync(path.join(this.workspace, folder))) {
      const relative = folder === '' ? name : `${folder}/${name}`;
      if (relative === '.f2git') continue;
      const stat = fs.lstatSync(this.file(relative));
      if (stat.isSymbolicLink()) found[relative] = '->';
      else if (stat.isDirectory()) Object.assign(found, this.shownFolder(relative));
      else {
        const words = wordsFrom(fs.readFileSync(this.file(relative), 'utf8'));
        found[relative] = (stat.mode & 0o100) === 0 ? words : `+x ${words}`;
      }
    }
    return found;
  }

  private shownFolder(folder: string): Files {
    const files = this.shown(folder);
    return Object.keys(files).length === 0 ? { [folder]: '/' } : files;
  }
}

function contentsOf(course: Course): Contents {
  const read = (id: Oid): Buffer => Buffer.from(textOf(id));
  return {
    history: () => Promise.resolve(course.history()),
    read: (id) => Promise.resolve(read(id)),
    writeTo: (id, fd) => {
      writeSync(fd, read(id));
      return Promise.resolve();
    },
  };
}
