/** What rclone says on standard error, line by line and bounded; its raw text may hold secrets and is never shown. */
import { z } from 'zod';

/** One error of the log. */
export interface Complaint {
  readonly text: string;
  /** The path it is about; empty for the root, absent when it names none. */
  readonly path?: string;
}

/** More than anybody reads; the count goes on. */
const MOST_COMPLAINTS = 2_000;
/** Characters; longer lines are cut. */
const LONGEST_LINE = 8_192;

const lineSchema = z.object({ level: z.string(), msg: z.string(), object: z.string().optional() });

export class ErrorLog {
  readonly complaints: Complaint[] = [];
  /** Complaints that were not kept. */
  dropped = 0;
  readonly #decoder = new TextDecoder();
  readonly #onComplaint: (complaint: Complaint) => void;
  #rest = '';

  constructor(onComplaint: (complaint: Complaint) => void = () => undefined) {
    this.#onComplaint = onComplaint;
  }

  write(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#take(line);
  }

  end(): void {
    this.#take(this.#rest);
    this.#rest = '';
  }

  #take(line: string): void {
    const complaint = complaintIn(line.slice(0, LONGEST_LINE));
    if (complaint === undefined) return;
    if (this.complaints.length < MOST_COMPLAINTS) this.complaints.push(complaint);
    else this.dropped += 1;
    this.#onComplaint(complaint);
  }
}

/**
 * Lines of the program's start and end are plain text: `2026/11/23 05:11:09 Failed to lsjson: directory not found`. Later
 * versions write the last one as a notice.
 */
const PLAIN = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (?!NOTICE|INFO|DEBUG)(.*)$/s;

function complaintIn(line: string): Complaint | undefined {
  if (!line.startsWith('{')) {
    const text = PLAIN.exec(line)?.[1];
    return text === undefined ? undefined : { text };
  }
  const read = lineSchema.safeParse(jsonIn(line));
  if (!read.success) return undefined;
  const { level, msg, object } = read.data;
  if (!/^(error|critical|fatal|alert|emergency)$/i.test(level) && !msg.startsWith('Failed to ')) return undefined;
  return { text: msg, ...(object === undefined ? {} : { path: object }) };
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A line that was cut is no message; the exit code says that something failed.
    return undefined;
  }
}
