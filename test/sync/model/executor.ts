/**
 * Carries out plans in the model, as `plan-types.ts` says an executor must: content is staged first, every expectation
 * is checked at the last moment, a step stands or falls as a whole in what is recorded.
 */
import { ancestorsOf, parseRelPath, type RelPath } from '../../../src/core/paths.ts';
import type { EntryId } from '../../../src/core/ids.ts';
import type { Action, Content, Plan, Step } from '../../../src/sync/plan.ts';
import type { BaseRecord } from '../../../src/sync/tree.ts';
import { oidOf, textOf } from './contents.ts';
import type { ModelHome } from './home.ts';

/** What goes wrong while the plan is carried out, at the `at`th action. */
export interface Fault {
  readonly kind: 'crash' | 'race';
  readonly at: number;
  /** For a race: what the student saves just then. */
  readonly text: string;
}

export interface Memory {
  readonly base: Map<EntryId, BaseRecord>;
  readonly folders: Set<RelPath>;
}

export interface Applied {
  readonly isCrashed: boolean;
  readonly done: ReadonlySet<Step>;
  /** Every text that was replaced or removed. */
  readonly backups: readonly string[];
}

/** A plan said something about the home that is not so. */
export class Dishonest extends Error {}

class Stopped extends Error {}

export class Executor {
  private readonly home: ModelHome;
  private readonly plan: Plan;
  private readonly fault: Fault | undefined;
  private readonly made = new Set<RelPath>();
  private readonly backups: string[] = [];
  private staged = new Map<Content, string>();
  private actions = 0;
  private isDisturbed = false;

  constructor(home: ModelHome, plan: Plan, fault?: Fault) {
    this.home = home;
    this.plan = plan;
    this.fault = fault;
  }

  /** Applies the plan and records it in `memory`; after a crash nothing is recorded. */
  run(memory: Memory): Applied {
    const done = new Set<Step>();
    try {
      this.stage();
      for (const step of this.plan.steps) if (this.apply(step)) done.add(step);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      return { isCrashed: true, done: new Set(), backups: this.backups };
    }
    for (const folder of this.plan.removeFolders) {
      if (this.home.nodes.get(folder)?.kind === 'folder' && this.home.childrenOf(folder).length === 0)
        this.home.nodes.delete(folder);
    }
    this.record(memory, done);
    return { isCrashed: false, done, backups: this.backups };
  }

  private stage(): void {
    for (const action of this.plan.steps.flatMap((step) => step.actions)) {
      if (action.kind !== 'create' && action.kind !== 'replace') continue;
      const { content } = action;
      if (content.from === 'home' && oidOf(this.textAt(content.path)) !== content.oid) {
        throw new Dishonest(`content of ${content.path} is not what the plan says`);
      }
      this.staged.set(content, textOf(content.oid));
    }
  }

  /** Whether all its actions were done. A failed expectation is the plan's fault unless somebody interfered. */
  private apply(step: Step): boolean {
    for (const action of step.actions) {
      this.disturb(action);
      const why = this.refusal(action);
      if (why === undefined) this.perform(action);
      else if (this.isDisturbed) return false;
      else throw new Dishonest(`${step.rule} ${JSON.stringify(action)}: ${why}`);
    }
    return true;
  }

  private disturb(action: Action): void {
    if (this.fault === undefined || this.actions++ !== this.fault.at) return;
    if (this.fault.kind === 'crash') throw new Stopped();
    this.isDisturbed = true;
    const path = action.kind === 'move' ? action.to : action.path;
    // What students overwrite themselves is theirs to lose.
    this.backups.push(this.home.file(path)?.text ?? '');
    this.home.save(path, this.fault.text);
  }

  private refusal(action: Action): string | undefined {
    const paths = action.kind === 'move' ? [action.path, action.to] : [action.path];
    if (paths.some((path) => parseRelPath(path) === undefined)) return 'not a legal path';
    if (action.kind === 'create') return this.refusesNew(action.path);
    if (action.kind === 'remove-folder') {
      if (this.home.nodes.get(action.path)?.kind !== 'folder') return 'not a folder';
      return this.home.childrenOf(action.path).length > 0 ? 'not empty' : undefined;
    }
    const file = this.home.file(action.path);
    if (file === undefined || this.home.unreadable.has(action.path)) return 'no such file';
    if (oidOf(file.text) !== action.expect) return 'other content';
    return action.kind === 'move' ? this.refusesNew(action.to, action.path) : undefined;
  }

  private refusesNew(path: RelPath, from?: RelPath): string | undefined {
    if (!this.home.isFree(path)) return 'not free';
    const missing = ancestorsOf(path).filter((above) => !this.home.nodes.has(above));
    if (missing.some((folder) => !this.plan.makeFolders.includes(folder))) return 'a folder is not announced';
    if (this.home.twinsOf(path).some((twin) => twin !== from && !this.isMovedLater(twin)))
      return 'almost the same name is there';
    return undefined;
  }

  /** Edited files that change places with other spellings of their names can only be renamed one after the other. */
  private isMovedLater(path: RelPath): boolean {
    return this.plan.steps.some(({ actions }) =>
      actions.some((action) => action.kind === 'move' && action.path === path),
    );
  }

  private perform(action: Action): void {
    const { home } = this;
    const file = home.file(action.path);
    switch (action.kind) {
      case 'create':
        this.makeFoldersFor(action.path);
        home.nodes.set(action.path, { kind: 'file', text: this.textOf(action.content), executable: action.executable });
        return;
      case 'replace':
        this.backups.push(file?.text ?? '');
        home.nodes.set(action.path, { kind: 'file', text: this.textOf(action.content), executable: action.executable });
        return;
      case 'remove':
        this.backups.push(file?.text ?? '');
        home.nodes.delete(action.path);
        return;
      case 'move':
        this.makeFoldersFor(action.to);
        home.nodes.delete(action.path);
        home.nodes.set(action.to, file!);
        return;
      case 'set-executable':
        home.nodes.set(action.path, { ...file!, executable: action.executable });
        return;
      case 'remove-folder':
        home.nodes.delete(action.path);
        return;
    }
  }

  private makeFoldersFor(path: RelPath): void {
    for (const folder of ancestorsOf(path)) {
      if (this.home.nodes.has(folder)) continue;
      this.home.nodes.set(folder, { kind: 'folder' });
      this.made.add(folder);
    }
  }

  private record({ base, folders }: Memory, done: ReadonlySet<Step>): void {
    for (const { before } of done) if (before !== undefined) base.delete(before.id);
    for (const { after } of done) if (after !== undefined) base.set(after.id, after);
    for (const folder of this.made) folders.add(folder);
    for (const folder of [...folders]) if (this.home.nodes.get(folder)?.kind !== 'folder') folders.delete(folder);
  }

  private textAt(path: RelPath): string {
    const file = this.home.file(path);
    if (file === undefined) throw new Dishonest(`no file at ${path}`);
    return file.text;
  }

  private textOf(content: Content): string {
    return this.staged.get(content) ?? textOf(content.oid);
  }
}
