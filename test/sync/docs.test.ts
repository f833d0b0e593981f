/** docs/how-it-merges.md says what the planner does: its table is the one the planner decides by. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mergeText } from '../../src/sync/merge-text.ts';
import { rules, type Rule } from '../../src/sync/rules.ts';

const file = new URL('../../docs/how-it-merges.md', import.meta.url);

const picture = readFileSync(new URL('../../docs/how-it-merges.svg', import.meta.url), 'utf8');

const base: Readonly<Record<string, string>> = { none: 'never delivered', known: 'delivered' };
const offered: Readonly<Record<string, string>> = {
  frozen: 'withheld, in trouble or held',
  same: 'unchanged',
  changed: 'changed',
  new: 'new',
  gone: 'removed',
  unclear: 'not to be seen',
};
const local: Readonly<Record<string, string>> = {
  unreadable: 'cannot be read',
  absent: 'not there',
  equal: 'as offered',
  pristine: 'as the course had it',
  edited: 'the student’s',
  blocked: 'something else in its place',
};

test('the table in the docs is the one that decides', () => {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [text.indexOf('\n', text.indexOf('<!-- table:')) + 1, text.indexOf('<!-- end of table -->')];
  expect(start).toBeGreaterThan(0);
  const table = `\n${[heading, ...rules.map(row)].join('\n')}\n\n`;
  if (process.env['F2GIT_UPDATE'] === '1') writeFileSync(file, text.slice(0, start) + table + text.slice(end));
  else expect(text.slice(start, end)).toBe(table);
});

test('every sentence of the table exists in both languages', () => {
  for (const { id, sentence } of rules) {
    expect(sentence.de, id).not.toBe('');
    expect(sentence.en, id).not.toBe('');
    expect(sentence.de, id).not.toBe(sentence.en);
  }
});

test('the picture shows what the merge does', () => {
  const [base, offered, local, result] = ['base', 'offered', 'local', 'result'].map(pictured);
  const merged = mergeText(base!, offered!, local!);
  expect(merged).toMatchObject({ kind: 'merged', declined: [{ lines: [1, 1], course: told() }] });
  expect(merged.kind === 'merged' && Buffer.from(merged.bytes).toString()).toBe(result!.toString());
});

/** The file that is drawn in the picture's group `name`. */
function pictured(name: string): Buffer {
  const group = new RegExp(`<g id="${name}".*?</g>`, 's').exec(picture)?.[0] ?? '';
  const lines = [...group.matchAll(/<text class="(?:\w+ )?line"[^>]*>([^<]+)</g)].map(([, line]) => `${line}\n`);
  expect(lines.length, name).toBeGreaterThan(5);
  return Buffer.from(lines.join(''));
}

/** What the report in the picture says the course wanted. */
function told(): string | undefined {
  return /<text class="wanted line"[^>]*>([^<]+)</.exec(picture)?.[1];
}

const heading =
  '| row | before | the course’s file | in the student’s folder | what happens | report |\n| --- | --- | --- | --- | --- | --- |';

function row(rule: Rule): string {
  const words = (pattern: readonly string[] | 'any', names: Readonly<Record<string, string>>): string =>
    pattern === 'any' ? 'any' : pattern.map((each) => names[each] ?? each).join(', ');
  const condition = [
    rule.mergeable === true ? ' (can be merged)' : '',
    rule.policy === undefined ? '' : ` (\`deleted_files: ${rule.policy}\`)`,
  ].join('');
  const cells = [
    rule.id,
    words(rule.base, base),
    words(rule.offered, offered),
    words(rule.local, local) + condition,
    rule.sentence.en,
    rule.notice ?? '–',
  ];
  return `| ${cells.join(' | ')} |`;
}
