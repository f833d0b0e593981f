/**
 * Every recording is kept and used, or named with the reason: each README of `test/fixtures` lists the whole set, and says
 * in a table what was left out. That what is kept is used is checked where it is replayed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const fixtures = join(import.meta.dirname, '../fixtures');

interface Set {
  readonly all: readonly string[];
  readonly kept: readonly string[];
  /** Patterns of what is not kept, with the reason. */
  readonly left: readonly { readonly pattern: string; readonly why: string }[];
}

describe.each(['studip', 'ilias', 'canvas', 'moodle', 'webdav', 'zip', 'jupyterhub'])('%s', (name) => {
  const { all, kept, left } = read(name);

  it('keeps each recording, or says once why not', () => {
    const reasons = new Map(all.map((one) => [one, left.filter(({ pattern }) => isLike(one, pattern)).length]));
    for (const one of kept) reasons.set(one, (reasons.get(one) ?? 100) + 1);
    expect([...reasons].filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('gives no reason without a recording, and none without words', () => {
    expect(left.filter(({ pattern }) => !all.some((one) => isLike(one, pattern)))).toEqual([]);
    expect(left.filter(({ why }) => !/\w+ \w+/.test(why))).toEqual([]);
  });
});

function read(name: string): Set {
  const readme = readFileSync(join(fixtures, name, 'README.md'), 'utf8');
  const [, list = ''] = /## All recordings\n.*?```\n(.*?)```/s.exec(readme) ?? [];
  const [, table = ''] = /Recorded, but not kept here:\n\n(.*?)\n\n/s.exec(readme) ?? [];
  const rows = [...table.matchAll(/^\| (.*?) \| (.*?) \|$/gm)];
  return {
    all: list.split(/\s+/).filter((word) => word !== ''),
    kept: readdirSync(join(fixtures, name))
      .filter((file) => file !== 'README.md')
      .map((file) => file.replace(/\.json$/, '')),
    left: rows.flatMap(([, what = '', why = '']) =>
      [...what.matchAll(/`([^`]+)`/g)].map(([, pattern = '']) => ({ pattern, why })),
    ),
  };
}

/** Whether a name fits a pattern in which `*` stands for anything. */
function isLike(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.split('*').join('.*')}$`).test(name);
}
