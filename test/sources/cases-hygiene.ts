import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { Bench } from './bench.ts';
import type { Case } from './conformance.ts';
import { type Fault, faults } from './harness.ts';

/** All that a person or a log could get to see of an attempt: what it listed, or how it failed, to the last cause. */
async function everythingShown(bench: Bench): Promise<string> {
  const shown: unknown[] = [];
  const session = await bench.open();
  try {
    const listing = await bench.list(session);
    shown.push(listing);
    for (const entry of listing.entries) await bench.read(session, entry).catch((error: unknown) => shown.push(error));
  } catch (error) {
    shown.push(error, String(error));
  }
  return inspect(shown, { depth: 20, maxStringLength: null, maxArrayLength: null, showHidden: true });
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

const aboutFolders = new Set<Fault>(['page-fails', 'forbidden-folder', 'outside-link']);

export const hygieneCases: readonly Case[] = [
  {
    id: 'C47',
    title: 'two sessions share nothing that is not the course’s',
    async run(bench) {
      await bench.put({ 'a.txt': 'a' });
      const first = await bench.listed();
      const second = await bench.listed();
      await first.session.close();
      for (const entry of second.listing.entries)
        expect((await bench.read(second.session, entry)).toString()).toBe('a');
    },
  },
  {
    id: 'C49',
    title: 'no secret is in a listing or an error, whatever goes wrong',
    async run(bench, course) {
      const { user, password, token } = course.credentials ?? {};
      const secrets = [password, token].flatMap((one) => (one === undefined ? [] : formsOf(one.reveal())));
      const pair = user === undefined ? [] : formsOf(`${user}:${password?.reveal() ?? ''}`).slice(2);
      await bench.put({ 'a.txt': 'a', 'w/b.txt': 'b' });
      // Faults that hold a request until it is cancelled say nothing.
      const speaking = faults.filter((fault) => fault !== 'hangs' && course.faults[fault] !== undefined);
      for (const fault of [undefined, ...speaking]) {
        if (fault !== undefined) await course.faults[fault]?.(aboutFolders.has(fault) ? ['w'] : ['w', 'b.txt']);
        const shown = await everythingShown(bench);
        for (const secret of [...secrets, ...pair]) expect(shown.includes(secret), fault).toBe(false);
        await course.calm();
      }
    },
  },
  {
    id: 'C50',
    title: 'nothing stays open after closing',
    async run(bench, course) {
      await bench.put({ 'a.txt': 'a', 'w/b.txt': 'b' });
      const before = processes();
      const context = bench.context();
      const session = await bench.open(context);
      const listing = await bench.list(session);
      for (const entry of listing.entries) await bench.read(session, entry);
      await session.close();
      await context.http.close();
      await until(async () => ((await course.seen?.connections?.()) ?? 0) === 0);
      expect(processes()).toBe(before);
    },
  },
  {
    id: 'C51',
    title: 'the readme states every capability as the code does, and the limits',
    async run({ harness }) {
      const readme = await readFile(join(harness.folder, 'readme.md'), 'utf8');
      for (const [name, claim] of Object.entries(harness.adapter.capabilities)) {
        const row = new RegExp(`^\\| *\`?${name}\`? *\\| *\`?${String(claim)}\`? *\\|`, 'm');
        expect(readme, `a row for ${name}`).toMatch(row);
      }
      expect(readme).toMatch(/^.*\bCannot\b/m);
    },
  },
];

function processes(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isTrue()) return;
    await wait(20);
  }
  throw new Error('connections stayed open');
}
