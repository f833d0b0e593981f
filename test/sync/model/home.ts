/** A home in the model: what a student does in it, what a scan sees of it. */
import { ancestorsOf, foldPath, isWithin, parentOf, type RelPath } from '../../../src/core/paths.ts';
import type { LocalNode, LocalTree } from '../../../src/sync/tree.ts';
import type { Wanted } from '../../../src/sync/wanted-paths.ts';
import { oidOf } from './contents.ts';

export type HomeNode =
  | { readonly kind: 'file'; readonly text: string; readonly executable: boolean }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link' };

export class ModelHome {
  readonly nodes = new Map<RelPath, HomeNode>();
  readonly unreadable = new Set<RelPath>();
  readonly failing = new Set<RelPath>();

  file(path: RelPath): Extract<HomeNode, { kind: 'file' }> | undefined {
    const node = this.nodes.get(path);
    return node?.kind === 'file' ? node : undefined;
  }

  /** Whether a file could be made at `path`, with the folders above it. */
  isFree(path: RelPath): boolean {
    return (
      !this.nodes.has(path) &&
      ancestorsOf(path).every((above) => (this.nodes.get(above)?.kind ?? 'folder') === 'folder')
    );
  }

  /** What a student saves: with folders, over a file, never over anything else. */
  save(path: RelPath, text: string): void {
    const file = this.file(path);
    if (file === undefined && !this.isFree(path)) return;
    for (const above of ancestorsOf(path)) if (!this.nodes.has(above)) this.nodes.set(above, { kind: 'folder' });
    this.nodes.set(path, { kind: 'file', text, executable: file?.executable ?? false });
  }

  put(path: RelPath, node: HomeNode): void {
    if (!this.isFree(path)) return;
    for (const above of ancestorsOf(path)) if (!this.nodes.has(above)) this.nodes.set(above, { kind: 'folder' });
    this.nodes.set(path, node);
  }

  /** Takes away a file, or a folder with all in it. */
  remove(path: RelPath): void {
    for (const each of [...this.nodes.keys()]) if (isWithin(each, path)) this.drop(each);
  }

  move(path: RelPath, to: RelPath): void {
    const node = this.nodes.get(path);
    if (node === undefined || node.kind === 'folder' || !this.isFree(to) || isWithin(to, path)) return;
    this.drop(path);
    this.put(to, node);
  }

  childrenOf(folder: RelPath | ''): readonly RelPath[] {
    return [...this.nodes.keys()].filter((path) => (parentOf(path) ?? '') === folder);
  }

  /** Other names in the same folder that fold to the same. */
  twinsOf(path: RelPath): readonly RelPath[] {
    const key = foldPath(path);
    return this.childrenOf(parentOf(path) ?? '').filter((other) => other !== path && foldPath(other) === key);
  }

  /** Everything a scan could see. */
  scanAll(): LocalTree {
    const tree = new Map<RelPath, LocalNode>();
    for (const path of this.nodes.keys()) this.see(path, tree);
    return tree;
  }

  /** What a scan sees that looks only at what is wanted. */
  scan(wanted: Wanted): LocalTree {
    const tree = new Map<RelPath, LocalNode>();
    for (const path of wanted.paths) for (const each of [...ancestorsOf(path), path]) this.see(each, tree);
    for (const folder of wanted.folders) {
      if (folder !== '') for (const each of [...ancestorsOf(folder), folder]) this.see(each, tree);
      for (const path of this.childrenOf(folder)) {
        if (tree.has(path)) continue;
        this.see(path, tree);
        if (tree.get(path)?.kind === 'file') tree.set(path, { kind: 'foreign' });
      }
    }
    return tree;
  }

  clone(): ModelHome {
    const copy = new ModelHome();
    for (const [path, node] of this.nodes) copy.nodes.set(path, node);
    for (const path of this.unreadable) copy.unreadable.add(path);
    for (const path of this.failing) copy.failing.add(path);
    return copy;
  }

  private drop(path: RelPath): void {
    this.nodes.delete(path);
    this.unreadable.delete(path);
  }

  private see(path: RelPath, tree: Map<RelPath, LocalNode>): void {
    if (this.failing.has(path)) return void tree.set(path, { kind: 'unreadable', why: 'io' });
    const node = this.nodes.get(path);
    if (node === undefined || ancestorsOf(path).some((above) => this.unreadable.has(above))) return;
    const isFile = node.kind === 'file' && ({ isFile: true } as const);
    if (this.unreadable.has(path)) tree.set(path, { kind: 'unreadable', why: 'denied', ...isFile });
    else if (node.kind === 'folder') tree.set(path, { kind: 'folder' });
    else if (node.kind === 'link') tree.set(path, { kind: 'foreign' });
    else {
      const { text, executable } = node;
      tree.set(path, { kind: 'file', oid: oidOf(text), size: text.length, executable });
    }
  }
}
