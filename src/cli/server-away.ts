/** `pull` of a link whose server does not answer, into a folder that has the course already: the report of a source that is down. */
import { existsSync } from 'node:fs';
import { newRunId } from '../core/ids.ts';
import type { SourceState } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { openHome } from '../sync/home.ts';
import { didNotAnswer, type RunReport } from '../sync/report.ts';
import { loadState } from '../sync/state.ts';
import { hostWorld } from './host-world.ts';
import { isByLink } from './origin.ts';
import type { Shell } from './shell.ts';

/**
 * That everything in `workspace`, which has its course by `link`, stays as it is; undefined when it has none, or when
 * `error` says something else than that nobody answers.
 */
export function reportServerAway(
  workspace: string,
  link: string,
  error: unknown,
  { terminal }: Shell,
): RunReport | undefined {
  if (!(error instanceof F2gitError) || !existsSync(workspace) || !isByLink(workspace, link)) return undefined;
  const message = describeError(error, terminal.language);
  const source: SourceState = {
    state: 'unreachable',
    complete: false,
    requests: 0,
    bytes: 0,
    problems: [{ path: '', code: error.code, message }],
  };
  const state = stateOf(workspace);
  if (state === undefined || !didNotAnswer(source)) return undefined;
  const { now, random } = hostWorld();
  const time = now();
  return {
    f2git: 1,
    kind: 'sync',
    run: newRunId(time, random()),
    course: state.course,
    workspace,
    base: state.head,
    head: state.head,
    outcome: 'stale',
    source,
    notices: [],
    started: time.toISOString(),
    finished: time.toISOString(),
  };
}

function stateOf(workspace: string): ReturnType<typeof loadState> {
  const home = openHome(workspace);
  try {
    return loadState(home);
  } finally {
    home.dispose();
  }
}
