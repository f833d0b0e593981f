/** Path patterns of the configuration: which course paths a schedule entry, `include` or `exclude` means. */
import picomatch from 'picomatch';
import { foldPath } from '../core/paths.ts';

/** Longer patterns are no patterns. Characters. */
const MAX_PATTERN = 1000;

/** Whether a pattern means `path`, a path of the course with `/` between its names. */
export type PathMatcher = (path: string) => boolean;

/** A pattern, or in English why a text is none. */
export type ParsedPattern =
  { readonly kind: 'pattern'; readonly matches: PathMatcher } | { readonly kind: 'none'; readonly why: string };

/**
 * Compiles a pattern: `*` within a name, `**` over folders, `?`, `[ab]`, `{a,b}`, `!(a)`, but no leading `!`; names that begin with a dot
 * are names like others. It means every path it matches **and everything below it**, so that `solutions` covers the
 * folder. Upper and lower case and the two Unicode spellings of one name are the same, as everywhere in f2git: a pattern
 * that misses a file by the spelling of an umlaut would release it. For the same reason the number that a name gets when
 * another one has it (`solutions (2)` beside `Solutions`) may be missing in the pattern, and one that can mean nothing
 * (`[z-a]`, `{a`, `a\b`) is none.
 */
export function parsePattern(pattern: string): ParsedPattern {
  const why = faultOf(pattern);
  if (why !== undefined) return { kind: 'none', why };
  const isMatch = compile(pattern);
  if (isMatch === undefined)
    return {
      kind: 'none',
      why: `in "${pattern}" a bracket is not closed or means nothing; the sign itself is written \\[`,
    };
  const matches: PathMatcher = (path) =>
    spellingsOf(foldPath(path)).some((spelling) => withAncestors(spelling).some((one) => isMatch(one)));
  return { kind: 'pattern', matches };
}

/** What is wrong before brackets are looked at; a backslash is mostly Windows' way to write a `/`. */
function faultOf(pattern: string): string | undefined {
  if (/\\(?![[\]{}()!])/.test(pattern)) return `in "${pattern}" there is a "\\"; write "/" between names`;
  const isBelowRoot =
    pattern.length <= MAX_PATTERN && !/[\u0000-\u001f\u007f]|^\/|^!(?!\()|(^|\/)\.\.?(\/|$)/.test(pattern);
  return isBelowRoot && trimmed(pattern) !== '' ? undefined : `"${pattern}" is no pattern below the course's root`;
}

function trimmed(pattern: string): string {
  return pattern.replace(/\/+$/, '');
}

/** `strictBrackets` and `debug`: picomatch takes an open bracket for a letter, and what has no meaning for a pattern that means nothing. */
function compile(pattern: string): ((path: string) => boolean) | undefined {
  try {
    return picomatch(withPlainMarks(foldPath(trimmed(pattern))), { dot: true, strictBrackets: true, debug: true });
  } catch {
    // whatever it says is in its own words: that it is none is all there is to know
    return undefined;
  }
}

/** Quotes, bars and parentheses stand for themselves, as in `Exam (group A)`, but for those of `!(a|b)`. */
function withPlainMarks(pattern: string): string {
  const groups: boolean[] = [];
  return pattern.replace(/!\(|[()|"]/g, (mark) => {
    const isOperator = mark === '!(' || ((mark === ')' || mark === '|') && groups.at(-1) === true);
    if (mark === '!(' || mark === '(') groups.push(isOperator);
    if (mark === ')') groups.pop();
    return isOperator ? mark : `\\${mark}`;
  });
}

/** A path with more numbered names than this is tried with all numbers and with none: sixty-four spellings are enough. */
const MOST_NUMBERED = 6;

const NUMBER = / \(\d{1,6}\)(?=(?:\.[^/]*)?$)/u;

/** The path, and what it is called without some or all of the numbers behind its names. */
function spellingsOf(path: string): readonly string[] {
  if (!path.includes(' (')) return [path];
  const names = path.split('/');
  const bare = names.map((name) => name.replace(NUMBER, ''));
  const numbered = names.filter((name, at) => name !== bare[at]).length;
  if (numbered > MOST_NUMBERED) return [path, bare.join('/')];
  return names
    .reduce<readonly (readonly string[])[]>(
      (starts, name, at) =>
        [...new Set([name, bare[at] ?? name])].flatMap((one) => starts.map((start) => [...start, one])),
      [[]],
    )
    .map((spelling) => spelling.join('/'));
}

function withAncestors(path: string): readonly string[] {
  const candidates = [path];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    candidates.push(path.slice(0, slash));
  }
  return candidates;
}
