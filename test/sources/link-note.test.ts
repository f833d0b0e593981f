import { describe, expect, it } from 'vitest';
import { linkNote } from '../../src/sources/link-note.ts';

const noteOf = (title: string, target: string): string | undefined => {
  const note = linkNote({ title, target });
  return note === undefined ? undefined : Buffer.from(note).toString();
};

describe('a note that stands for a link', () => {
  it.each([
    ['Aufgabe', 'https://example.org/a?b=1#c', '# Aufgabe\n\n<https://example.org/a?b=1#c>\n'],
    ['  two\nlines ', 'http://example.org', '# two lines\n\n<http://example.org/>\n'],
    ['[x](https://evil.example) <b> `c` *d*', 'https://example.org/', null],
    ['Umlaut', 'https://example.org/ä ö', '# Umlaut\n\n<https://example.org/%C3%A4%20%C3%B6>\n'],
    ['Post', 'mailto:prof@example.org', '# Post\n\n<mailto:prof@example.org>\n'],
    ['bracket', 'mailto:a>b@example.org', null],
  ])('%s, %s', (title, target, expected) => {
    const note = noteOf(title, target) ?? '';
    if (expected !== null) expect(note).toBe(expected);
    const [heading = '', empty, link = '', end, ...more] = note.split('\n');
    expect([empty, end, more]).toEqual(['', '', []]);
    expect(heading).toMatch(/^# /);
    // nothing in the title is markup, and nothing ends the address early
    expect(heading.replace(/\\./g, '')).not.toMatch(/[\\`*_[\]<>]/);
    expect(link).toMatch(/^<[^<>\s]+>$/);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/course/view.php', '', 'not an address'])(
    'is not made for %j',
    (target) => {
      expect(noteOf('x', target)).toBeUndefined();
    },
  );
});
