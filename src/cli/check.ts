/** `f2git check`: everything an administrator can get wrong, one sentence each; changes nothing. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import { credentialsOf } from '../configured-course.ts';
import { asF2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { describeFact } from '../messages/source-facts.ts';
import { say, type Language, type Sentence } from '../messages/language.ts';
import { sayOptional } from '../messages/optional.ts';
import { isScheduleFile } from '../release/schedule-file.ts';
import { unmatchedPatterns } from '../release/unmatched.ts';
import { createHttp } from '../sources/create-http.ts';
import { placeEntries, type PlacedFile } from '../sources/listing.ts';
import { createRefusals, type Refusals } from '../sources/refusals.ts';
import type { SourceSession } from '../sources/source.ts';
import { hubFindings, partsFindings } from './check-hub.ts';
import { readConfiguration } from './configuration.ts';
import { environmentTrouble } from './environment-trouble.ts';
import type { Finding } from './finding.ts';
import { checkSentences, unmatchedSentence } from './sentences.ts';
import type { Command, Shell } from './shell.ts';
import { withRepository } from './with-repository.ts';

/** Gives 0 when all is well, 2 when the configuration or a right is wrong, 3 when only a source did not answer. */
export const check: Command = async (invocation, shell) => {
  const { terminal } = shell;
  const config = readConfiguration(invocation, shell);
  const findings: Finding[] = [
    configured(config, terminal.language),
    ...identity(config, terminal.language),
    ...(await partsFindings(config, terminal.language)),
    ...(await hubFindings(config, terminal.language)),
    ...folders(config, terminal.language),
  ];
  let worst = findings.some(({ ok }) => !ok) ? 2 : 0;
  const refusals = createRefusals();
  for (const course of config.courses.values()) {
    const { finding, facts, exit, names } = await probe(course, refusals, shell);
    findings.push(finding, ...facts, ...withoutEffect(course, names, terminal.language));
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

/** `serve` refuses what it cannot tell people apart by. */
function identity({ auth }: Config, language: Language): readonly Finding[] {
  if (auth !== 'links') return [];
  return [{ subject: 'auth', ok: false, message: say(checkSentences.authMissing, language, { auth }) }];
}

/**
 * What stands in the configuration of a course and does nothing: said, because whoever wrote it believes that it does.
 * `names` are the files of a listing that showed everything.
 */
function withoutEffect(
  course: CourseConfig,
  names: readonly PlacedFile[] | undefined,
  language: Language,
): readonly Finding[] {
  const warn = (sentence: Sentence, params: Readonly<Record<string, string>> = {}): Finding => {
    return { subject: course.id, ok: true, warning: true, message: sayOptional(sentence, language, params) };
  };
  const groups = [...course.schedule.groups].join(', ');
  return [
    ...(groups === '' ? [] : [warn(checkSentences.groupsMissing, { groups })]),
    ...(course.staff.length === 0 ? [] : [warn(checkSentences.staffMissing)]),
    ...(names ?? [])
      .filter(({ path }) => isScheduleFile(path))
      .map(({ path: file }) => warn(checkSentences.scheduleFileMissing, { file })),
    ...unmatchedPatterns(course.patterns, names ?? [])
      .filter(() => names !== undefined)
      .map((one) => warn(unmatchedSentence, { ...one })),
  ];
}

/** Only for tools that build images: a course without is as good as any. */
async function environmentOf(config: Config, course: CourseConfig, language: Language): Promise<readonly Finding[]> {
  const trouble = await withRepository(config, course, (repository) => environmentTrouble(repository, course));
  if (trouble === undefined) return [];
  const { code } = trouble;
  return [{ subject: course.id, ok: true, warning: true, code, message: describeError(trouble, language) }];
}

/** The data folder must be ours alone; homes must be there. Both may still be missing on a first start. */
function folders(config: Config, language: Language): readonly Finding[] {
  const homes = dirname(`${config.homes.slice(0, config.homes.indexOf('{user}'))}x`);
  return [writable(config.data, language), privacy(config.data, language), writable(homes, language)].filter(
    (one) => one !== undefined,
  );
}

function writable(folder: string, language: Language): Finding {
  let present = folder;
  while (!existsSync(present)) present = dirname(present);
  try {
    accessSync(present, constants.W_OK | constants.X_OK);
    return { subject: folder, ok: true, message: say(checkSentences.fine, language) };
  } catch {
    // whatever the reason, the sentence says what to do
    return { subject: folder, ok: false, message: say(checkSentences.notWritable, language, { folder: present }) };
  }
}

function privacy(folder: string, language: Language): Finding | undefined {
  if (!existsSync(folder) || (statSync(folder).mode & 0o077) === 0) return undefined;
  return { subject: folder, ok: false, message: say(checkSentences.readable, language, { folder }) };
}

interface Probe {
  readonly finding: Finding;
  /** What the source says of itself. */
  readonly facts: readonly Finding[];
  readonly exit: number;
  /** The files of the course, if all of them were seen. */
  readonly names?: readonly PlacedFile[];
}

async function probe(course: CourseConfig, refusals: Refusals, shell: Shell): Promise<Probe> {
  const { language } = shell.terminal;
  const { adapter, config } = course.source;
  const http = createHttp({ allowPrivateAddresses: course.allowPrivateAddresses, refusals });
  const cacheDir = mkdtempSync(join(tmpdir(), 'f2git-check-'));
  try {
    const now = (): Date => new Date();
    const session = await adapter.open(config, { http, now, credentials: credentialsOf(course, now), cacheDir });
    try {
      shell.terminal.onProgress({ step: 'listing', done: 0 });
      const listing = await session.list(shell.signal);
      const count = listing.kind === 'listing' ? listing.entries.length : 0;
      const problems = listing.kind === 'listing' ? listing.problems.length : 0;
      const seen = { type: adapter.type, count, problems, requests: http.counts.requests };
      const facts = await factsOf(session, course, shell);
      const sentence = problems > 0 ? checkSentences.listedWithProblems : checkSentences.listed;
      const isWhole = listing.kind === 'listing' && listing.complete && problems === 0;
      return {
        ...(isWhole ? { names: placeEntries(listing, new Map()).files } : {}),
        finding: { subject: course.id, ok: problems === 0, message: say(sentence, language, seen) },
        facts,
        exit: problems === 0 && facts.every(({ ok }) => ok) ? 0 : 3,
      };
    } finally {
      await session.close();
    }
  } catch (thrown) {
    if (shell.signal.aborted) throw thrown;
    const error = asF2gitError(thrown);
    const finding = { subject: course.id, ok: false, message: describeError(error, language), code: error.code };
    return { finding, facts: [], exit: error.exit };
  } finally {
    await http.close();
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

async function factsOf(session: SourceSession, course: CourseConfig, shell: Shell): Promise<readonly Finding[]> {
  const facts = (await session.facts?.(shell.signal)) ?? [];
  return facts.map((fact): Finding => ({
    subject: course.id,
    ok: fact.level !== 'failure',
    message: describeFact(fact, shell.terminal.language),
    code: fact.code,
    ...(fact.level === 'warning' ? { warning: true } : {}),
  }));
}
