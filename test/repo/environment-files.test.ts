/** Which files of a course are its environment, and when that cannot be told apart from the content. */
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { entryId, oid, type Oid } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { environmentOf, type Environment } from '../../src/repo/environment-files.ts';

type Course = Readonly<Record<string, string>>;

function environment(course: Course, extra: readonly string[] = []): Environment {
  const contents = new Map<Oid, string>();
  const files = Object.entries(course).map(([path, text]) => {
    const object = oid(createHash('sha1').update(`${path}\0${text}`).digest('hex'));
    contents.set(object, text);
    const size = text === 'LARGE' ? 5 << 20 : text.length;
    return { path: relPathOf(path), oid: object, size, executable: false, id: entryId(path), stamp: '' };
  });
  const read = (object: Oid): Uint8Array => Buffer.from(contents.get(object) ?? '');
  return environmentOf({ files, extra: extra.map(relPathOf), read });
}

function chosen(course: Course, extra?: readonly string[]): readonly string[] | string {
  const found = environment(course, extra);
  if (found.kind === 'none') return 'none';
  if (found.kind === 'files') return found.files.map(({ path }) => path);
  return `${found.path}: ${found.why}${found.needs === undefined ? '' : ` ${found.needs}`}`;
}

const content = { 'README.md': 'x', 'week1/lab.ipynb': '{}', 'data/big.csv': '1' };

const split: readonly (readonly [string, Course, readonly string[], (readonly string[])?])[] = [
  ['a plain environment.yml', { 'environment.yml': 'dependencies: [numpy]' }, ['environment.yml']],
  [
    'every name repo2docker reads at the root',
    {
      'requirements.txt': 'numpy',
      'apt.txt': 'graphviz',
      'runtime.txt': 'python-3.12',
      '.dockerignore': 'data',
      REQUIRE: '',
    },
    ['requirements.txt', 'apt.txt', 'runtime.txt', '.dockerignore', 'REQUIRE'],
  ],
  [
    'the binder folder whole, and nothing beside it',
    { 'binder/environment.yml': '', 'binder/notes.txt': 'see docs/x', 'requirements.txt': '-e .', 'setup.py': '' },
    ['binder/environment.yml', 'binder/notes.txt'],
  ],
  ['the other binder folder', { '.binder/apt.txt': 'git' }, ['.binder/apt.txt']],
  ['a file of that name elsewhere is content', { 'week1/requirements.txt': 'numpy', 'apt.txt': '' }, ['apt.txt']],
  [
    'lists that a list includes, and those these include',
    {
      'requirements.txt': 'numpy\n-r more/base.txt # all\n',
      'more/base.txt': '-c  limits.txt',
      'more/limits.txt': 'numpy<3',
    },
    ['requirements.txt', 'more/base.txt', 'more/limits.txt'],
  ],
  [
    'lists named in environment.yml',
    { 'environment.yml': 'dependencies:\n  - pip\n  - pip:\n      - -r pip.txt\n', 'pip.txt': 'rich' },
    ['environment.yml', 'pip.txt'],
  ],
  [
    'packages by address',
    {
      'requirements.txt':
        'a @ https://example.org/a.whl\n-e git+https://example.org/b.git#egg=b\n-f https://example.org/\n--pre\nnumpy==2; python_version > "3"',
    },
    ['requirements.txt'],
  ],
  [
    'a Dockerfile that copies nothing of the course',
    {
      Dockerfile:
        'FROM x\nCOPY --from=build /a /b\nADD https://example.org/x /x\nRUN pip install numpy # COPY . /\n# COPY . .\nCOPY <<EOF /etc/x',
    },
    ['Dockerfile'],
  ],
  [
    'what staff add',
    { 'environment.yml': '', 'lib/a.py': '', 'lib/b.py': '' },
    ['environment.yml', 'lib/a.py', 'lib/b.py'],
    ['lib'],
  ],
  [
    'a Dockerfile whose files are added',
    { Dockerfile: 'FROM x\nCOPY ["lib", "/lib"]', 'lib/a.py': '' },
    ['Dockerfile', 'lib/a.py'],
    ['lib'],
  ],
  ['a program that staff vouch for', { 'binder/postBuild': 'true' }, ['binder/postBuild'], ['binder/postBuild']],
  [
    'a list above the binder folder that is added',
    { 'binder/requirements.txt': '-r ../base.txt', 'base.txt': '-r deep.txt', 'deep.txt': '' },
    ['binder/requirements.txt', 'base.txt', 'deep.txt'],
    ['base.txt', 'deep.txt'],
  ],
  [
    'a project that is not installed',
    { 'pyproject.toml': '[project]\nrequires-python = ">=3.12"' },
    ['pyproject.toml'],
  ],
  [
    'R packages by name',
    { 'install.R': '# source("x.R")\ninstall.packages("tidyverse")\nsource("https://example.org/x.R")' },
    ['install.R'],
  ],
];

describe('the environment of a course', () => {
  for (const [name, course, expected, extra] of split) {
    it(`is: ${name}`, () => {
      const found = chosen({ ...content, ...course }, extra);
      expect(typeof found === 'string' ? found : [...found].sort()).toEqual([...expected].sort());
    });
  }

  it('is none where nothing describes one', () => {
    expect(chosen(content)).toBe('none');
  });
});

const refused: readonly (readonly [Course, string, (readonly string[])?])[] = [
  [{ 'binder/apt.txt': '', '.binder/apt.txt': '' }, 'binder: two-folders'],
  [{ 'binder/postBuild': 'true' }, 'binder/postBuild: runs'],
  [{ start: 'exec "$@"', 'apt.txt': '' }, 'start: runs'],
  [{ 'setup.py': 'setup()' }, 'setup.py: installs'],
  [{ DESCRIPTION: 'Package: x' }, 'DESCRIPTION: installs'],
  [{ 'pyproject.toml': '[project]\nname = "x"\n[build-system]\nrequires = []' }, 'pyproject.toml: installs'],
  [{ 'requirements.txt': 'numpy\n-e .' }, 'requirements.txt: installs'],
  [{ 'requirements.txt': '--editable=./lib' }, 'requirements.txt: installs'],
  [{ 'requirements.txt': './lib' }, 'requirements.txt: installs'],
  [{ 'requirements.txt': 'lib @ file:///lib' }, 'requirements.txt: installs'],
  [{ 'requirements.txt': 'wheels/a-1.0-py3-none-any.whl' }, 'requirements.txt: installs'],
  [{ 'requirements.txt': '-f wheels\na' }, 'requirements.txt: needs wheels'],
  [{ 'requirements.txt': '-r missing.txt' }, 'requirements.txt: needs missing.txt'],
  [{ 'requirements.txt': '-r ../../etc/passwd' }, 'requirements.txt: needs ../../etc/passwd'],
  [{ 'requirements.txt': '-r a.txt', 'a.txt': '-r b.txt', 'b.txt': '-e .' }, 'b.txt: installs'],
  [{ 'requirements.txt': 'numpy \\\n  -r x.txt\n-r \\\n gone.txt' }, 'requirements.txt: needs gone.txt'],
  [{ 'binder/requirements.txt': '-r ../base.txt', 'base.txt': '' }, 'binder/requirements.txt: needs base.txt'],
  [{ 'environment.yml': 'dependencies: [{pip: [-e .]}]' }, 'environment.yml: installs'],
  [{ Dockerfile: 'FROM x\nCOPY . /home' }, 'Dockerfile: needs .'],
  [{ Dockerfile: 'FROM x\ncopy --chown=1 week1 \\\n /home' }, 'Dockerfile: needs week1'],
  [{ Dockerfile: 'FROM x\nONBUILD ADD *.py /x' }, 'Dockerfile: needs *.py'],
  [{ Dockerfile: 'FROM x\nRUN --mount=type=bind,source=week1,target=/x ls' }, 'Dockerfile: needs week1'],
  [{ Dockerfile: 'FROM x\nCOPY lib /lib', 'lib/a': '', 'lib/b': '' }, 'Dockerfile: needs lib', ['lib/a']],
  [{ Pipfile: '[packages]\nx = {path = "./x", editable = true}' }, 'Pipfile: needs x'],
  [{ 'Pipfile.lock': '{"default": {"x": {"path": "."}}}' }, 'Pipfile.lock: needs .'],
  [{ 'install.R': 'source("helpers.R")' }, 'install.R: runs'],
  [{ 'Manifest.toml': '[[deps.X]]\npath = "X"' }, 'Manifest.toml: needs X'],
  [{ 'default.nix': 'import ./pkgs.nix { }' }, 'default.nix: needs pkgs.nix'],
  [{ 'requirements.txt': 'LARGE' }, 'requirements.txt: too-large'],
];

describe('an environment that needs the content', () => {
  for (const [course, expected, extra] of refused) {
    it(`is refused: ${expected}, ${JSON.stringify(course)}`, () => {
      expect(chosen({ ...content, ...course }, extra)).toBe(expected);
    });
  }
});
