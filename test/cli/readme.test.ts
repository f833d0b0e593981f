/** The end of a `pull` on a terminal: where the course is, and how its README begins. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readmeText } from '../../src/cli/readme-text.ts';
import { cliPath, f2git, writeFiles } from '../e2e/support.ts';

const shown = (text: string, columns = 70, isMarkdown = true): string =>
  readmeText(text, { columns, isMarkdown }).lines.join('\n');

describe('Markdown', () => {
  it.each([
    ['a heading', '# Birds #\nwords', 'Birds\n\nwords'],
    ['an underlined heading', 'Birds\n=====\nwords', 'Birds\n\nwords'],
    ['lines of one paragraph', 'one\ntwo\n\nthree', 'one two\n\nthree'],
    [
      'emphasis',
      'a **bold** and _soft_ `code`, snake_case_name, 2 * 3 * 4',
      'a bold and soft code, snake_case_name, 2 * 3 * 4',
    ],
    [
      'a link',
      'see [the plan](https://example.org/plan "now") or <https://example.org>',
      'see the plan (https://example.org/plan) or https://example.org',
    ],
    ['a link that says where it leads', '[a.md](a.md)', 'a.md'],
    ['a picture', '![](badge.svg) ![a bird](bird.png)', 'a bird'],
    ['a list', '- one\n  more of it\n* two\n  1. three\n', '• one more of it\n• two\n  1. three'],
    ['a table', '| week | what |\n| --- | :-: |\n| 1 | read |', 'week · what\n\n1 · read'],
    ['code', '```python\nprint("a  b")\n```\nend', '    print("a  b")\nend'],
    ['a quotation', '> so it is', '  so it is'],
    ['tags and comments', '<p align="center">hi</p><!-- not\nthis -->', 'hi'],
    ['what a site generator reads', '---\ntitle: x\n---\nwords', 'words'],
    ['characters that are escaped', 'a \\* b &amp; c', 'a * b & c'],
  ])('%s', (_, text, lines) => {
    expect(shown(text)).toBe(lines);
  });
});

describe('any README', () => {
  it('that is no Markdown stays as it is', () => {
    expect(shown('# not a heading\n* nor this', 60, false)).toBe('# not a heading\n* nor this');
  });

  it('is cut after twenty lines, and says so', () => {
    const text = Array.from({ length: 30 }, (_, index) => `- ${index}\n`).join('');
    expect(readmeText(text, { columns: 80, isMarkdown: true })).toMatchObject({ hasMore: true });
    expect(shown(text).split('\n')).toHaveLength(20);
    expect(readmeText('short', { columns: 80, isMarkdown: true }).hasMore).toBe(false);
  });

  it('sends the terminal nothing to obey', () => {
    const hostile = 'a\u001b[31mred\u001b[0m \u001b]0;title\u0007b\u001b[2J \u009b31m\u202eevil\u0000\u0008 c\rd';
    expect(shown(hostile, 60, false)).toBe('ared b 31mevil c\nd');
  });

  it('is never wider than the window or longer than a screen, nor hides a word, whatever it holds', () => {
    const part = fc.constantFrom(
      '# ',
      '- ',
      '> ',
      '|',
      '```\n',
      '\n',
      '\n\n',
      '    ',
      '**',
      '_',
      '`',
      '[a](b)',
      '<b>',
      '---\n',
      'ß',
      '😀',
      '\u001b[1m',
      '\u202e',
      'Wort ',
      '1. ',
    );
    const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 120 }), fc.boolean(), (source, columns, isMarkdown) => {
        const { lines } = readmeText(source, { columns, isMarkdown });
        expect(lines.length).toBeLessThanOrEqual(20);
        for (const line of lines) {
          expect(Array.from(line).length).toBeLessThanOrEqual(Math.min(Math.max(columns, 20), 80));
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        }
      }),
      { seed: 20261123, numRuns: 300 * Number(process.env['F2GIT_RUNS'] ?? 1) },
    );
  });

  it('with nothing but a plain word shows that word', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{1,15}$/), (word) => {
        expect(shown(`first\n\n${word}\n`)).toBe(`first\n\n${word}`);
      }),
      { seed: 20261123, numRuns: 100 },
    );
  });
});

const hasScript = ((): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

describe('f2git pull', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'f2git-readme-'));
    writeFiles(folder, { 'course/README.md': '# Birds\n\nWelcome, **everybody**!\n', 'course/week1/a.txt': 'one\n' });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** On a terminal of its own, as wide as one is that does not say. */
  const onTerminal = (...args: readonly string[]): string => {
    const command = [process.execPath, cliPath, 'pull', join(folder, 'course'), 'mine', ...args];
    const quoted = command.map((word) => `'${word}'`).join(' ');
    const shown = execFileSync('script', ['-qec', quoted, '/dev/null'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    return shown.replaceAll('\r\n', '\n');
  };

  it.skipIf(!hasScript)('on a terminal ends with the README, once, and again when it changed', () => {
    const first = onTerminal();
    expect(first).toContain(
      `The course is in ${folder}/mine. This is how README.md begins:\n\n  Birds\n\n  Welcome, everybody!\n`,
    );
    expect(onTerminal()).not.toContain('Birds');
    writeFileSync(join(folder, 'course/week1/a.txt'), 'two\n');
    expect(onTerminal()).not.toContain('Birds');
    writeFileSync(join(folder, 'course/README.md'), '# Birds and bees\n');
    expect(onTerminal('--lang', 'de')).toContain('So beginnt README.md:\n\n  Birds and bees\n');
  });

  it.skipIf(!hasScript)('on a terminal says where a course without README is, and keeps silent when asked to', () => {
    expect(onTerminal('--quiet')).toBe('');
    rmSync(join(folder, 'mine'), { recursive: true });
    expect(onTerminal('--dry-run')).not.toContain('The course is in');
    rmSync(join(folder, 'course/README.md'));
    expect(onTerminal()).toMatch(/The course is in \S+\/mine\n$/);
  });

  it('elsewhere says no more than before', async () => {
    const { stderr } = await f2git(['pull', join(folder, 'course'), 'mine'], { cwd: folder });
    expect(stderr).not.toContain('Birds');
    expect(stderr).not.toContain('The course is in');
  });
});
