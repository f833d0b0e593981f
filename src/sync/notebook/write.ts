/**
 * Writes a merged notebook. The student's file is the frame: what is theirs is copied as it stands, the white space
 * between it included; what is not is written as the rest of their file is.
 */
import { isAscii } from 'node:buffer';
import type { Field, Fields, MergedList, MergedObject } from './fields.ts';
import { itemsOf, membersOf, stringOf } from './json-values.ts';
import type { Notebook } from './read.ts';
import { scanAgain, type JsonValue } from './scan-json.ts';
import { isAlike, lineBreak, separatorOf, type Style } from './style.ts';

/** The bytes of a notebook whose outermost object is `root`; all values in it are of one of the two files. */
export function writeNotebook(root: Field, offered: Notebook, local: Notebook): Uint8Array {
  const writer = new Writer(offered.style, local);
  writer.copy(0, local.root.start);
  writer.field(root, 0);
  writer.copy(local.root.end, local.bytes.length);
  return writer.bytes();
}

/** A list or object that is written: what the student's file has in its place, if anything. */
interface Frame {
  readonly start: number;
  readonly end: number;
  /** Where its parts are in the student's file. */
  readonly slots: readonly { readonly start: number; readonly end: number }[];
  readonly separator: string;
}

/** An item or a member: which slot of the frame it comes from, if it does. */
interface Part {
  readonly slot?: number | undefined;
  readonly write: () => void;
}

class Writer {
  private readonly chunks: Uint8Array[] = [];
  private readonly style: Style;
  private readonly foreign: Style;
  /** The student's file. */
  private readonly own: Buffer;

  constructor(foreign: Style, local: Notebook) {
    this.foreign = foreign;
    this.style = local.style;
    this.own = local.bytes;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  /** A piece of the student's file. */
  copy(start: number, end: number): void {
    if (end > start) this.chunks.push(this.own.subarray(start, end));
  }

  /** A value `depth` levels deep. */
  field(field: Field, depth: number): void {
    switch (field.kind) {
      case 'merged':
        this.object(field, depth);
        break;
      case 'list':
        this.list(field, depth);
        break;
      case 'text':
        this.string(field.text);
        break;
      case 'source':
        this.source(field.text, depth);
        break;
      case 'number':
        this.put(String(field.value));
        break;
      default:
        this.value(field, depth);
    }
  }

  private object({ frame, fields }: MergedObject, depth: number): void {
    if (frame.bytes !== this.own) {
      this.sequence('{}', this.members(fields, depth), depth);
      return;
    }
    const members = membersOf(frame);
    const slots = members.map(({ start, value }) => ({ start, end: value.end }));
    const places = new Map(members.map(({ key }, index) => [key, index]));
    const parts = keysInOrder([...places.keys()], fields).map((key): Part => {
      const field = fields.get(key) as Field;
      const slot = places.get(key);
      const member = slot === undefined ? undefined : members[slot];
      if (member === undefined) return this.member(key, field, depth);
      const write = (): void => {
        this.copy(member.start, member.value.start);
        this.field(field, depth + 1);
      };
      return { slot, write };
    });
    this.sequence('{}', parts, depth, { ...frame, slots, separator: this.separator(depth) });
  }

  private members(fields: Fields, depth: number): readonly Part[] {
    return [...fields].map(([key, field]) => this.member(key, field, depth));
  }

  private member(key: string, field: Field, depth: number): Part {
    const write = (): void => {
      this.string(key);
      this.put(this.style.colon);
      this.field(field, depth + 1);
    };
    return { write };
  }

  private list({ frame, items }: MergedList, depth: number): void {
    const slots = itemsOf(frame);
    const places = new Map(slots.map(({ start }, index) => [start, index]));
    const parts = items.map((item): Part => {
      const value = item.kind === 'merged' ? item.frame : item;
      const isOwn = 'bytes' in value && value.bytes === this.own;
      return { slot: isOwn ? places.get(value.start) : undefined, write: () => this.field(item, depth + 1) };
    });
    const separator = separatorOf(frame) ?? this.separator(depth);
    this.sequence('[]', parts, depth, { ...frame, slots, separator });
  }

  /** Parts in brackets, with the white space of the frame wherever neighbours stayed neighbours. */
  private sequence(brackets: '[]' | '{}', parts: readonly Part[], depth: number, frame?: Frame): void {
    if (parts.length === 0) {
      this.put(brackets);
      return;
    }
    const { start, end, slots, separator } = frame ?? { ...NO_FRAME, separator: this.separator(depth) };
    // the slot of the part before; the opening bracket stands before the first
    let before: number | undefined = -1;
    for (const [nth, { slot, write }] of parts.entries()) {
      const own = slot === undefined ? undefined : slots[slot];
      if (own !== undefined && before !== undefined && before + 1 === slot)
        this.copy(slots[before]?.end ?? start, own.start);
      else this.put(nth === 0 ? `${brackets[0]}${lineBreak(this.style, depth + 1)}` : separator);
      write();
      before = slot;
    }
    const last = before === slots.length - 1 ? slots.at(-1) : undefined;
    if (last !== undefined) this.copy(last.end, end);
    else this.put(`${lineBreak(this.style, depth)}${brackets[1]}`);
  }

  private separator(depth: number): string {
    const { newline, itemSpace } = this.style;
    return `,${newline === '' ? itemSpace : lineBreak(this.style, depth + 1)}`;
  }

  /** A value of one of the files. */
  private value(value: JsonValue, depth: number): void {
    const { bytes, start, end } = value;
    if (bytes === this.own) this.copy(start, end);
    else if (this.isWrittenAlike(value)) this.chunks.push(bytes.subarray(start, end));
    else this.foreignTree(scanAgain(value, Infinity), depth);
  }

  /** A value of the course's, with all its children, in the student's manner. Numbers stay as they are written. */
  private foreignTree(value: JsonValue, depth: number): void {
    const { kind } = value;
    if (kind === 'string' && !this.hasSameEscapes(value)) {
      this.string(stringOf(value) ?? '');
    } else if (kind === 'object') {
      const parts = membersOf(value).map(({ key, value: inner }): Part => {
        const write = (): void => {
          this.string(key);
          this.put(this.style.colon);
          this.foreignTree(inner, depth + 1);
        };
        return { write };
      });
      this.sequence('{}', parts, depth);
    } else if (kind === 'array') {
      const parts = itemsOf(value).map((item): Part => ({ write: () => this.foreignTree(item, depth + 1) }));
      this.sequence('[]', parts, depth);
    } else {
      this.chunks.push(value.bytes.subarray(value.start, value.end));
    }
  }

  private isWrittenAlike(value: JsonValue): boolean {
    const isOneLine = value.kind === 'string' || value.kind === 'literal';
    return (isOneLine || isAlike(this.style, this.foreign)) && this.hasSameEscapes(value);
  }

  private hasSameEscapes({ bytes, start, end }: JsonValue): boolean {
    const text = bytes.subarray(start, end);
    if (this.style.isAscii) return isAscii(text);
    return !this.foreign.isAscii || !text.includes('\\u');
  }

  /** A cell's text: a string, or a list of its lines. */
  private source(text: string, depth: number): void {
    if (!this.style.splitsSource) {
      this.string(text);
      return;
    }
    const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    const parts = lines.map((line): Part => ({ write: () => this.string(line) }));
    this.sequence('[]', parts, depth);
  }

  private string(text: string): void {
    const json = JSON.stringify(text);
    this.put(this.style.isAscii ? json.replace(/[\u0080-\uffff]/g, escaped) : json);
  }

  private put(text: string): void {
    this.chunks.push(Buffer.from(text));
  }
}

const NO_FRAME = { start: 0, end: 0, slots: [] } as const;

/** The student's keys in their order; new ones where they belong if those are sorted, else at the end. */
function keysInOrder(own: readonly string[], fields: Fields): readonly string[] {
  const known = new Set(own);
  const kept = own.filter((key) => fields.has(key));
  const added = [...fields.keys()].filter((key) => !known.has(key));
  if (added.length === 0) return kept;
  const isSorted = own.every((key, index) => index === 0 || (own[index - 1] as string) < key);
  return isSorted ? [...kept, ...added].sort() : [...kept, ...added];
}

/** One unit of UTF-16, as Python and JavaScript write it in ASCII. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
