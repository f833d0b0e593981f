/** What npm packs: all that f2git needs, and nothing that is only needed to build it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../e2e/support.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

// npm, shells and Node each have their own idea of such a path
const folder = mkdtempSync(join(tmpdir(), 'f2git Größe & Pfad '));
const archive = (): string => join(folder, packed.filename);
let packed: Packed;

beforeAll(() => {
  // the tests' own build is packed as it is
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [one] = JSON.parse(execFileSync('npm', args, { cwd: projectRoot, encoding: 'utf8' })) as Packed[];
  if (one === undefined) throw new Error('nothing packed');
  packed = one;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('runs by npx without a network, and without a script on installation', () => {
  const course = join(folder, 'course');
  mkdirSync(course);
  writeFileSync(join(course, 'Übung 1.txt'), 'eins\n');
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    npm_config_cache: join(folder, 'empty cache'),
    npm_config_update_notifier: 'false',
  };
  const npx = ['--offline', '--yes', '--ignore-scripts', `--package=${archive()}`, '--'];
  execFileSync('npx', [...npx, 'f2git', 'pull', course, 'mein Kurs'], { cwd: folder, env, stdio: 'pipe' });
  expect(readFileSync(join(folder, 'mein Kurs/Übung 1.txt'), 'utf8')).toBe('eins\n');
});

it('holds the program, its pages, documents and examples, and no sources or tests', () => {
  const top = new Set(packed.files.map(({ path }) => path.replace(/\/.*/, '')));
  expect([...top].sort()).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'examples', 'package.json'].sort(),
  );
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => /\.(ts|map)$|\.test\.|\/\.state\//.test(path))).toEqual([]);
  // in a few seconds on a train
  expect(packed.size).toBeLessThan(4_000_000);
});

it('is what the documents have people install, and nothing that a registry may hold under its name', () => {
  const texts = ['README.md', 'docs', 'examples', 'jupyter/README.md'].flatMap((path) => filesBelow(path));
  const commands = texts.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/npm (?:install|i) (?:--global|-g) .*/g)].map(([command]) => command),
  );
  expect(commands.length).toBeGreaterThan(3);
  for (const command of commands) expect(command).toMatch(/\/f2git(-\*)?\.tgz/);
});

it('holds the licences of the packages in it', () => {
  const licenses = readFileSync(join(projectRoot, 'dist/licenses.txt'), 'utf8');
  const names = readdirSync(join(projectRoot, 'dist/packages')).map((file) => file.replace(/\.js$/, ''));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(licenses).toMatch(new RegExp(`^${name} [0-9.]+ \\(`, 'm'));
  expect(packed.files.map(({ path }) => path)).toContain('dist/licenses.txt');
});

function filesBelow(path: string): string[] {
  const whole = join(projectRoot, path);
  if (statSync(whole).isFile()) return [whole];
  return readdirSync(whole, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.state'))
    .map((entry) => join(entry.parentPath, entry.name));
}
