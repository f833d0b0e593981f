/** Runs and failures as JSON. A finished run is the same document as the command line's `--json`. */
import type { F2gitError } from '../errors.ts';
import { describeOnPage } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import { progressSentences, waitingSentence } from '../messages/web.ts';
import type { Progress } from '../core/progress.ts';
import { reportDocument } from '../sync/report.ts';
import type { Run, RunState } from './runs.ts';

/** `GET api/runs/<id>`: the report when there is one, before that how far it is, or why it failed. */
export function runDocument(run: Run, language: Language): unknown {
  const state = run.state();
  if (state.kind === 'finished') return reportDocument(state.report, language);
  const base = { f2git: 1, run: run.id, kind: run.kind, course: run.course, state: state.kind };
  if (state.kind === 'failed') return { ...base, error: failureOf(state.error, language) };
  return { ...base, progress: progressDocument(state, language) };
}

/** What the page shows while it waits: a sentence, and counts where they are known. */
export function progressDocument(state: RunState, language: Language): unknown {
  if (state.kind !== 'running') return { text: say(waitingSentence, language) };
  const { step, done, total, bytes } = state.progress;
  return { step, done, total, bytes, text: progressText(state.progress, language) };
}

export function progressText(progress: Progress, language: Language): string {
  const { one, counted } = progressSentences[progress.step];
  if (progress.total === undefined || progress.total === 0) return say(one, language);
  return say(counted, language, { done: progress.done, total: progress.total });
}

/** The answer to a request that failed. */
export function errorDocument(error: F2gitError, language: Language): unknown {
  return { f2git: 1, error: failureOf(error, language) };
}

function failureOf(error: F2gitError, language: Language): unknown {
  return { code: error.code, message: describeOnPage(error, language), retry: error.retry };
}
