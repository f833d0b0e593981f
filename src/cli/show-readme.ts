/** The end of a `pull` for somebody who looks on: where the course is, and how its README begins. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../messages/language.ts';
import type { RunReport } from '../sync/report.ts';
import { readmeText } from './readme-text.ts';
import { cliSentences } from './sentences.ts';
import type { Terminal } from './terminal.ts';

/** Bytes read of it: more than a screen shows. */
const MOST_BYTES = 16 * 1024;
const INDENT = '  ';

/** Says nothing of a README that is as it was the last time. */
export function showReadme(report: RunReport, terminal: Terminal, columns: number): void {
  const { language } = terminal;
  const folder = report.workspace;
  const file = newReadme(report);
  const readme = file === undefined ? undefined : beginningOf(join(folder, file));
  if (file !== undefined && readme !== undefined) {
    const isMarkdown = /\.(md|markdown)$/i.test(file);
    const { lines, hasMore } = readmeText(readme.text, { columns: columns - INDENT.length, isMarkdown });
    terminal.tell('');
    terminal.tell(say(cliSentences.readme, language, { folder, file }));
    terminal.tell('');
    for (const line of lines) terminal.tell(`${INDENT}${line}`.trimEnd());
    if (hasMore || readme.hasMore) terminal.tell(`${INDENT}${say(cliSentences.readmeGoesOn, language, { file })}`);
  } else if (report.base === null) {
    terminal.tell(say(cliSentences.courseIsIn, language, { folder }));
  }
}

/** How courses call it, in English and German; the first of these that this run brought. */
const NAMES = [/^readme\.(md|markdown)$/i, /^readme(\.(txt|rst))?$/i, /^liesmich(\.(md|markdown|txt))?$/i];
const BROUGHT: ReadonlySet<string> = new Set(['added', 'updated', 'merged', 'restored', 'renamed']);

function newReadme({ notices }: RunReport): string | undefined {
  const brought = notices.filter(({ action }) => BROUGHT.has(action)).map(({ path }) => path);
  return NAMES.flatMap((name) => brought.filter((path) => name.test(path)))[0];
}

interface Beginning {
  readonly text: string;
  readonly hasMore: boolean;
}

/** Undefined when it is no text, or not there any more. */
function beginningOf(path: string): Beginning | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(stat.size, MOST_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, 0);
    const text = textIn(bytes.subarray(0, read));
    return text === undefined || text.trim() === '' ? undefined : { text, hasMore: stat.size > read };
  } catch {
    // the pull is done; whether its README can be shown as well changes nothing
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Courses come from many editors: UTF-8, UTF-16 with its mark, else the Windows code page of the West. */
function textIn(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) return undefined;
  try {
    // the end may be in the middle of a character
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
