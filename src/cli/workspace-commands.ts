/** `status`, `log` and `undo`: what a workspace can tell and take back by itself, without any server. */
import { parseRunId, type RunId } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { say, type Language, type Sentence } from '../messages/language.ts';
import { describeNotice, describePastReport, reportDocument } from '../sync/report.ts';
import {
  unreadableRuns,
  workspaceLog,
  workspaceStatus,
  type FileStatus,
  type LogEntry,
  type WorkspaceStatus,
} from '../sync/status.ts';
import { undoRun } from '../sync/revise.ts';
import type { Declined } from '../sync/tree.ts';
import { hostWorld } from './host-world.ts';
import type { KeptSource } from './local-source.ts';
import { readOrigin } from './origin.ts';
import { printReport } from './print-report.ts';
import { cliSentences, fileStateSentences, logSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';
import { findWorkspace } from './workspace-folder.ts';

/** Each file of the course, what it is, and what the course still wants. */
export const status: Command = async (invocation, shell) => {
  const workspace = findWorkspace(shell.cwd, invocation.positionals[0]);
  const found = await statusOf(workspace, shell);
  if (found === undefined) throw new F2gitError('workspace-missing', { params: { path: workspace } });
  const { terminal } = shell;
  if (terminal.json) {
    const { course, head, run } = found;
    const files = found.files.map((file) => statusDocument(file, terminal.language));
    terminal.printDocument({ f2git: 1, course, workspace, head, run, files });
    return 0;
  }
  const width = Math.max(...fileStates.map((state) => say(fileStateSentences[state], terminal.language).length));
  for (const file of found.files) for (const line of statusLines(file, width, terminal.language)) terminal.print(line);
  return 0;
};

/** With what pulls from a source keep in the workspace; a course on a server is not asked. */
async function statusOf(workspace: string, shell: Shell): Promise<WorkspaceStatus | undefined> {
  let kept: KeptSource | undefined;
  const contents = async (): Promise<Contents | undefined> => {
    kept = await keptSource(workspace, shell);
    return kept?.contents;
  };
  try {
    return await workspaceStatus({ workspace, contents, signal: shell.signal });
  } finally {
    await kept?.close();
  }
}

async function keptSource(workspace: string, shell: Shell): Promise<KeptSource | undefined> {
  const { openKeptSource } = await import('./local-source.ts');
  try {
    const origin = readOrigin(workspace, shell.environment);
    return origin?.kind === 'source' ? await openKeptSource(workspace, origin, shell) : undefined;
  } catch (error) {
    // Without it all that was declined is shown, also what the student has settled since.
    if (!(error instanceof F2gitError)) throw error;
    return undefined;
  }
}

/** The runs that changed something, newest first. */
export const log: Command = async (invocation, shell) => {
  const workspace = findWorkspace(shell.cwd, invocation.positionals[0]);
  const entries = await workspaceLog({ workspace, signal: shell.signal });
  const unreadable = await unreadableRuns({ workspace, signal: shell.signal });
  const { terminal } = shell;
  if (terminal.json)
    terminal.printDocument({
      f2git: 1,
      workspace,
      runs: entries.map((entry) => logDocument(entry, terminal.language)),
    });
  if (entries.length + unreadable.length === 0) terminal.tell(say(cliSentences.noRuns, terminal.language));
  for (const entry of entries) for (const line of logLines(entry, terminal.language)) terminal.print(line);
  if (unreadable.length > 0)
    terminal.warn(say(logSentences.unreadable, terminal.language, { runs: unreadable.join(', ') }));
  return 0;
};

/** Takes a run back, the last one unless it is named. Undoing what is undone says so and is no mistake. */
export const undo: Command = async (invocation, shell) => {
  const { dir, run } = undoArguments(invocation.positionals);
  const workspace = findWorkspace(shell.cwd, dir);
  const { terminal, signal } = shell;
  const report = await undoRun({
    workspace,
    ...hostWorld(),
    signal,
    onProgress: terminal.onProgress,
    ...(run && { undoes: run }),
  });
  terminal.endProgress();
  printReport(report, terminal);
  return report.outcome === 'partial' ? 4 : 0;
};

function undoArguments(positionals: readonly string[]): { dir?: string; run?: RunId } {
  const [first, second] = positionals;
  const onlyRun = second === undefined && first !== undefined ? parseRunId(first) : undefined;
  if (onlyRun !== undefined) return { run: onlyRun };
  if (second === undefined) return first === undefined ? {} : { dir: first };
  const run = parseRunId(second);
  if (run === undefined) throw new F2gitError('run-unknown', { params: { run: second } });
  return { ...(first === undefined ? {} : { dir: first }), run };
}

function statusDocument({ waiting, ...file }: FileStatus, language: Language): unknown {
  if (waiting === undefined) return file;
  return { ...file, waiting: { action: waiting.action, message: describeNotice(waiting, language) } };
}

const fileStates = ['pristine', 'yours', 'merged', 'course-copy', 'missing', 'removed', 'unreadable'] as const;

function statusLines(file: FileStatus, width: number, language: Language): readonly string[] {
  const state = say(fileStateSentences[file.state], language).padEnd(width);
  const marks = [
    ...(file.beside === true ? [say(logSentences.copyOf, language, { path: file.coursePath })] : []),
    ...(file.barred === true ? [say(logSentences.barred, language, { path: file.coursePath })] : []),
    ...(file.left === true ? [say(logSentences.left, language)] : []),
    ...(file.undone === true ? [say(logSentences.pinned, language)] : []),
    ...keptMark(file, language),
  ];
  const line = `${state}  ${[file.path, ...marks].join('  · ')}`;
  const waiting = file.waiting === undefined ? [] : [`    ${describeNotice(file.waiting, language)}`];
  return [line, ...waiting, ...(file.declined ?? []).flatMap((one) => declinedLines(one, language))];
}

/** Of a file as delivered, older versions are the course's: nobody looks for them here. */
function keptMark({ state, kept = [] }: FileStatus, language: Language): readonly string[] {
  const [newest] = kept;
  if (newest === undefined || state === 'pristine') return [];
  return [
    say(kept.length === 1 ? logSentences.keptOne : logSentences.kept, language, { count: kept.length, run: newest }),
  ];
}

function declinedLines({ cell, course, yours }: Declined, language: Language): readonly string[] {
  const lines = course.split('\n').filter((line) => line !== '');
  if (lines.length === 0) {
    const own = yours.split('\n').filter((line) => line !== '');
    const gone = cell === undefined ? logSentences.stillWantedGone : logSentences.stillWantedGoneInCell;
    return [`    ${say(gone, language, { cell: cell ?? '' })}`, ...quoted(own)];
  }
  const sentence = cell === undefined ? logSentences.stillWanted : logSentences.stillWantedInCell;
  return [`    ${say(sentence, language, { cell: cell ?? '' })}`, ...quoted(lines)];
}

function quoted(lines: readonly string[]): readonly string[] {
  return lines.slice(0, 5).map((line) => `    | ${line}`);
}

function logLines(entry: LogEntry, language: Language): readonly string[] {
  const kind: Sentence = logSentences[entry.kind];
  const marks = [
    ...(entry.undone ? [say(logSentences.undone, language)] : []),
    ...(entry.interrupted ? [say(logSentences.interrupted, language)] : []),
    ...(entry.undoes === undefined ? [] : [say(logSentences.undoes, language, { run: entry.undoes })]),
  ];
  const when = new Date(entry.started).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB');
  const head = [
    entry.run,
    when,
    say(kind, language),
    say(logSentences.changed, language, { count: entry.changed.length }),
    ...marks,
  ];
  const details = entry.report === undefined ? entry.changed : describePastReport(entry.report, language, entry.undone);
  const pruned = entry.pruned.map(({ path, run }) => say(logSentences.pruned, language, { path, run }));
  return [head.join(' · '), ...[...details, ...pruned].map((line) => `    ${line}`)];
}

function logDocument({ report, ...entry }: LogEntry, language: Language): unknown {
  return { ...entry, ...(report === undefined ? {} : { report: reportDocument(report, language) }) };
}
