/**
 * Stories about a course and a home: `given(course)`, then `home`, `sync`, `expectHome`. Homes are real folders below
 * the system's temporary one.
 */
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { openOrMakeHome, reachHere, type Reach } from '../../src/sync/home.ts';
import type { Policy } from '../../src/sync/plan.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { runSync, type SyncRequest } from '../../src/sync/run.ts';
import type { MemoryCourse } from './course.ts';

export const policy: Policy = { deletedFiles: 'restore', courseCopies: 'report' };

/** `null` takes a file or folder away; a trailing `/` makes a folder. */
export type HomeFiles = Readonly<Record<string, string | Uint8Array | null>>;

/** A file system in memory where there is one: waiting for a disk is not what a sweep is about. */
export const fastBase = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

let seconds = 0;

export class Story {
  /** How runs reach the home. */
  reach: Reach = reachHere();
  readonly course: MemoryCourse;
  readonly workspace: string;
  private readonly root: string;

  /** @param base where the home is made: `fastBase` for thousands of runs */
  constructor(given: MemoryCourse, base = os.tmpdir()) {
    this.course = given;
    this.root = fs.mkdtempSync(path.join(base, 'f2git-story-'));
    this.workspace = path.join(this.root, 'intro');
  }

  /** Changes the home as a student would, some time ago. */
  home(files: HomeFiles): this {
    for (const [name, content] of Object.entries(files)) {
      const file = this.path(name);
      if (content === null) fs.rmSync(file, { recursive: true, force: true });
      else if (name.endsWith('/')) fs.mkdirSync(file, { recursive: true });
      else this.write(file, content);
    }
    return this;
  }

  async sync(options: Partial<SyncRequest> = {}): Promise<RunReport> {
    return runSync(this.request(options));
  }

  request(options: Partial<SyncRequest> = {}): SyncRequest {
    return {
      workspace: this.workspace,
      offer: this.course.offer(),
      contents: this.course.contents(),
      policy,
      ...clock(),
      quiet: 0,
      patience: 2000,
      ...(this.reach !== reachHere() && { home: (workspace: string) => openOrMakeHome(workspace, this.reach) }),
      ...options,
    };
  }

  /** The home without `.f2git`: path to text; `<folder>` for an empty folder, `-> target` for a link. */
  tree(): Record<string, string> {
    const found: Record<string, string> = {};
    walk(this.workspace, '', found);
    return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Every content in the backups. */
  backups(): string[] {
    const found: Record<string, string> = {};
    const folder = this.path('.f2git/backups');
    if (fs.existsSync(folder)) walk(folder, '', found);
    return Object.values(found);
  }

  /**
   * Files that have two names in the home or the backups: what is saved into the one would change the other. No run may
   * end so. Nobody saves into the stage, and the next click clears it.
   */
  sharedFiles(): string[] {
    const names = fs.readdirSync(this.workspace, { recursive: true, encoding: 'utf8' }).sort();
    const byInode = new Map<number, string[]>();
    for (const name of names) {
      const stat = fs.lstatSync(this.path(name));
      if (!stat.isFile() || name.startsWith('.f2git/stage/')) continue;
      byInode.set(stat.ino, [...(byInode.get(stat.ino) ?? []), name]);
    }
    return [...byInode.values()].filter((same) => same.length > 1).map((same) => same.join(' is '));
  }

  /** Temporary things a finished run must not leave: anything in `.f2git` that is not its own on-disk layout. */
  litter(): string[] {
    const known = new Set(['state.json', 'scan.json', 'runs', 'backups']);
    const names = fs.existsSync(this.path('.f2git')) ? fs.readdirSync(this.path('.f2git')) : [];
    const runs = fs.existsSync(this.path('.f2git/runs')) ? fs.readdirSync(this.path('.f2git/runs')) : [];
    return [...names.filter((name) => !known.has(name)), ...runs.filter((name) => !name.endsWith('.json'))];
  }

  /** Fails unless the home holds exactly these files. */
  expectHome(files: Readonly<Record<string, string>>): this {
    expect(this.tree()).toEqual(files);
    return this;
  }

  path(name: string): string {
    return path.join(this.workspace, name);
  }

  /** Everything in the workspace with times and inodes, `.f2git` included: equal only if nothing was written at all. */
  fingerprint(): string {
    const lines: string[] = [];
    const visit = (folder: string): void => {
      const stat = fs.lstatSync(folder, { bigint: true });
      lines.push(`${folder} ${stat.ino} ${stat.mode} ${stat.nlink} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`);
      if (stat.isDirectory()) for (const name of fs.readdirSync(folder).sort()) visit(path.join(folder, name));
    };
    visit(this.workspace);
    return lines.join('\n');
  }

  dispose(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private write(file: string, content: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    // A file saved this very moment is waited for; these were saved a minute ago.
    const then = new Date(Date.now() - 60_000);
    fs.utimesSync(file, then, then);
  }
}

/** A clock of its own for each run, a second later each time, and ids that are never the same. */
export function clock(): Pick<SyncRequest, 'now' | 'random'> {
  const time = Date.UTC(2026, 10, 2, 8, 0, ++seconds);
  const random = seconds.toString(16).padStart(8, '0');
  return { now: () => new Date(time), random: () => random };
}

/** The actions a report names, by path. */
export function actionsOf(report: Pick<RunReport, 'notices'>): Record<string, string> {
  return Object.fromEntries(report.notices.map((notice) => [notice.path, notice.action]));
}

export function rel(text: string): ReturnType<typeof relPathOf> {
  return relPathOf(text);
}

function walk(root: string, folder: string, found: Record<string, string>): void {
  const names = fs.existsSync(path.join(root, folder)) ? fs.readdirSync(path.join(root, folder)) : [];
  if (names.length === 0 && folder !== '') found[`${folder}/`] = '<folder>';
  for (const name of names) {
    const relative = folder === '' ? name : `${folder}/${name}`;
    if (relative === '.f2git') continue;
    const stat = fs.lstatSync(path.join(root, relative));
    if (stat.isDirectory()) walk(root, relative, found);
    else if (stat.isSymbolicLink()) found[relative] = `-> ${fs.readlinkSync(path.join(root, relative))}`;
    else if (stat.isFile()) found[relative] = fs.readFileSync(path.join(root, relative), 'utf8');
    else found[relative] = '<other>';
  }
}
