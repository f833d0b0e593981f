/** What the command line writes: one document on stdout, everything human on stderr, progress only on a terminal. */
import type { Progress } from '../core/progress.ts';
import { progressSentences } from './sentences.ts';
import { say, type Language } from '../messages/language.ts';

export interface Terminal {
  readonly language: Language;
  readonly json: boolean;
  readonly quiet: boolean;
  /** A line for people: on stderr, not when quiet. */
  tell(line: string): void;
  /** A line for people that is shown even when quiet. */
  warn(line: string): void;
  /** The result of a command that is asked for one (`status`, `log`, `link`): on stdout unless `--json`. */
  print(line: string): void;
  /** The one document of `--json`; a second one would make both unreadable and is not written. */
  printDocument(document: unknown): void;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the progress line. */
  endProgress(): void;
  /** How wide the window is of somebody who looks on and wants to; undefined where nobody does. */
  columns(): number | undefined;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/** How often the progress line changes at most, in milliseconds. */
const PROGRESS_INTERVAL = 80;

/** Touches a stream only to write to it or, unless quiet, to show progress: opening one takes a while. */
export function createTerminal(
  streams: Streams,
  options: { language: Language; json: boolean; quiet: boolean },
): Terminal {
  let shownAt = 0;
  let isProgressShown = false;
  let isDocumentPrinted = false;
  const clear = (): void => {
    if (isProgressShown) streams.stderr.write('\r\u001b[K');
    isProgressShown = false;
  };
  return {
    ...options,
    tell: (line) => {
      clear();
      if (!options.quiet) streams.stderr.write(`${visible(line)}\n`);
    },
    warn: (line) => {
      clear();
      streams.stderr.write(`${visible(line)}\n`);
    },
    print: (line) => {
      clear();
      if (!options.json) streams.stdout.write(`${visible(line)}\n`);
    },
    printDocument: (document) => {
      clear();
      if (isDocumentPrinted) return;
      isDocumentPrinted = true;
      streams.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    },
    onProgress: (progress) => {
      if (options.quiet || streams.stderr.isTTY !== true) return;
      const now = performance.now();
      if (now - shownAt < PROGRESS_INTERVAL) return;
      shownAt = now;
      isProgressShown = true;
      const line = progressLine(progress, options.language).slice(0, (streams.stderr.columns || 80) - 1);
      streams.stderr.write(`\r\u001b[K${line}`);
    },
    endProgress: clear,
    columns: () =>
      options.quiet || options.json || streams.stderr.isTTY !== true ? undefined : streams.stderr.columns || 80,
  };
}

function progressLine(progress: Progress, language: Language): string {
  const count = progress.total === undefined ? String(progress.done) : `${progress.done}/${progress.total}`;
  const size = progress.bytes === undefined ? '' : ` · ${(progress.bytes / 1e6).toFixed(1)} MB`;
  return `${say(progressSentences[progress.step], language)} ${count}${size}`;
}

/** Names come from strangers: control and bidirectional characters would move the cursor or reorder the line. */
function visible(line: string): string {
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
