/**
 * The file system isomorphic-git gets: its writes are whole or absent and survive a power cut. Its own leave empty
 * objects and references after a crash, and an empty object is never written again because its file exists.
 */
import * as fs from 'node:fs';
import type { PromiseFsClient } from 'isomorphic-git';
import { dirname } from 'node:path';
import { syncFolder, writeFileDurably } from './durable-file.ts';

const { promises } = fs;

/** For `fs` of every isomorphic-git call. */
export const durableFs: PromiseFsClient = {
  promises: {
    readFile: promises.readFile,
    readdir: promises.readdir,
    stat: promises.stat,
    lstat: promises.lstat,
    readlink: promises.readlink,
    mkdir: async (path: string, options?: fs.MakeDirectoryOptions) => {
      await promises.mkdir(path, options);
      syncFolder(dirname(path));
    },
    rmdir: async (path: string) => {
      await promises.rmdir(path);
      syncFolder(dirname(path));
    },
    unlink: async (path: string) => {
      await promises.unlink(path);
      syncFolder(dirname(path));
    },
    symlink: async (target: string, path: string) => {
      await promises.symlink(target, path);
      syncFolder(dirname(path));
    },
    chmod: promises.chmod,
    // A method that only fails would do; it must return a promise as the interface says.
    // eslint-disable-next-line @typescript-eslint/require-await -- the write itself is synchronous on purpose
    writeFile: async (path: string, data: Uint8Array | string, options?: { readonly mode?: number } | string) => {
      const mode = typeof options === 'object' ? options.mode : undefined;
      writeFileDurably(path, data, mode ?? 0o644);
    },
  },
};
