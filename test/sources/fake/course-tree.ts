/** A course's files in memory, with dates that move on by a second at every change. */
import type { CourseDriver, Segments } from '../harness.ts';

export interface TreeFile {
  readonly kind: 'file';
  readonly bytes: Uint8Array;
  readonly modified: Date;
  readonly executable: boolean;
}

export interface TreeFolder {
  readonly kind: 'folder';
  readonly children: Map<string, TreeFile | TreeFolder>;
}

export class CourseTree {
  readonly root: TreeFolder = { kind: 'folder', children: new Map() };
  #clock = Date.UTC(2024, 0, 1);

  /** The node at `segments`. */
  find(segments: Segments): TreeFile | TreeFolder | undefined {
    let node: TreeFile | TreeFolder | undefined = this.root;
    for (const name of segments) node = node?.kind === 'folder' ? node.children.get(name) : undefined;
    return node;
  }

  /** Every file with its path, in the order they were put. */
  *files(folder: TreeFolder = this.root, above: Segments = []): Generator<readonly [Segments, TreeFile]> {
    for (const [name, node] of folder.children) {
      if (node.kind === 'file') yield [[...above, name], node];
      else yield* this.files(node, [...above, name]);
    }
  }

  driver(): Required<
    Pick<
      CourseDriver,
      'put' | 'overwrite' | 'remove' | 'makeFolder' | 'rename' | 'move' | 'touch' | 'makeExecutable' | 'overwriteUnseen'
    >
  > {
    return {
      put: (segments, bytes) => inTurn(() => this.#set(segments, { bytes })),
      overwrite: (segments, bytes) => inTurn(() => this.#set(segments, { bytes })),
      remove: (segments) => inTurn(() => this.#take(segments)),
      makeFolder: (segments) => inTurn(() => this.#folder(segments)),
      rename: (segments, name) => inTurn(() => this.#move(segments, [...segments.slice(0, -1), name])),
      move: (segments, to) => inTurn(() => this.#move(segments, to)),
      touch: (segments) => inTurn(() => this.#set(segments, {})),
      makeExecutable: (segments) => inTurn(() => this.#set(segments, { executable: true })),
      overwriteUnseen: (segments, bytes) =>
        inTurn(() => this.#set(segments, { bytes, modified: this.#file(segments).modified })),
    };
  }

  #set(segments: Segments, changes: Partial<TreeFile>): void {
    const old = this.find(segments);
    this.#clock += 1000;
    const file: TreeFile = {
      kind: 'file',
      bytes: new Uint8Array(),
      executable: false,
      ...(old?.kind === 'file' ? old : {}),
      modified: new Date(this.#clock),
      ...changes,
    };
    this.#folder(segments.slice(0, -1)).children.set(segments.at(-1) ?? '', file);
  }

  #file(segments: Segments): TreeFile {
    const node = this.find(segments);
    if (node?.kind !== 'file') throw new Error(`no such file: ${segments.join('/')}`);
    return node;
  }

  #folder(segments: Segments): TreeFolder {
    let folder = this.root;
    for (const name of segments) {
      const node = folder.children.get(name);
      const next: TreeFolder = node?.kind === 'folder' ? node : { kind: 'folder', children: new Map() };
      folder.children.set(name, next);
      folder = next;
    }
    return folder;
  }

  #take(segments: Segments): TreeFile | TreeFolder {
    const node = this.find(segments);
    if (node === undefined) throw new Error(`nothing there: ${segments.join('/')}`);
    this.#folder(segments.slice(0, -1)).children.delete(segments.at(-1) ?? '');
    return node;
  }

  #move(segments: Segments, to: Segments): void {
    const node = this.#take(segments);
    this.#folder(to.slice(0, -1)).children.set(to.at(-1) ?? '', node);
  }
}

/** Runs `change` as an asynchronous step, so that its failure is a rejection. */
function inTurn(change: () => unknown): Promise<void> {
  return Promise.resolve()
    .then(change)
    .then(() => undefined);
}
