import { describe, expect, it } from 'vitest';
import { commandNames, readArguments, type Request } from '../../src/cli/arguments.ts';
import { helpText } from '../../src/cli/help.ts';
import { F2gitError } from '../../src/errors.ts';

function invocation(...args: string[]): Extract<Request, { kind: 'run' }>['invocation'] {
  const request = readArguments(args);
  if (request.kind !== 'run') throw new Error(`asked for ${request.kind}`);
  return request.invocation;
}

function mistake(...args: string[]): F2gitError {
  try {
    readArguments(args);
  } catch (error) {
    if (error instanceof F2gitError) return error;
  }
  throw new Error('no mistake was found');
}

describe('what is typed after f2git', () => {
  it('gives command, positionals, values and flags in any order', () => {
    const read = invocation('pull', '--json', './course', '--lang', 'de', 'here', '--dry-run');
    expect(read.command).toBe('pull');
    expect(read.positionals).toEqual(['./course', 'here']);
    expect(read.values).toEqual({ lang: 'de' });
    expect([...read.flags].sort()).toEqual(['dry-run', 'json', 'lang']);
  });

  it('takes --open alone and with a file', () => {
    expect(invocation('pull', 'x', '--open').flags.has('open')).toBe(true);
    expect(invocation('pull', 'x', '--open=week1/lab1.ipynb').values).toEqual({ open: 'week1/lab1.ipynb' });
    expect(invocation('pull', '--open', 'x', 'dir').positionals).toEqual(['x', 'dir']);
  });

  it('takes a flag without a value, and a list, several times', () => {
    expect(invocation('pull', 'x', '--json', '--json').flags.has('json')).toBe(true);
    expect(invocation('link', 'x', '--for', 'a', '--for', 'b').values).toEqual({ for: 'a,b' });
  });

  it('takes everything after -- as it is, however it begins', () => {
    expect(invocation('take', '--', '-notes.md').positionals).toEqual(['-notes.md']);
  });

  it.each([
    [['pul', 'x'], { word: 'pul', possible: 'pull, purge' }],
    [['pull'], { argument: 'link|source', command: 'pull' }],
    [['pull', 'a', 'b', 'c'], { extra: 'c', command: 'pull' }],
    [['pull', 'a', '--jsn'], { word: '--jsn', command: 'pull', possible: '--json' }],
    [['pull', 'a', '--json=yes'], { word: '--json=yes', command: 'pull', possible: '--json' }],
    [['take', 'a', '--from'], { flag: '--from', command: 'take' }],
    [['take', 'a', '--from', '--json'], { flag: '--from', command: 'take' }],
    [['take', 'a', '--from', 'x', '--from', 'y'], { command: 'take', detail: '"--from" may stand there only once' }],
    [['pull', 'x', '--open', '--open=y'], { command: 'pull', detail: '"--open" may stand there only once' }],
    [['--json', 'pull', 'x'], { detail: 'the command comes first, "--json" after it' }],
    [['-q', 'pull', 'x'], { detail: 'the command comes first, "-q" after it' }],
    [['--lang=de', 'pull', 'x'], { detail: 'the command comes first, "--lang=de" after it' }],
    [['--verison'], { word: '--verison', possible: '--help, --version' }],
    [['status', '--lang', 'fr'], { word: '--lang fr', possible: '--lang de, --lang en' }],
  ])('names the mistake in %j', (args, params) => {
    const error = mistake(...args);
    expect(error.code).toBe('usage');
    expect(error.exit).toBe(2);
    expect(error.params).toEqual(params);
  });
});

describe('help', () => {
  it.each(['de', 'en'] as const)('names every command with examples in %s', (language) => {
    const overview = helpText(undefined, language);
    for (const name of commandNames) {
      expect(overview).toContain(`  ${name}`);
      expect(helpText(name, language)).toContain(`f2git ${name}`);
    }
  });

  it('gives only examples that the grammar accepts', () => {
    for (const name of commandNames) {
      const lines = helpText(name, 'en').split('\n');
      const examples = lines.slice(lines.indexOf('Examples:') + 1);
      expect(examples.length).toBeGreaterThan(0);
      for (const line of examples) {
        const words = [...line.trim().matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
        expect(readArguments(words.slice(1)).kind).toBe('run');
      }
    }
  });
});
