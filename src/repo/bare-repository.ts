/** The bones of a bare repository that real git reads, made at once and mended where something is missing. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { readIfPresent, syncFolder, temporaryPath, writeFileDurably } from './durable-file.ts';
import { MAIN } from './refs.ts';

/** Where things are in a hidden repository. */
export interface RepositoryPaths {
  readonly gitDir: string;
  readonly packs: string;
  /** What f2git keeps beside git's own files: manifests, history. */
  readonly own: string;
}

export function repositoryPaths(gitDir: string): RepositoryPaths {
  return { gitDir, packs: join(gitDir, 'objects', 'pack'), own: join(gitDir, 'f2git') };
}

const HEAD = `ref: ${MAIN}\n`;
/** No automatic repacking: packs come and go only under the course lock. */
const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n';
const FOLDERS = ['objects', 'objects/pack', 'objects/info', 'refs', 'refs/heads', 'refs/tags', 'f2git'];

/** Makes the repository if it is not there, whole or not at all, and puts back bones that got lost. */
export function ensureBareRepository(gitDir: string): void {
  if (!fs.existsSync(gitDir)) {
    createBareRepository(gitDir);
    return;
  }
  for (const folder of FOLDERS) makeFolder(join(gitDir, folder));
  if (!hasHead(gitDir)) writeFileDurably(join(gitDir, 'HEAD'), HEAD);
  if (!hasConfig(gitDir)) writeFileDurably(join(gitDir, 'config'), CONFIG);
}

/** Whether git takes the folder for a repository whose HEAD is the served branch. */
export function hasBones(gitDir: string): boolean {
  return hasHead(gitDir) && hasConfig(gitDir) && fs.existsSync(join(gitDir, 'refs', 'heads'));
}

function hasHead(gitDir: string): boolean {
  return readIfPresent(join(gitDir, 'HEAD'))?.toString('latin1') === HEAD;
}

function hasConfig(gitDir: string): boolean {
  return readIfPresent(join(gitDir, 'config'))?.includes('repositoryformatversion') === true;
}

function createBareRepository(gitDir: string): void {
  const parent = dirname(gitDir);
  makeFolder(parent, 0o700);
  const draft = temporaryPath(parent);
  for (const folder of FOLDERS) makeFolder(join(draft, folder));
  writeFileDurably(join(draft, 'HEAD'), HEAD);
  writeFileDurably(join(draft, 'config'), CONFIG);
  for (const folder of FOLDERS) syncFolder(join(draft, folder));
  fs.renameSync(draft, gitDir);
  syncFolder(parent);
}
