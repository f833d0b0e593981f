/** The names of one JSON object while it is read: a name that comes twice is found, without making strings of them all. */

/** Up to so many names are compared one by one, which is faster than a set. */
const FEW_KEYS = 12;

export class KeySet {
  private readonly bytes: Buffer;
  /** Start and end of each name's text, without quotes: for a few names without escapes. */
  private spans: number[] = [];
  private names: Set<string> | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  clear(): void {
    this.spans.length = 0;
    this.names = undefined;
  }

  /** Adds the name written in `[start, end)`, without its quotes. Gives false when it is there already. */
  add(start: number, end: number, isEscaped: boolean): boolean {
    if (this.names === undefined && (isEscaped || this.spans.length >= 2 * FEW_KEYS)) this.names = this.asStrings();
    if (this.names === undefined) {
      if (this.hasSpan(start, end)) return false;
      this.spans.push(start, end);
      return true;
    }
    const count = this.names.size;
    return this.names.add(nameOf(this.bytes, start, end, isEscaped)).size > count;
  }

  private asStrings(): Set<string> {
    const names = new Set<string>();
    for (let index = 0; index < this.spans.length; index += 2) {
      names.add(nameOf(this.bytes, this.spans[index] as number, this.spans[index + 1] as number, false));
    }
    return names;
  }

  private hasSpan(start: number, end: number): boolean {
    const { bytes, spans } = this;
    for (let index = 0; index < spans.length; index += 2) {
      const other = spans[index] as number;
      if ((spans[index + 1] as number) - other !== end - start) continue;
      let at = start;
      while (at < end && bytes[at] === bytes[other + at - start]) at++;
      if (at === end) return true;
    }
    return false;
  }
}

/** The name written in `[start, end)`, without its quotes. */
export function nameOf(bytes: Buffer, start: number, end: number, isEscaped: boolean): string {
  if (!isEscaped) return bytes.toString('utf8', start, end);
  return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
}
