/** Path patterns of the configuration: which course paths a schedule entry, `include` or `exclude` means. */
import picomatch from 'picomatch';
import { foldPath } from '../core/paths.ts';

/** Longer patterns are no patterns. Characters. */
const MAX_PATTERN = 1000;

/** Whether a pattern means `path`, a path of the course with `/` between its names. */
export type PathMatcher = (path: string) => boolean;

/**
 * Compiles a pattern: `*` within a name, `**` over folders, `?`, `[ab]`, `{a,b}`, `!(a)`, but no leading `!`; names that begin with a dot
 * are names like others. It means every path it matches **and everything below it**, so that `solutions` covers the
 * folder. Upper and lower case and the two Unicode spellings of one name are the same, as everywhere in f2git: a pattern
 * that misses a file by the spelling of an umlaut would release it.
 * Returns undefined when `pattern` is none.
 */
export function compilePattern(pattern: string): PathMatcher | undefined {
  const isLegal =
    pattern.length <= MAX_PATTERN && !/[\u0000-\u001f\u007f]|^\/|^!(?!\()|(^|\/)\.\.?(\/|$)/.test(pattern);
  const trimmed = pattern.replace(/\/+$/, '');
  if (!isLegal || trimmed === '') return undefined;
  const isMatch = picomatch(foldPath(trimmed), { dot: true });
  return (path) => withAncestors(foldPath(path)).some((candidate) => isMatch(candidate));
}

function withAncestors(path: string): readonly string[] {
  const candidates = [path];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    candidates.push(path.slice(0, slash));
  }
  return candidates;
}
