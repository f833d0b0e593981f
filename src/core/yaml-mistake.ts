/** A mistake in YAML's own grammar, in our words: the parser's speak of its inside, and in English only. */
import type { ErrorCode } from 'yaml';

/** What to look for, by the parser's code. Each phrase has its German in `messages/detail-sentences.ts`. */
const phrases: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins an escape there is none of; use single quotes',
  BAD_INDENT:
    'a bracket above is not closed, or lines of one mapping or list do not begin in the same column, those below it further right',
  BAD_SCALAR_START: 'a value cannot begin like this; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" in one line, or a line that begins too far right',
  DUPLICATE_KEY: 'the same key stands there twice',
  MISSING_CHAR: 'a quotation mark, a bracket or the ":" after a key is missing',
  MULTILINE_IMPLICIT_KEY: 'a ":" is missing after a key',
  MULTIPLE_DOCS: 'a line "---" begins a second document; only one is read',
  TAB_AS_INDENT: 'a tab at the beginning of a line; use blanks',
  UNEXPECTED_TOKEN:
    'something stands where nothing can follow; perhaps a quotation mark or a bracket is missing or too many',
};

const ANYTHING = 'the file breaks the rules of YAML';

/** Gives what is wrong, as `no YAML: …`. `code` is undefined for what shows only when aliases are followed. */
export function yamlMistake(code: ErrorCode | undefined): string {
  return `no YAML: ${(code === undefined ? 'a "*" names something that no "&" marks before, or too much' : phrases[code]) ?? ANYTHING}`;
}
