/** What stands for a link of a course: a small Markdown file that says where it leads. */

/** A link as a platform shows it. */
export interface Link {
  readonly title: string;
  readonly target: string;
}

/** Gives the note, or undefined for a target that is no address for people: `javascript:`, `data:`, a path. */
export function linkNote({ title, target }: Link): Uint8Array | undefined {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !/^(https?|mailto):$/.test(url.protocol)) return undefined;
  const heading = oneLine(title).replace(/[\\`*_[\]<>#]/g, '\\$&');
  // In angle brackets an address ends at `>`, at a blank or at the end of the line.
  const address = url.href.replace(/[<>\s]/g, encodeURIComponent);
  return Buffer.from(`# ${heading}\n\n<${address}>\n`);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}
