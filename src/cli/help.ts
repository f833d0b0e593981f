/** Help texts: what each command does, its flags, and lines to copy. */
import { flagTexts, helpHeadings, helpTexts } from './sentences.ts';
import { say, type Language } from '../messages/language.ts';
import { commandNames, flagsOf, positionalsOf, type CommandName } from './arguments.ts';

/** The overview, or all about one command. */
export function helpText(command: CommandName | undefined, language: Language): string {
  return command === undefined ? overview(language) : commandHelp(command, language);
}

function overview(language: Language): string {
  const rows = commandNames.map((name) => [
    [name, ...positionalsOf(name)].join(' '),
    say(helpTexts[name].summary, language),
  ]);
  return [
    say(helpHeadings.about, language),
    '',
    `${say(helpHeadings.usage, language)}: f2git <command> [--lang de|en] [--json] [--quiet]`,
    '',
    `${say(helpHeadings.commands, language)}:`,
    ...columns(rows),
    '',
    say(helpHeadings.more, language),
  ].join('\n');
}

function commandHelp(command: CommandName, language: Language): string {
  const { summary, details, examples } = helpTexts[command];
  const flags = flagsOf(command).map((name) => [
    `--${name}`,
    say(flagTexts[`${command} ${name}`] ?? flagTexts[name] ?? { de: '', en: '' }, language),
  ]);
  return [
    `f2git ${command}: ${say(summary, language)}`,
    '',
    `${say(helpHeadings.usage, language)}: f2git ${[command, ...positionalsOf(command)].join(' ')}`,
    '',
    say(details, language),
    '',
    `${say(helpHeadings.flags, language)}:`,
    ...columns(flags),
    '',
    `${say(helpHeadings.examples, language)}:`,
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first?.length ?? 0));
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
