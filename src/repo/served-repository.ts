/** What git clients may have of a repository: its references, and the objects these lead to. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseOid, type Oid } from '../core/ids.ts';
import type { HiddenRepository } from './hidden-repository.ts';
import type { Manifest } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { MAIN } from './refs.ts';
import { readIfPresent } from './durable-file.ts';

export interface ServedRef {
  readonly name: string;
  readonly oid: Oid;
}

export interface ServedRepository {
  /** The branch that is checked out, and the commit it is at. */
  readonly head: ServedRef;
  /** All references, sorted by name. */
  readonly refs: readonly ServedRef[];
  readonly store: ObjectStore;
  /** All files of the head's commit. */
  readonly manifest: Manifest;
}

/** How the repository is now; undefined before its first commit, or when that cannot be read. */
export function servedRepository(repository: HiddenRepository): ServedRepository | undefined {
  const { reference, manifest } = repository.tip();
  if (manifest === undefined || reference !== manifest.commit) return undefined;
  const head = { name: MAIN, oid: manifest.commit };
  return { head, refs: [head, ...tagsOf(repository.paths.gitDir)], store: repository.store, manifest };
}

const TAGS = 'refs/tags';

/** Tags of ours are loose and lie directly in their folder. */
function tagsOf(gitDir: string): readonly ServedRef[] {
  const folder = join(gitDir, TAGS);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((tag) => {
      const oid = parseOid(readIfPresent(join(folder, tag))?.toString('latin1').trimEnd() ?? '');
      return oid === undefined ? [] : [{ name: `${TAGS}/${tag}`, oid }];
    });
}
