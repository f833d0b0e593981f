/** The command line's grammar: which commands there are, what each takes, and one sentence for every mistake. */
import { parseArgs } from 'node:util';
import { editDistance } from '../core/nearest.ts';
import { F2gitError } from '../errors.ts';
import { languages, type Language } from '../messages/language.ts';

export const commandNames = [
  'pull',
  'status',
  'log',
  'undo',
  'take',
  'serve',
  'sync',
  'preview',
  'confirm',
  'purge',
  'link',
  'connect',
  'check',
  'hub-config',
] as const;
export type CommandName = (typeof commandNames)[number];

/** `list`: a string; given several times it is all of them, with commas between. */
type FlagKind = 'boolean' | 'string' | 'optional-string' | 'list';
interface Grammar {
  /** Names of positional arguments: required ones first; `?` ends an optional one's name. */
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, FlagKind>>;
}

const common = { json: 'boolean', quiet: 'boolean', lang: 'string', help: 'boolean' } as const;
const configured = { ...common, config: 'string' } as const;

const grammar: Readonly<Record<CommandName, Grammar>> = {
  pull: {
    positionals: ['link|source', 'dir?'],
    flags: { ...common, open: 'optional-string', 'dry-run': 'boolean', credentials: 'string', moved: 'boolean' },
  },
  status: { positionals: ['dir?'], flags: common },
  log: { positionals: ['dir?'], flags: common },
  undo: { positionals: ['dir?', 'run?'], flags: common },
  take: { positionals: ['file'], flags: { ...common, from: 'string', as: 'string', cell: 'string' } },
  serve: { positionals: [], flags: { ...configured, port: 'string', prefix: 'string' } },
  sync: { positionals: ['course?'], flags: { ...configured, all: 'boolean' } },
  preview: { positionals: ['course'], flags: { ...configured, at: 'string', for: 'list' } },
  confirm: { positionals: ['course|dir?'], flags: { ...configured, credentials: 'string' } },
  purge: { positionals: ['course', 'path'], flags: configured },
  link: {
    positionals: ['course?'],
    flags: {
      ...configured,
      open: 'string',
      app: 'string',
      hub: 'string',
      for: 'list',
      from: 'string',
      person: 'list',
      days: 'string',
      revoke: 'boolean',
      'sign-out': 'string',
    },
  },
  connect: { positionals: ['course'], flags: configured },
  check: { positionals: [], flags: configured },
  'hub-config': { positionals: ['hub|tljh|z2jh?'], flags: configured },
};

/** What was typed, checked against the grammar. */
export interface Invocation {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  /** Values of string flags; a flag without a value has none. */
  readonly values: Readonly<Record<string, string>>;
  /** Every flag that was given. */
  readonly flags: ReadonlySet<string>;
}

/** What the first words ask for: a command, or help about one. */
export type Request =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' };

/** Reads the arguments after `f2git`. @throws {F2gitError} `usage` naming what was not understood and what is possible */
export function readArguments(args: readonly string[]): Request {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help' };
  if (first === 'help') return helpAbout(rest[0]);
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first.startsWith('-')) throw flagBeforeCommand(first);
  if (!isCommand(first)) throw usage({ word: first, possible: nearest(first, commandNames) });
  const invocation = readInvocation(first, rest);
  return invocation.flags.has('help') ? { kind: 'help', command: first } : { kind: 'run', invocation };
}

function flagBeforeCommand(flag: string): F2gitError {
  const name = spellShortFlag(flag).replace(/^-+/, '').replace(/=.*$/s, '');
  const isFlag = commandNames.some((command) => flagsOf(command).includes(name));
  return isFlag
    ? usage({ detail: `the command comes first, "${flag}" after it` })
    : usage({ word: flag, possible: '--help, --version' });
}

function helpAbout(word: string | undefined): Request {
  if (word === undefined || word.startsWith('-')) return { kind: 'help' };
  if (!isCommand(word)) throw usage({ word, possible: nearest(word, commandNames) });
  return { kind: 'help', command: word };
}

/** The flags a command takes, for help and completion. */
export function flagsOf(command: CommandName): readonly string[] {
  return Object.keys(grammar[command].flags);
}

/** The positional arguments of a command as they stand in a usage line: `<file>`, `[dir]`. */
export function positionalsOf(command: CommandName): readonly string[] {
  return grammar[command].positionals.map((name) => (name.endsWith('?') ? `[${name.slice(0, -1)}]` : `<${name}>`));
}

/** The language of `--lang`, wherever it stands, before anything else is understood. */
export function languageArgument(args: readonly string[]): Language | undefined {
  const index = args.findIndex((argument) => argument === '--lang' || argument.startsWith('--lang='));
  const value = args[index]?.startsWith('--lang=') === true ? args[index].slice('--lang='.length) : args[index + 1];
  return index < 0 ? undefined : languages.find((language) => language === value);
}

function readInvocation(command: CommandName, args: readonly string[]): Invocation {
  const { flags: allowed, positionals: names } = grammar[command];
  const options = Object.fromEntries(
    Object.entries(allowed).map(([name, kind]) => [name, { type: takesValue(kind) ? 'string' : 'boolean' } as const]),
  );
  const { tokens } = parseArgs({ args: args.map(spellShortFlag), options, strict: false, tokens: true });
  const positionals: string[] = [];
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    // `--from --json` lacks the value of --from; a value that begins with a dash is written --as=-x
    const isForgotten = token.inlineValue === false && token.value.startsWith('-');
    checkFlag(command, token.rawName, allowed[token.name], isForgotten ? undefined : token.value);
    const kind = allowed[token.name];
    if (flags.has(token.name) && kind !== 'boolean' && kind !== 'list')
      throw usage({ command, detail: `"${token.rawName}" may stand there only once` });
    flags.add(token.name);
    const before = values[token.name];
    if (token.value !== undefined) values[token.name] = before === undefined ? token.value : `${before},${token.value}`;
  }
  if (!flags.has('help')) checkPositionals(command, names, positionals);
  checkLanguage(values['lang']);
  return { command, positionals, values, flags };
}

function takesValue(kind: FlagKind): boolean {
  return kind === 'string' || kind === 'list';
}

function spellShortFlag(argument: string): string {
  return { '-h': '--help', '-q': '--quiet', '-n': '--dry-run' }[argument] ?? argument;
}

function checkFlag(command: CommandName, rawName: string, kind: FlagKind | undefined, value: string | undefined): void {
  if (kind === undefined) {
    const possible = nearest(rawName.replace(/^-+/, ''), flagsOf(command))
      .split(', ')
      .map((name) => `--${name}`);
    throw usage({ word: rawName, command, possible: possible.join(', ') });
  }
  if (value === '' || (takesValue(kind) && value === undefined)) throw usage({ flag: rawName, command });
  if (kind === 'boolean' && value !== undefined)
    throw usage({ word: `${rawName}=${value}`, command, possible: rawName });
}

function checkPositionals(command: CommandName, names: readonly string[], given: readonly string[]): void {
  const missing = names[given.length];
  if (missing !== undefined && !missing.endsWith('?')) throw usage({ argument: missing, command });
  const extra = given[names.length];
  if (extra !== undefined) throw usage({ extra, command });
}

function checkLanguage(value: string | undefined): void {
  const isKnown = value === undefined || languages.some((language) => language === value);
  if (!isKnown)
    throw usage({ word: `--lang ${value}`, possible: languages.map((language) => `--lang ${language}`).join(', ') });
}

function isCommand(word: string | undefined): word is CommandName {
  return commandNames.some((name) => name === word);
}

/** The names one typing slip away from `word`; all of them when none is. */
function nearest(word: string, names: readonly string[]): string {
  const close = names.filter((name) => name.startsWith(word.slice(0, 2)) || editDistance(word, name) <= 2);
  return (close.length > 0 ? close : names).join(', ');
}

function usage(params: Readonly<Record<string, string>>): F2gitError {
  return new F2gitError('usage', { params });
}
