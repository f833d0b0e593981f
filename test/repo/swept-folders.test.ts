/** A refresh tidies a course's folder while other programs write there without its lock. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseCourseId } from '../../src/core/ids.ts';
import { Secret } from '../../src/core/secret.ts';
import { readTokens, writeTokens } from '../../src/oauth/token-file.ts';
import { claimDataFolder, dataKey } from '../../src/repo/data-folder.ts';
import { sweepTemporaryFiles } from '../../src/repo/durable-file.ts';
import { openCapabilities, revokeTokens } from '../../src/web/capabilities.ts';
import { temporaryFolder } from './support/course.ts';

/** What another program does the moment before a file is put in its place. */
const meanwhile: { before?: (to: string) => void } = {};

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const renameSync: typeof fs.renameSync = (from, to) => {
    meanwhile.before?.(String(to));
    real.renameSync(from, to);
  };
  return { ...real, default: { ...real, renameSync }, renameSync };
});

function swept<Result>(folder: string, work: () => Result): Result {
  let sweeps = 0;
  meanwhile.before = () => {
    sweeps++;
    sweepTemporaryFiles(folder);
  };
  try {
    const result = work();
    expect(sweeps).toBe(1);
    return result;
  } finally {
    delete meanwhile.before;
  }
}

describe('the data folder of a server', () => {
  it('keeps its key while it is swept, and loses what somebody left there while they made one', () => {
    const folder = temporaryFolder();
    const left = join(folder, 'tmp_f2git_left');
    fs.writeFileSync(left, 'a key that was never linked');
    const key = swept(folder, () => dataKey(folder));
    expect(dataKey(folder)).toEqual(key);
    expect(fs.readdirSync(folder)).toEqual(['.server']);
  });

  it('is rid of that also when a server claims it whose key is there', async () => {
    const folder = temporaryFolder();
    const key = dataKey(folder);
    fs.writeFileSync(join(folder, 'tmp_f2git_left'), 'a key that was never linked');
    const claimed = await claimDataFolder(folder);
    expect(claimed.key).toEqual(key);
    expect(fs.readdirSync(folder)).toEqual(['.server']);
    claimed.release();
  });
});

describe('a folder that is swept meanwhile', () => {
  it('keeps a sign-in that is being renewed', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'sign-in.json');
    swept(folder, () => writeTokens(file, { access: new Secret('access'), refresh: new Secret('rotated') }));
    expect(readTokens(file)?.refresh?.reveal()).toBe('rotated');
    expect(fs.readdirSync(folder)).toEqual(['sign-in.json']);
  });

  it('keeps that addresses are being revoked', () => {
    const data = temporaryFolder();
    const course = parseCourseId('python')!;
    const grant = { purpose: 'git', course, audience: 'all' } as const;
    const capabilities = openCapabilities(data, Buffer.from('a key of the test'));
    const token = capabilities.tokenOf(grant);
    fs.mkdirSync(join(data, course));
    swept(join(data, course), () => revokeTokens(data, course));
    expect(capabilities.opens(token, grant)).toBe(false);
  });

  it('is rid of what a program that was killed left there, a day later', () => {
    const folder = temporaryFolder();
    const draft = join(folder, 'draft_f2git_0011223344');
    fs.writeFileSync(draft, 'secret');
    sweepTemporaryFiles(folder);
    expect(fs.existsSync(draft)).toBe(true);
    const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60_000);
    fs.utimesSync(draft, twoDaysAgo, twoDaysAgo);
    sweepTemporaryFiles(folder);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
