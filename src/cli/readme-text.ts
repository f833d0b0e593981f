/** The beginning of a README as lines for a terminal: Markdown as people would type it, and nothing a terminal obeys. Pure. */

/** A screen holds it together with what the pull itself says. */
const MOST_LINES = 20;
/** Longer lines are hard to read, however wide the window is. Columns. */
const MOST_COLUMNS = 80;

export interface ReadmeText {
  readonly lines: readonly string[];
  /** Whether it goes on after them. */
  readonly hasMore: boolean;
}

export interface ReadmeOptions {
  /** Of the terminal. */
  readonly columns: number;
  readonly isMarkdown: boolean;
}

export function readmeText(text: string, { columns, isMarkdown }: ReadmeOptions): ReadmeText {
  const width = Math.max(20, Math.min(columns, MOST_COLUMNS));
  const source = withoutControls(text);
  const blocks = isMarkdown ? markdownBlocks(source) : source.split('\n').map((line) => block(line));
  const lines = withoutDoubleGaps(blocks.flatMap((one) => wrapped(one, width)));
  return { lines: lines.slice(0, MOST_LINES), hasMore: lines.length > MOST_LINES };
}

/** Escape sequences as a whole (ECMA-48, and titles), then all else that moves a cursor, reorders or hides text. */
function withoutControls(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
    .replaceAll('\t', '    ');
}

/** Words that belong together; `first` and `next` stand before its lines. */
interface Block {
  readonly text: string;
  readonly first: string;
  readonly next: string;
  /** Its line breaks and spaces are meant: a long line is cut. */
  readonly isCode: boolean;
}

function block(text: string, first = '', next = first, isCode = false): Block {
  return { text, first, next, isCode };
}

const GAP = block('');

function markdownBlocks(text: string): readonly Block[] {
  const lines = text
    .replace(/^---\n[^]*?\n---(?:\n|$)/, '')
    .replace(/<!--[^]*?(?:-->|$)/g, '')
    .split('\n');
  const blocks: Block[] = [];
  let paragraph: Block | undefined;
  let fence: string | undefined;
  const end = (): void => {
    if (paragraph !== undefined) blocks.push({ ...paragraph, text: inline(paragraph.text) });
    paragraph = undefined;
  };
  for (const line of lines) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true) fence = undefined;
      else blocks.push(block(line, '    ', '    ', true));
    } else if (mark !== undefined) {
      end();
      fence = mark;
    } else if (paragraph !== undefined && continues(line)) {
      paragraph = { ...paragraph, text: `${paragraph.text} ${line.trim()}` };
    } else {
      end();
      const begun = beginning(line);
      if (begun.isParagraph) paragraph = begun.block;
      else blocks.push(...begun.blocks);
    }
  }
  end();
  return blocks;
}

type Beginning =
  | { readonly isParagraph: true; readonly block: Block }
  | { readonly isParagraph: false; readonly blocks: readonly Block[] };

/** What a line is that continues nothing. */
function beginning(line: string): Beginning {
  const done = (...blocks: readonly Block[]): Beginning => ({ isParagraph: false, blocks });
  const [, heading] = /^ {0,3}#{1,6} +(.*?) *#*$/.exec(line) ?? [];
  if (heading !== undefined) return done(GAP, block(inline(heading)), GAP);
  // rules, and the row below the head of a table
  if (/^ {0,3}(?:[-*_=] *){3,}$|^[ |:-]*-[ |:-]*$/.test(line)) return done(GAP);
  if (/^ *\|/.test(line)) return done(block(cellsOf(line).map(inline).join(' · ')));
  if (line.trim() === '') return done(GAP);
  const item = itemOf(line);
  if (item === undefined && /^ {4}/.test(line)) return done(block(line, '', '', true));
  const [, quoted] = /^ {0,3}> ?(.*)$/.exec(line) ?? [];
  const text = quoted === undefined ? block(line.trim()) : block(quoted, INDENT);
  return { isParagraph: true, block: item ?? text };
}

const INDENT = '  ';

/** An item of a list: its mark, and the lines below it where its words begin. */
function itemOf(line: string): Block | undefined {
  const [, indent, mark, text] = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/.exec(line) ?? [];
  if (indent === undefined || mark === undefined || text === undefined) return undefined;
  const first = `${indent.slice(0, 8)}${/\d/.test(mark) ? mark : '•'} `;
  return block(text, first, ' '.repeat(first.length));
}

/** Whether a line goes on with the paragraph or the item above it. */
function continues(line: string): boolean {
  return line.trim() !== '' && !/^ {0,3}(?:#{1,6} |[-*+] |\d{1,9}[.)] |>|\||(?:[-*_=] *){3,}$)/.test(line.trimStart());
}

function cellsOf(row: string): readonly string[] {
  const inner = row.trim().replace(/^\||\|$/g, '');
  return inner.split('|').map((cell) => cell.trim());
}

/** Links with where they lead, the rest without its marks. */
function inline(text: string): string {
  return text
    .replace(/!\[([^\][]*)\]\([^()]*\)/g, '$1')
    .replace(/\[([^\][]*)\]\(<?([^()\s>]*)[^()]*\)/g, (_, label: string, address: string) =>
      label === address || label === '' ? address : `${label} (${address})`,
    )
    .replace(/<((?:https?:|mailto:)[^<>\s]*)>/g, '$1')
    .replace(/<\/?[A-Za-z][^<>]*>/g, '')
    .replace(/(\*\*|__)(?=\S)([^*_]*\S)\1/g, '$2')
    .replace(/(^|[\s(])([*_])(?=\S)([^*_]*\S)\2(?=$|[\s.,;:!?)])/g, '$1$3')
    .replace(/`+([^`]*)`+/g, '$1')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

function wrapped({ text, first, next, isCode }: Block, width: number): readonly string[] {
  if (isCode) return [cut(`${first}${text}`, width).trimEnd()];
  const lines: string[] = [];
  let line = '';
  const room = (): number => width - (lines.length === 0 ? first : next).length;
  const flush = (): void => {
    lines.push(`${lines.length === 0 ? first : next}${line}`.trimEnd());
    line = '';
  };
  for (const word of text.split(/ +/).flatMap((one) => pieces(one, width - next.length))) {
    if (line !== '' && line.length + 1 + word.length > room()) flush();
    line = line === '' ? word : `${line} ${word}`;
  }
  flush();
  return lines;
}

/** A word that is longer than a line, in parts. */
function pieces(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  const characters = Array.from(word);
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(''),
  );
}

function cut(line: string, width: number): string {
  const characters = Array.from(line);
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
}

function withoutDoubleGaps(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
  return kept.at(-1) === '' ? kept.slice(0, -1) : kept;
}
