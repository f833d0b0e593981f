/** Patterns that mean no file of the course: written ahead of their files, or mistyped. Pure. */
import { nearestName } from '../core/nearest.ts';
import type { PathMatcher } from './pattern.ts';

/** A pattern of a course's configuration. */
export interface CoursePattern {
  readonly key: 'include' | 'exclude' | 'release';
  readonly pattern: string;
  readonly matches: PathMatcher;
}

export interface Unmatched extends Pick<CoursePattern, 'key' | 'pattern'> {
  /** The file or folder that is probably meant. */
  readonly near?: string;
}

interface Names {
  readonly path: string;
  readonly sourcePath?: string;
}

/** Those of `patterns` that mean none of `files`. An `exclude` is often a precaution, so only a likely slip is told. */
export function unmatchedPatterns(patterns: readonly CoursePattern[], files: readonly Names[]): readonly Unmatched[] {
  const names = files.flatMap(({ path, sourcePath }) => (sourcePath === undefined ? [path] : [path, sourcePath]));
  const idle = patterns.filter(({ matches }) => !names.some(matches));
  if (idle.length === 0) return [];
  const candidates = withFolders(names);
  return idle.flatMap(({ key, pattern }): readonly Unmatched[] => {
    const near = nearestTo(pattern, candidates);
    if (near === undefined) return key === 'exclude' ? [] : [{ key, pattern }];
    return [{ key, pattern, near }];
  });
}

function nearestTo(pattern: string, candidates: readonly string[]): string | undefined {
  const word = pattern.replace(/(\/\*+|\/)+$/, '');
  const slack = Math.max(1, Math.floor(word.length / 3));
  return nearestName(
    word,
    candidates.filter(({ length }) => Math.abs(length - word.length) <= slack),
  );
}

function withFolders(names: readonly string[]): readonly string[] {
  const all = new Set(names);
  for (const name of names) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const folder = name.slice(0, slash);
      if (all.has(folder)) break;
      all.add(folder);
    }
  }
  return [...all];
}
