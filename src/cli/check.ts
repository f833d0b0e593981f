/** `f2git check`: everything an administrator can get wrong, one sentence each; changes nothing. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import { asF2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import { createHttp } from '../sources/create-http.ts';
import { createRefusals, type Refusals } from '../sources/refusals.ts';
import { readConfiguration } from './configuration.ts';
import { checkSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';

interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly message: string;
  readonly code?: string;
}

/** Gives 0 when all is well, 2 when the configuration or a right is wrong, 3 when only a source did not answer. */
export const check: Command = async (invocation, shell) => {
  const { terminal } = shell;
  const config = readConfiguration(invocation, shell);
  const findings: Finding[] = [configured(config, terminal.language), ...folders(config, terminal.language)];
  let worst = findings.some(({ ok }) => !ok) ? 2 : 0;
  const refusals = createRefusals();
  for (const course of config.courses.values()) {
    const { finding, exit } = await probe(course, refusals, shell);
    findings.push(finding);
    worst = worst === 2 ? 2 : Math.max(worst, exit === 2 ? 2 : exit === 0 ? 0 : 3);
  }
  terminal.endProgress();
  if (terminal.json) terminal.printDocument({ f2git: 1, ok: worst === 0, checks: findings });
  for (const { subject, ok, message } of findings) terminal.print(`${ok ? 'ok ' : '!! '} ${subject}: ${message}`);
  return worst;
};

function configured(config: Config, language: Language): Finding {
  const subject = config.file ?? say(checkSentences.embedded, language);
  return { subject, ok: true, message: say(checkSentences.courses, language, { count: config.courses.size }) };
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

async function probe(
  course: CourseConfig,
  refusals: Refusals,
  shell: Shell,
): Promise<{ finding: Finding; exit: number }> {
  const { language } = shell.terminal;
  const { adapter, config } = course.source;
  const http = createHttp({ allowPrivateAddresses: course.allowPrivateAddresses, refusals });
  const cacheDir = mkdtempSync(join(tmpdir(), 'f2git-check-'));
  try {
    const { credentials } = course;
    const session = await adapter.open(config, { http, now: () => new Date(), credentials, cacheDir });
    try {
      shell.terminal.onProgress({ step: 'listing', done: 0 });
      const listing = await session.list(shell.signal);
      const count = listing.kind === 'listing' ? listing.entries.length : 0;
      const problems = listing.kind === 'listing' ? listing.problems.length : 0;
      const facts = { type: adapter.type, count, problems, requests: http.counts.requests };
      const sentence = problems > 0 ? checkSentences.listedWithProblems : checkSentences.listed;
      return {
        finding: { subject: course.id, ok: problems === 0, message: say(sentence, language, facts) },
        exit: problems === 0 ? 0 : 3,
      };
    } finally {
      await session.close();
    }
  } catch (thrown) {
    if (shell.signal.aborted) throw thrown;
    const error = asF2gitError(thrown);
    const finding = { subject: course.id, ok: false, message: describeError(error, language), code: error.code };
    return { finding, exit: error.exit };
  } finally {
    await http.close();
    rmSync(cacheDir, { recursive: true, force: true });
  }
}
