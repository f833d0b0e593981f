import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { F2gitError, errorCodes, type ErrorCode } from '../../src/errors.ts';
import { errorSentences } from '../../src/messages/error-sentences.ts';
import { describeError, describeToStaff } from '../../src/messages/errors.ts';
import { languages } from '../../src/messages/language.ts';
import { placeholdersOf } from '../../src/messages/optional.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];
const page = new URL('../../docs/errors.md', import.meta.url);

describe('the sentence of every error', () => {
  it('exists for each code, and for no other', () => {
    expect(Object.keys(errorSentences).sort()).toEqual([...codes].sort());
  });

  it.each(codes)('%s: says what happened, that the work is safe, what to do', (code) => {
    expect(errorSentences[code].de).toMatch(/[Aa]rbeit ist sicher/);
    expect(errorSentences[code].en).toMatch(/work is safe/);
    // the last sentence is what to do: something comes after the safety
    expect(errorSentences[code].de).toMatch(/sicher[^.]*\. .+[.]$/s);
    expect(errorSentences[code].en).toMatch(/safe[^.]*\. .+[.]$/s);
  });

  it.each(codes)('%s: both languages show the same parameters', (code) => {
    const { de, en } = errorSentences[code];
    expect([...placeholdersOf(en)].sort()).toEqual([...placeholdersOf(de)].sort());
  });

  it.each(codes)('%s: reads well with no parameter, and with all', (code) => {
    const names = placeholdersOf(errorSentences[code].en);
    const params = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    for (const language of languages) {
      const bare = describeError(new F2gitError(code), language);
      expect(bare, bare).not.toMatch(/[{}[\]]|\s[.,:;]|\s\s|,[.,:]|\(\)|“”|„“/);
      const full = describeError(new F2gitError(code, { params }), language);
      expect(full, full).not.toMatch(/[{}[\]]|\s[.,:;]|\s\s|\(\)/);
      for (const name of names) expect(full).toContain(`<${name}>`);
    }
  });

  it.each(codes)('%s: tells staff what happened and what to do, with nothing left out', (code) => {
    const names = placeholdersOf(errorSentences[code].en);
    const params = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    for (const language of languages) {
      const bare = describeToStaff(new F2gitError(code), language);
      expect(bare, bare).not.toMatch(/[{}[\]]|\s[.,:;]|\s\s|work is safe|Arbeit ist sicher/);
      expect(bare, bare).toMatch(/^[A-ZÄÖÜf].+\. .+\.$/s);
      const full = describeToStaff(new F2gitError(code, { params }), language);
      for (const name of names) expect(full).toContain(`<${name}>`);
    }
  });

  it.each(['usage', 'file-unknown', 'run-unknown'] as const)('%s: sends nobody on a page to a command line', (code) => {
    const error = new F2gitError(code, { params: code === 'usage' ? { open: '../x' } : {} });
    for (const language of languages) {
      expect(describeError(error, language)).not.toMatch(/[“„]f2git|\(Genauer|\(More/);
    }
  });

  it.each([
    [new F2gitError('usage', { params: { argument: 'link|source' } }), '„Link oder Quelle“ fehlt'],
    [
      new F2gitError('source-not-found', { params: { missing: 'branch, tag or commit "x"', branches: '(none)' } }),
      'Zweig, Tag oder Commit „x“ fehlt. Zweige sind: (keine).',
    ],
    [
      new F2gitError('config-invalid', { params: { key: 'auth', detail: '"links" is not available yet' } }),
      '„links“ gibt es noch nicht',
    ],
  ])('has no English in its German', (error, said) => {
    expect(describeError(error, 'de')).toContain(said);
  });

  it('says what it has no place for in brackets', () => {
    const error = new F2gitError('login-needed', { params: { status: 401 } });
    expect(describeError(error, 'de')).toMatch(/\(Genauer: status: 401\)$/);
    expect(describeError(error, 'en')).toMatch(/\(More exactly: status: 401\)$/);
  });
});

describe('docs/errors.md', () => {
  it('is the table of the code; F2GIT_WRITE_DOCS=1 writes it', () => {
    const expected = errorPage();
    if (process.env['F2GIT_WRITE_DOCS'] === '1') writeFileSync(page, expected);
    expect(readFileSync(page, 'utf8')).toBe(expected);
  });
});

function errorPage(): string {
  const sections = codes.map((code) => {
    const { retry, exit, status } = errorCodes[code];
    const { de, en } = errorSentences[code];
    return `## \`${code}\`\n\nExit code ${exit} · HTTP ${status} · trying again: ${retry}\n\n> ${en}\n\n> ${de}\n`;
  });
  return `# Errors

Every code f2git ends with, in \`--json\`, over HTTP and in words. Parts in \`[…]\` are said when their \`{parameters}\` are
known. Whatever the code: the files in the home are as they were, or as one finished step left them.

Trying again: \`now\` helps at once, \`later\` after a while, \`login\` after signing in, \`never\` not until something is changed.

${sections.join('\n')}`;
}
