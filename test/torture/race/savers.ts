/** How editors save. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Saves `text` under `file`, with a pause of `pause` milliseconds in the middle. */
type Saver = (file: string, text: string, pause: number) => Promise<void>;

export const savers = {
  'in place': inPlace,
  'open file': throughOpenFile,
  rename: byRename,
} as const satisfies Readonly<Record<string, Saver>>;
export type SaverName = keyof typeof savers;

/**
 * As Jupyter Server: a copy under `.~name`, the real name opened and emptied, written in pieces, the copy taken away.
 * See `atomic_writing` in jupyter_server/services/contents/fileio.py.
 */
async function inPlace(file: string, text: string, pause: number): Promise<void> {
  const copy = join(dirname(file), `.~${basename(file)}`);
  if (fs.existsSync(file)) fs.writeFileSync(copy, fs.readFileSync(file));
  await writePieces(fs.openSync(file, 'w'), text, pause);
  fs.rmSync(copy, { force: true });
}

/** As a program that has had the file open since before the run, in `opened`. */
async function throughOpenFile(file: string, text: string, pause: number): Promise<void> {
  const fd = opened.get(file) ?? fs.openSync(file, 'w');
  opened.delete(file);
  fs.ftruncateSync(fd, 0);
  await writePieces(fd, text, pause);
}

const opened = new Map<string, number>();

/** Opens `file` for a later save through the open file. */
export function openEarly(file: string): void {
  opened.set(file, fs.openSync(file, 'r+'));
}

/** As vim: written beside, renamed over. */
async function byRename(file: string, text: string, pause: number): Promise<void> {
  const beside = `${file}.swap`;
  await writePieces(fs.openSync(beside, 'w'), text, pause);
  fs.renameSync(beside, file);
}

async function writePieces(fd: number, text: string, pause: number): Promise<void> {
  const bytes = Buffer.from(text);
  const half = bytes.length >> 1;
  try {
    fs.writeSync(fd, bytes, 0, half, 0);
    await sleep(pause);
    fs.writeSync(fd, bytes, half, bytes.length - half, half);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
