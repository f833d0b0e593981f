/** That every source is described: its folder's readme in the same four parts, and its section in docs/sources.md, with words it really says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const sources = join(root, 'src/sources');
const adapters = readdirSync(sources).filter(
  (name) => existsSync(join(sources, name, 'readme.md')) && name !== 'memory',
);

const sections = new Map(
  readFileSync(join(root, 'docs/sources.md'), 'utf8')
    .split(/^## /m)
    .map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
);

/** The heading of each, as people call it. */
const headings: Readonly<Record<string, string>> = {
  ...{ canvas: 'Canvas', ilias: 'ILIAS', moodle: 'Moodle', studip: 'Stud.IP', rclone: 'rclone' },
  ...{ webdav: 'WebDAV, Nextcloud, ownCloud', zip: 'ZIP', git: 'git', folder: 'Folder' },
};

/** All that f2git can say, however it is put together. */
const said = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
  .join('\n');

describe.each(adapters)('%s', (name) => {
  it('has a readme that says what it needs, promises, cannot, and how it was checked', () => {
    const readme = readFileSync(join(sources, name, 'readme.md'), 'utf8');
    const parts = [...readme.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    expect(parts).toEqual(expect.arrayContaining(['What it needs', 'What it promises', 'How it was checked']));
    expect(parts.filter((one) => /annot/.test(one))).toHaveLength(1);
  });

  it('has a section for administrators, with an example and what to do where it says no', () => {
    const section = sections.get(headings[name] ?? name) ?? '';
    expect(section).toMatch(/```yaml\ncourses:\n {2}intro:\n {4}source: /);
    const phrases = [...section.matchAll(/^\| (.*?) +\| .* \|$/gm)]
      .map(([, phrase = '']) => phrase)
      .filter((phrase) => phrase !== 'it says' && !/^-+$/.test(phrase));
    expect(phrases.length).toBeGreaterThan(1);
    for (const part of phrases.flatMap((phrase) => phrase.split('…')).map((one) => one.trim().replace(/,$/, ''))) {
      expect(said.includes(part), part).toBe(true);
    }
  });
});
