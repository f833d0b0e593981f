/**
 * What the files that describe an environment need besides themselves, as far as reading them tells: files they include,
 * or the course itself. How repo2docker uses each file: its documentation, "Configuration Files", and its buildpacks.
 */
import { posix } from 'node:path';
import { parse } from 'yaml';

/** Something a file needs: another file that lists more of the same, a path of the course, or any of it. */
export type Need =
  | { readonly kind: 'include'; readonly path: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'course'; readonly why: 'runs' | 'installs' };

/** Whether a file of this name can need anything that shows when it is read. */
export function canNeed(name: string): boolean {
  return readers.some(({ names }) => names.test(name));
}

/** What the file `name` in `folder` needs. Paths are below the course's root, or begin with `..`. */
export function needsOf(name: string, folder: string, text: string): readonly Need[] {
  return readers.find(({ names }) => names.test(name))?.read(text, folder) ?? [];
}

/** The name of a list that others include, whatever it is called. */
export const REQUIREMENTS = 'requirements.txt';

interface Reader {
  readonly names: RegExp;
  read(text: string, folder: string): readonly Need[];
}

const runs: Need = { kind: 'course', why: 'runs' };
const installs: Need = { kind: 'course', why: 'installs' };

const readers: readonly Reader[] = [
  { names: /^(postBuild|start)$/, read: () => [runs] },
  { names: /^(setup\.py|DESCRIPTION)$/, read: () => [installs] },
  { names: /^pyproject\.toml$/, read: (text) => (isPackage(text) ? [installs] : []) },
  {
    names: /^(requirements|constraints).*\.txt$/,
    read: (text, folder) => joinedLines(text).flatMap((line) => needsOfRequirement(line, folder)),
  },
  {
    names: /^environment\.ya?ml$/,
    read: (text, folder) => pipLines(text).flatMap((line) => needsOfRequirement(line, folder)),
  },
  {
    names: /^Pipfile(\.lock)?$/,
    read: (text, folder) => captured(text, /["']?\bpath["']?\s*[=:]\s*["']([^"']+)/g).map((path) => at(folder, path)),
  },
  { names: /^Dockerfile$/, read: (text) => joinedLines(text).flatMap(needsOfInstruction) },
  // a function that reads a file, and is not given an address
  {
    names: /^install\.R$/,
    read: (text) =>
      /\b(source|install_local|load_all|restore|read\w*(\.\w+)?)\s*\(\s*(?!["']https?:)/.test(withoutComments(text))
        ? [runs]
        : [],
  },
  {
    names: /^Manifest\.toml$/,
    read: (text, folder) => captured(text, /^\s*path\s*=\s*"([^"]+)"/gm).map((path) => at(folder, path)),
  },
  {
    names: /^default\.nix$/,
    read: (text, folder) =>
      captured(withoutComments(text), /(?<![\w./])(\.{1,2}(?:\/[\w.+-]*)*)(?=[\s;)\]}])/g)
        .filter((path) => path.includes('/') || path === '..')
        .map((path) => at(folder, path)),
  },
];

/** Only a project that says how it is built is installed (repo2docker's Python buildpack). */
function isPackage(text: string): boolean {
  return /^\s*\[project\]/m.test(text) && /^\s*\[build-system\]/m.test(text);
}

/** The lines of a requirements file's grammar: https://pip.pypa.io/en/stable/reference/requirements-file-format/ */
function needsOfRequirement(written: string, folder: string): readonly Need[] {
  const line = written.replace(/(^|\s)#.*$/, '').trim();
  const include = /^(?:-[rc]|--requirement|--constraint)[\s=]*(.+)$/.exec(line)?.[1];
  if (include !== undefined) return isAddress(include) ? [] : [{ ...at(folder, include), kind: 'include' }];
  const links = /^(?:-f|--find-links)[\s=]+(.+)$/.exec(line)?.[1];
  if (links !== undefined) return isAddress(links) ? [] : [at(folder, links)];
  const editable = /^(?:-e|--editable)[\s=]+(.+)$/.exec(line)?.[1];
  if (editable !== undefined) return isAddress(editable) ? [] : [installs];
  return isLocalPackage(line.replace(/^[\w.[\],-]+\s*@\s*/, '')) ? [installs] : [];
}

function isLocalPackage(requirement: string): boolean {
  if (requirement.startsWith('-') || isAddress(requirement)) return false;
  return requirement.startsWith('file:') || /^[./~]/.test(requirement) || requirement.includes('/');
}

/** The part of environment.yml that is for pip. What is no YAML is conda's to complain about. */
function pipLines(text: string): readonly string[] {
  try {
    const { dependencies } = parse(text) as { readonly dependencies?: unknown };
    return (Array.isArray(dependencies) ? dependencies : []).flatMap((one: unknown) => {
      const pip: unknown = typeof one === 'object' && one !== null && 'pip' in one ? one.pip : [];
      return Array.isArray(pip) ? pip.filter((line) => typeof line === 'string') : [];
    });
  } catch {
    return [];
  }
}

/** https://docs.docker.com/reference/dockerfile/: what comes from the build's context, which is the course. */
function needsOfInstruction(line: string): readonly Need[] {
  const [, instruction = '', rest = ''] = /^\s*(?:ONBUILD\s+)?(COPY|ADD|RUN)\s+(.*)$/is.exec(line) ?? [];
  if (instruction.toUpperCase() === 'RUN') {
    return captured(rest, /--mount=(?=\S*type=bind)(?!\S*from=)\S*?(?:source|src)=([^,\s]+)/g).map((path) =>
      at('', path),
    );
  }
  if (instruction === '' || /--from=/.test(rest)) return [];
  const words = rest.trim().startsWith('[')
    ? captured(rest, /"([^"]*)"/g)
    : rest.split(/\s+/).filter((word) => word !== '');
  const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
  return sources
    .filter((source) => !isAddress(source) && !source.startsWith('<<'))
    .map((source) => at('', source.replace(/^\/+/, '')));
}

function at(folder: string, path: string): Need & { readonly kind: 'path' } {
  return { kind: 'path', path: posix.join(folder, path.trim().replace(/^["']|["']$/g, '')).replace(/\/+$/, '') };
}

function isAddress(text: string): boolean {
  return /^([a-z+]+:\/\/|git@)/i.test(text) && !text.startsWith('file:');
}

/** Lines, each with those that go on where it ends in a backslash. */
function joinedLines(text: string): readonly string[] {
  return withoutComments(text)
    .replace(/\\[ \t]*\r?\n/g, ' ')
    .split(/\r?\n/);
}

function withoutComments(text: string): string {
  return text.replace(/^\s*#.*$/gm, '');
}

function captured(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}
