/** Large content on its way into a pack that cannot take it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ContentSink } from '../../src/repo/content-sink.ts';
import { ObjectStore } from '../../src/repo/object-store.ts';

it('fails once, to whoever added it, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'f2git-sink-'));
  const late: unknown[] = [];
  const hear = (error: unknown): void => void late.push(error);
  process.prependListener('uncaughtException', hear);
  try {
    const sink = new ContentSink(new ObjectStore(folder), () => false);
    sink.pack.discard();
    const large = new Uint8Array(3 << 20).fill(1);
    const stream = (async function* () {
      await wait(1);
      yield large;
    })();
    const adding = sink.add({ kind: 'stream', size: large.length, stream }, large.length, new AbortController().signal);
    await expect(adding).rejects.toThrow(/pack writer/);
    await wait(50);
    expect(late).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    process.off('uncaughtException', hear);
    rmSync(folder, { recursive: true, force: true });
  }
});
