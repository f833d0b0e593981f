/** `f2git pull`: a link or a source, merged into a folder of this computer. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseRelPath, type RelPath } from '../core/paths.ts';
import type { Offer } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { shellWord } from '../messages/shell-word.ts';
import { USUAL_POLICY } from '../sync/plan-types.ts';
import { runSync } from '../sync/run.ts';
import { stateTrouble } from '../sync/trouble.ts';
import type { RunReport } from '../sync/report.ts';
import type { Invocation } from './arguments.ts';
import { hostWorld } from './host-world.ts';
import { parseLink } from './link-address.ts';
import { checkOrigin, keepOrigin } from './origin.ts';
import { printReport } from './print-report.ts';
import type { PulledCourse } from './pulled-course.ts';
import { asNamedHere, pathHere } from './names-here.ts';
import { isNamedIn } from './named-path.ts';
import { cliSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';

export const pull: Command = async (invocation, shell) => {
  const course = await openCourse(invocation, shell);
  const place = placeOf(course.workspace);
  try {
    const report = await deliver(course, invocation, shell);
    shell.terminal.endProgress();
    printReport(report, shell.terminal, invocation.flags.has('dry-run'));
    if (course.origin.kind === 'source') tellHeld(report, shell);
    tellNotThere(course, invocation, report, shell);
    if (course.scope === undefined) await showCourse(report, invocation, shell);
    if (invocation.flags.has('open')) await openFile(report, shell);
    return exitCode(report);
  } catch (error) {
    // somebody moved or removed the folder meanwhile
    throw placeOf(course.workspace) === place ? error : stateTrouble(course.workspace, error);
  } finally {
    await course.close();
  }
};

/** Which folder is at `path` now; undefined when none is. A new folder may have the number of one that was removed. */
function placeOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev} ${stat.ino} ${stat.birthtimeMs}`;
}

async function openCourse(invocation: Invocation, shell: Shell): Promise<PulledCourse> {
  const [address = ''] = invocation.positionals;
  const link = parseLink(address);
  if (link !== undefined) {
    const { openLink } = await import('./remote.ts');
    return openLink(link, invocation, shell);
  }
  const { openSource } = await import('./local-source.ts');
  return openSource(address, invocation, shell);
}

async function deliver(course: PulledCourse, invocation: Invocation, shell: Shell): Promise<RunReport> {
  // one of a newer f2git is refused before anything is delivered
  checkOrigin(course.workspace);
  const wanted = fileToOpen(invocation);
  const answer = await course.offer().catch((error: unknown) => {
    const report = course.withoutOffer?.(error);
    if (report === undefined) throw error;
    return report;
  });
  if ('outcome' in answer) {
    const open = wanted ?? course.open;
    return openingWhatIsThere({ ...answer, ...(open && { open: pathHere(open) }) });
  }
  const offer = asNamedHere(answer);
  if (wanted !== undefined) refuseUnlessThere(pathHere(wanted), offer, course.workspace);
  const { open: usual, policy = USUAL_POLICY } = course.settings?.() ?? {};
  const open = wanted ?? course.open ?? usual;
  const dryRun = invocation.flags.has('dry-run');
  const report = await runSync({
    workspace: course.workspace,
    offer,
    contents: course.contents,
    policy,
    ...hostWorld(),
    signal: shell.signal,
    onProgress: shell.terminal.onProgress,
    dryRun,
    ...(open === undefined ? {} : { open: pathHere(open) }),
    ...(course.scope === undefined ? {} : { scope: pathHere(course.scope) }),
  });
  if (!dryRun) keepOrigin(course.workspace, course.origin, shell.environment);
  return openingWhatIsThere(report, dryRun ? offer.files : []);
}

/** A link or a course may name a file that this course does not have yet, or that did not come. `expected` are files still to come. */
function openingWhatIsThere(report: RunReport, expected: Offer['files'] = []): RunReport {
  const { open, ...rest } = report;
  if (open === undefined || existsSync(join(report.workspace, open))) return report;
  const path = parseRelPath(open);
  return path !== undefined && isNamedIn(expected, path) ? report : rest;
}

/** The link promised it; what the course itself would open nobody waits for. */
function tellNotThere(course: PulledCourse, invocation: Invocation, report: RunReport, { terminal }: Shell): void {
  if (course.open === undefined || report.open !== undefined || invocation.values['open'] !== undefined) return;
  terminal.tell(say(cliSentences.notThereYet, terminal.language, { path: course.open }));
}

/** Only where somebody looks on, and all of the course came. */
async function showCourse(report: RunReport, invocation: Invocation, { terminal }: Shell): Promise<void> {
  const columns = terminal.columns();
  if (columns === undefined || invocation.flags.has('dry-run') || report.outcome !== 'updated') return;
  const { showReadme } = await import('./show-readme.ts');
  showReadme(report, terminal, columns);
}

/** Nobody but the person who pulled can say whether the course really lost so much. */
function tellHeld(report: RunReport, { terminal }: Shell): void {
  if (!report.notices.some(({ action }) => action === 'held')) return;
  const command = `f2git confirm ${shellWord(report.workspace)}`;
  terminal.tell(say(cliSentences.confirmHere, terminal.language, { command }));
}

function fileToOpen(invocation: Invocation): RelPath | undefined {
  const value = invocation.values['open'];
  if (value === undefined) return undefined;
  const path = parseRelPath(value);
  if (path === undefined) throw new F2gitError('file-unknown', { params: { path: value } });
  return path;
}

/** A file or folder of the course, or one of the student's own. @throws {F2gitError} `file-unknown` */
function refuseUnlessThere(path: RelPath, { files }: Offer, workspace: string): void {
  const isThere = isNamedIn(files, path) || existsSync(join(workspace, path));
  if (!isThere) throw new F2gitError('file-unknown', { params: { path } });
}

/** DESIGN 8: 4 when some paths could not be written, 3 when the source was unreachable and nothing changed. */
function exitCode(report: RunReport): number {
  if (report.outcome === 'partial') return 4;
  const hasChanged = report.notices.some((notice) => !['skipped', 'held', 'kept'].includes(notice.action));
  return report.outcome === 'stale' && !hasChanged ? 3 : 0;
}

/** Hands the file to whatever this desktop opens such files with; the pull is done whether or not that works. */
async function openFile(report: RunReport, { terminal }: Shell): Promise<void> {
  const path = resolve(report.workspace, report.open ?? '.');
  if (!existsSync(path)) return;
  if (report.open === undefined) terminal.tell(say(cliSentences.courseIsIn, terminal.language, { folder: path }));
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const { spawn } = await import('node:child_process');
  const child = spawn(opener, [join(path)], { stdio: 'ignore', detached: true });
  child.on('error', () => terminal.tell(path));
  child.unref();
}
