/** `f2git check`: everything an administrator can get wrong, one sentence each; changes nothing. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language, type Sentence } from '../messages/language.ts';
import { sayOptional } from '../messages/optional.ts';
import { isInParts } from '../parts/accounts.ts';
import { becomeKeeper } from '../parts/become.ts';
import { unmatchedPatterns } from '../release/unmatched.ts';
import { rightsOfOthers } from '../repo/data-rights.ts';
import { createRefusals } from '../sources/refusals.ts';
import { checkSentences } from './check-sentences.ts';
import { hubFindings, partsFindings } from './check-hub.ts';
import { probe, type Probe } from './check-source.ts';
import { readServerConfiguration } from './configuration.ts';
import { isNamedIn } from './named-path.ts';
import { environmentTrouble } from './environment-trouble.ts';
import type { Finding } from './finding.ts';
import { unmatchedSentence } from './sentences.ts';
import type { Command } from './shell.ts';
import { withRepository } from './with-repository.ts';

/** Gives 0 when all is well, 2 when the configuration or a right is wrong, 3 when only a source did not answer. */
export const check: Command = async (invocation, shell) => {
  const { terminal } = shell;
  const config = readServerConfiguration(invocation, shell);
  const isRoots = isInParts(config);
  const parts = await partsFindings(config, terminal.language);
  becomeKeeper(config);
  const findings: Finding[] = [
    configured(config, terminal.language),
    ...parts,
    ...(await hubFindings(config, terminal.language)),
    ...folders(config, isRoots, terminal.language),
  ];
  let worst = findings.some(({ ok }) => !ok) ? 2 : 0;
  const refusals = createRefusals();
  for (const course of config.courses.values()) {
    const { findings: ofSource, exit, ...seen } = await probe(course, refusals, shell);
    findings.push(...ofSource, ...withoutEffect(config, course, seen, terminal.language));
    findings.push(...(await environmentOf(config, course, terminal.language)));
    worst = worst === 2 ? 2 : Math.max(worst, exit === 2 ? 2 : exit === 0 ? 0 : 3);
  }
  terminal.endProgress();
  if (terminal.json) terminal.printDocument({ f2git: 1, ok: worst === 0, checks: findings });
  for (const finding of findings) terminal.print(`${markOf(finding)} ${finding.subject}: ${finding.message}`);
  return worst;
};

function configured(config: Config, language: Language): Finding {
  const subject = config.file ?? say(checkSentences.embedded, language);
  return { subject, ok: true, message: say(checkSentences.courses, language, { count: config.courses.size }) };
}

function markOf({ ok, warning }: Finding): string {
  if (!ok) return '!! ';
  return warning === true ? '?? ' : 'ok ';
}

/**
 * What stands in the configuration of a course and does nothing: said, because whoever wrote it believes that it does.
 * `names` are the files of a listing that showed everything.
 */
function withoutEffect(
  { auth }: Config,
  course: CourseConfig,
  { names, patterns }: Pick<Probe, 'names' | 'patterns'>,
  language: Language,
): readonly Finding[] {
  const warn = (sentence: Sentence, params: Readonly<Record<string, string>> = {}): Finding => {
    return { subject: course.id, ok: true, warning: true, message: sayOptional(sentence, language, params) };
  };
  const groups = groupsWithoutMembers(course, auth).join(', ');
  const isAnybodys = auth === 'none' && (course.students !== undefined || course.staff.length > 0);
  return [
    ...(groups === '' ? [] : [warn(checkSentences.groupsEmpty, { groups })]),
    ...(isAnybodys ? [warn(checkSentences.rolesUnasked)] : []),
    ...(course.open === undefined || names === undefined || isNamedIn(names, course.open)
      ? []
      : [warn(checkSentences.openUnknown, { path: course.open })]),
    ...unmatchedPatterns([...course.patterns, ...patterns], names ?? [])
      .filter(() => names !== undefined)
      .map((one) => warn(unmatchedSentence, { ...one })),
  ];
}

/** Groups of the schedule in which nobody can be: listed without members, or known neither to the file nor to a hub. */
function groupsWithoutMembers({ schedule, groups }: CourseConfig, auth: Config['auth']): readonly string[] {
  const isEmpty = (group: string): boolean => groups.get(group)?.length === 0;
  return [...schedule.groups].filter((group) => isEmpty(group) || (!groups.has(group) && auth !== 'jupyterhub')).sort();
}

/** Only for tools that build images: a course without is as good as any. */
async function environmentOf(config: Config, course: CourseConfig, language: Language): Promise<readonly Finding[]> {
  const trouble = await withRepository(config, course, (repository) => environmentTrouble(repository, course));
  if (trouble === undefined) return [];
  const { code } = trouble;
  return [{ subject: course.id, ok: true, warning: true, code, message: describeError(trouble, language) }];
}

/**
 * The data folder must be ours alone; homes must be there. Both may still be missing on a first start. Where root starts the
 * server, it makes the one, and the students' own processes write in the others.
 */
function folders({ data, homes: pattern }: Config, isRoots: boolean, language: Language): readonly Finding[] {
  const homes = dirname(`${pattern.slice(0, pattern.indexOf('{user}'))}x`);
  const isMadeLater = isRoots && !existsSync(data);
  return [
    isMadeLater ? fine(data, language) : writable(data, language),
    privacy(data, language),
    isRoots ? found(homes, language) : writable(homes, language),
  ].filter((one) => one !== undefined);
}

function fine(subject: string, language: Language): Finding {
  return { subject, ok: true, message: say(checkSentences.fine, language) };
}

/** Homes may be made later, with the folder they are in. */
function found(folder: string, language: Language): Finding {
  if (existsSync(folder)) return fine(folder, language);
  return { subject: folder, ok: true, warning: true, message: say(checkSentences.homesMissing, language, { folder }) };
}

function writable(folder: string, language: Language): Finding {
  let present = folder;
  while (!existsSync(present)) present = dirname(present);
  try {
    accessSync(present, constants.W_OK | constants.X_OK);
    return fine(folder, language);
  } catch {
    // whatever the reason, the sentence says what to do
    return { subject: folder, ok: false, message: say(checkSentences.notWritable, language, { folder: present }) };
  }
}

function privacy(folder: string, language: Language): Finding | undefined {
  if (!existsSync(folder) || rightsOfOthers(folder) === 'none') return undefined;
  return { subject: folder, ok: false, message: say(checkSentences.readable, language, { folder }) };
}
