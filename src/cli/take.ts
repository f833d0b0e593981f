/** `f2git take`: the course's version of a file, or an earlier one of the student's own. */
import { parseRunId } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import { takeFiles } from '../sync/revise.ts';
import { hostWorld } from './host-world.ts';
import { parseLink } from './link-address.ts';
import type { KeptSource } from './local-source.ts';
import { asNamedHere } from './names-here.ts';
import { readOrigin } from './origin.ts';
import { presentState } from './present-state.ts';
import { printReport } from './print-report.ts';
import type { Command, Shell } from './shell.ts';
import { findFile, targetIn } from './workspace-folder.ts';

export const take: Command = async (invocation, shell) => {
  const [name = ''] = invocation.positionals;
  const { workspace, path: file } = findFile(shell.cwd, name);
  presentState(workspace);
  const from = readFrom(invocation.values['from']);
  const cell = invocation.values['cell'];
  const extra = ['as', 'from'].find((flag) => invocation.values[flag] !== undefined);
  if (cell !== undefined && extra !== undefined) throw new F2gitError('usage', { params: { extra: `--${extra}` } });
  const as =
    invocation.values['as'] === undefined ? undefined : targetIn(workspace, shell.cwd, invocation.values['as']);
  const course = from === 'course' ? await openKeptCourse(workspace, shell) : undefined;
  try {
    const { terminal, signal } = shell;
    const report = await takeFiles({
      workspace,
      wishes: [{ file, ...(as && { as }), ...(cell !== undefined && { cell }) }],
      from,
      ...hostWorld(),
      signal,
      onProgress: terminal.onProgress,
      ...(course && { offer: course.offer, contents: course.contents }),
    });
    terminal.endProgress();
    printReport(report, terminal);
    return report.outcome === 'partial' ? 4 : 0;
  } finally {
    await course?.close();
  }
};

function readFrom(value: string | undefined): 'course' | NonNullable<ReturnType<typeof parseRunId>> {
  if (value === undefined || value === 'course') return 'course';
  const run = parseRunId(value);
  if (run === undefined) throw new F2gitError('run-unknown', { params: { run: value } });
  return run;
}

/** The course as this workspace last got it: from its own hidden repository, or from the server of its link. */
async function openKeptCourse(workspace: string, shell: Shell): Promise<KeptSource> {
  const origin = readOrigin(workspace, shell.environment);
  if (origin === undefined) throw new F2gitError('course-elsewhere', { params: { workspace } });
  if (origin.kind === 'source') {
    const { openKeptSource } = await import('./local-source.ts');
    return openKeptSource(workspace, origin, shell);
  }
  const link = parseLink(origin.link);
  if (link === undefined) throw new F2gitError('course-elsewhere', { params: { workspace } });
  const { openRemote } = await import('./remote.ts');
  const { readServerToken } = await import('./server-tokens.ts');
  const remote = openRemote(link, shell.signal, readServerToken(link, shell.environment));
  return { offer: asNamedHere(await remote.offer()), contents: remote.contents, close: () => remote.close() };
}
