/** The configuration file: what it gives, and how each mistake in it is named. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Config, embeddedConfig, loadConfig, parseConfig } from '../../src/config.ts';
import { configKeys } from '../../src/config/schema.ts';
import { parseCourseId } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';
import { describeError } from '../../src/messages/errors.ts';
import { releaseAt } from '../../src/release/schedule.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-config-'));
  for (const name of ['files', 'private']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'private', 'token'), 'canary-token', { mode: 0o600 });
  for (const [name, content, mode] of [
    ['secret', 'canary-pass\n', 0o600],
    ['open', 'canary-pass\n', 0o644],
    ['empty', '\n', 0o600],
    ['two-lines', 'canary\npass\n', 0o600],
  ] as const) {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = 'homes: /home/{user}\nauth: jupyterhub\n';
const read = (text: string, environment = {}): Config => parseConfig(text, { folder, environment });
const course = (lines: string) => `${HEAD}courses:\n  python:\n    source: ./files\n${lines}`;

function mistake(text: string, environment = {}): F2gitError {
  try {
    read(text, environment);
  } catch (error) {
    if (error instanceof F2gitError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

const only = (config: Config) => [...config.courses.values()][0]!;

describe('what it gives', () => {
  test('the shortest file has every default', () => {
    const config = read(`${HEAD}courses: { python: { source: ./files } }`);
    expect(config).toMatchObject({
      listen: { kind: 'port', host: '127.0.0.1', port: 8484 },
      prefix: '/',
      data: join(folder, 'data'),
      homes: '/home/{user}',
      auth: 'jupyterhub',
      language: 'en',
    });
    expect(only(config)).toMatchObject({
      id: 'python',
      title: 'python',
      workspace: 'python',
      source: { adapter: { type: 'folder' }, config: { path: join(folder, 'files') } },
      credentials: {},
      allowPrivateAddresses: false,
      freshness: 15_000,
      timeZone: 'Europe/Berlin',
      policy: { deletedFiles: 'restore', courseCopies: 'report', codeCells: 'lines' },
      environment: { extra: [] },
    });
    expect(only(config).isWanted(relPathOf('any/file'))).toBe(true);
  });

  test('include and exclude, patterns and all below them', () => {
    const { isWanted } = only(read(course("    include: ['week*', README.md]\n    exclude: [internal, '**/*.key']\n")));
    const paths = ['week1/a/b', 'README.md', 'other', 'week1/x.KEY', 'internal/week1', 'week2/.hidden'];
    expect(paths.filter((path) => isWanted(relPathOf(path)))).toEqual(['week1/a/b', 'README.md', 'week2/.hidden']);
  });

  test('a schedule in the time zone of the course', () => {
    const { schedule } = only(
      read(course('    time_zone: America/New_York\n    release:\n      - { path: a, from: 2026-11-02 08:00 }\n')),
    );
    expect(releaseAt(schedule, 'a', new Date('2026-11-02T12:59:59Z'))).toBe('withheld');
    expect(releaseAt(schedule, 'a', new Date('2026-11-02T13:00:00Z'))).toBe('offered');
  });

  test('secrets from a file or the environment, never printed', () => {
    const file = only(read(course('    credentials: { user: ada, password_file: secret }\n')));
    expect(file.credentials.password?.reveal()).toBe('canary-pass');
    const variable = only(
      read(course('    credentials: { token_env: PYTHON_TOKEN }\n'), { PYTHON_TOKEN: 'canary-token' }),
    );
    expect(variable.credentials.token?.reveal()).toBe('canary-token');
    expect(inspect([file, variable], { depth: 9 }) + JSON.stringify([file, variable])).not.toContain('canary');
  });

  test.each(['https://cloud.example.org/s/AbCdEfGhIjKlMnO', 'rclone:uni:intro'])(
    'a password without a user, where there is none: %s',
    (source) => {
      const text = `homes: ./homes/{user}\nauth: none\ncourses:\n  python:\n    source: ${source}\n`;
      const { credentials } = only(read(`${text}    credentials: { password_file: secret }\n`));
      expect([credentials.user, credentials.password?.reveal()]).toEqual([undefined, 'canary-pass']);
    },
  );

  test.each([
    ['unix:run/f2git.sock', (at: string) => ({ kind: 'socket', path: join(at, 'run/f2git.sock') })],
    ['"[::1]:0"', () => ({ kind: 'port', host: '::1', port: 0 })],
    ['0.0.0.0:80', () => ({ kind: 'port', host: '0.0.0.0', port: 80 })],
  ])('listens at %s', (listen, expected) => {
    expect(read(`listen: ${listen}\n${course('')}`).listen).toEqual(expected(folder));
  });

  test('the prefix of JupyterHub wins', () => {
    expect(read(`prefix: f2git\n${course('')}`).prefix).toBe('/f2git/');
    expect(read(`prefix: f2git\n${course('')}`, { JUPYTERHUB_SERVICE_PREFIX: '/services/x/' }).prefix).toBe(
      '/services/x/',
    );
  });

  test.each([
    ['source: git:./files/repository@main#week1', { place: { kind: 'file' }, ref: 'main', subfolder: ['week1'] }],
    ['source: { type: git, url: ./files/repository }', { place: { kind: 'file' } }],
    ['source: { type: git, url: https://git.example.org/x.git, ref: v1 }', { place: { kind: 'http' }, ref: 'v1' }],
  ])('%s', (source, expected) => {
    const config = read(`${HEAD}courses: { python: { ${source.replace('#week1', '#week1')} } }`);
    expect(only(config).source.config).toMatchObject(expected);
    if (expected.place.kind === 'file') {
      expect(only(config).source.config).toMatchObject({ place: { path: join(folder, 'files/repository') } });
    }
  });
});

describe('mistakes', () => {
  test('all are told at once, a line each', () => {
    const text = [
      'homes: ./homes/{user}',
      'auth: none',
      'fo: 1',
      'bar: 2',
      'defaults: { language: fr }',
      'courses:',
      '  ip: { sorce: ./files, releas: [], title: 7 }',
      '  other: { source: ./files }',
    ].join('\n');
    expect(describeError(mistake(text), 'en').split('\n')).toEqual([
      '6 things in the configuration are not right:',
      expect.stringMatching(/^ {2}“fo” \(line 3\): unknown key; known are listen, .*$/),
      expect.stringMatching(/^ {2}“bar” \(line 4\): unknown key; known are/),
      '  “defaults.language” (line 5): must be one of de, en',
      '  “courses.ip.sorce” (line 7): unknown key; did you mean "source"?',
      '  “courses.ip.releas” (line 7): unknown key; did you mean "release"?',
      '  “courses.ip.title” (line 7): must be a text; put it in quotes',
      'Nothing was changed, all work is safe. Correct the file; “f2git check” examines it.',
    ]);
    expect(describeError(mistake(text), 'de')).toContain(
      '\n  „courses.ip.sorce“ (Zeile 7): unbekannte Angabe; ist „source“ gemeint?\n',
    );
  });

  test('so are all mistakes in one entry, one list and one source', () => {
    const text = `${HEAD}courses:
  a:
    source: { type: git, url: 7, ref: "a..b", subfolder: ../x, foo: 1, bar: 2 }
    exclude: ["[a", ../b]
    release:
      - { path: "[z-a]", from: soon, until: later, for: [], wann: x }
      - { path: a, from: soon }
  b:
    source: https://olat.example.org/auth/RepositoryEntry/123
  c:
    source: { type: canvas, url: ftp://x, course: abc, as: teacher }
  d:
    source: ./files
    open: ../x
    environment: { extra: [../a, data/ok.csv, /b], hook: [] }
`;
    const error = mistake(text);
    expect(error.parts.map(({ params }) => [params['line'], params['key']])).toEqual([
      [5, 'courses.a.source.url'],
      [5, 'courses.a.source.ref'],
      [5, 'courses.a.source.subfolder'],
      [5, 'courses.a.source.foo'],
      [5, 'courses.a.source.bar'],
      [6, 'courses.a.exclude[0]'],
      [6, 'courses.a.exclude[1]'],
      [8, 'courses.a.release[0].path'],
      [8, 'courses.a.release[0].from'],
      [8, 'courses.a.release[0].until'],
      [8, 'courses.a.release[0].for'],
      [8, 'courses.a.release[0].wann'],
      [9, 'courses.a.release[1].from'],
      [11, 'courses.b.source'],
      [13, 'courses.c.source'],
      [13, 'courses.c.source.course'],
      [13, 'courses.c.source.as'],
      [16, 'courses.d.open'],
      [17, 'courses.d.environment.extra[0]'],
      [17, 'courses.d.environment.extra[2]'],
      [17, 'courses.d.environment.hook'],
    ]);
    expect(describeError(error, 'en')).toMatch(
      /“courses\.b\.source” \(line 11\): f2git cannot read courses of this kind/,
    );
    expect(describeError(error, 'de')).toMatch(/„courses\.a\.source\.url“ \(Zeile 5\): muss ein Text sein\n/);
  });

  test('wrong values of all courses are told at once', () => {
    const wrong = '{ source: ./files, open: ../x, freshness: soon, release: [{ path: a, from: later }] }';
    const text = `listen: everywhere\n${HEAD}courses:\n  a: ${wrong}\n  b: { source: ./files, workspace: a/b }\n`;
    expect(mistake(text).parts.map(({ params }) => [params['key'], params['line']])).toEqual([
      ['listen', 1],
      ['courses.a.open', 5],
      ['courses.a.release[0].from', 5],
      ['courses.a.freshness', 5],
      ['courses.b.workspace', 6],
    ]);
  });

  test.each<[string, string]>([
    [`${HEAD}cours: {}\n`, 'unknown key; did you mean "courses"?'],
    [`${HEAD}sources: ./files\n`, 'unknown key here; did you mean courses.<name>.source?'],
    [`title: T\n${course('')}`, 'unknown key here; did you mean courses.<name>.title?'],
    [`freshnes: 5s\n${course('')}`, 'unknown key here; did you mean defaults.freshness, courses.<name>.freshness?'],
    [course('    policies: {}\n'), 'unknown key; did you mean "policy"?'],
    [course('    language: de\n'), 'unknown key here; did you mean defaults.language?'],
    [course('    credentials: { username: x }\n'), 'unknown key; did you mean "user"?'],
    [
      course('    credentials: { passwort: x }\n'),
      'secrets come from a file or the environment only: write password_file or password_env',
    ],
    [course('    credentials: { pasword_file: x }\n'), 'unknown key; did you mean "password_file"?'],
  ])('what was probably meant: %s', (text, detail) => {
    const { params } = mistake(text);
    expect(params['detail']).toBe(detail);
  });

  test.each<[string, string, string, number, RegExp]>([
    ['an unknown key', `${HEAD}corses: {}\n`, 'corses', 3, /did you mean "courses"/],
    ['one in a course', course('    freshnes: 5s\n'), 'courses.python.freshnes', 6, /did you mean "freshness"/],
    ['one like no other', course('    zebra: 1\n'), 'courses.python.zebra', 6, /known are title, source/],
    [
      'one in a policy',
      course('    policy:\n      deleted_file: restore\n'),
      'courses.python.policy.deleted_file',
      7,
      /"deleted_files"/,
    ],
    [
      'one in a release',
      course('    release:\n      - path: a\n        form: 2026-01-01\n'),
      'courses.python.release[0].form',
      8,
      /known are path, from/,
    ],
    [
      'one of the source',
      `${HEAD}courses:\n  a:\n    source:\n      type: git\n      url: ./x\n      branch: main\n`,
      'courses.a.source.branch',
      8,
      /unknown key/,
    ],
    [
      'a wrong word',
      course('    policy: { deleted_files: maybe }\n'),
      'courses.python.policy.deleted_files',
      6,
      /restore, respect/,
    ],
    ['a wrong kind', course('    include: "**"\n'), 'courses.python.include', 6, /a list/],
    ['a number as a name', course('    title: 7\n'), 'courses.python.title', 6, /quotes/],
    ['no source', `${HEAD}courses:\n  python:\n    title: P\n`, 'courses.python.source', 4, /address or a mapping/],
    ['no homes', 'auth: none\ncourses: {}\n', 'homes', 1, /missing/],
    ['no course', `${HEAD}courses: {}\n`, 'courses', 3, /no course/],
    ['a wrong course name', `${HEAD}courses:\n  "a b": { source: ./files }\n`, 'courses.a b', 4, /letters, digits/],
    [
      'a wrong time',
      course('    release:\n      - { path: a }\n      - { path: b, from: soon }\n'),
      'courses.python.release[1].from',
      8,
      /no time/,
    ],
    [
      'a wrong time zone',
      `${HEAD}defaults: { time_zone: Mars/Base }\ncourses: { a: { source: ./files } }`,
      'defaults.time_zone',
      3,
      /Mars/,
    ],
    ['a wrong duration', course('    freshness: 15\n'), 'courses.python.freshness', 6, /text/],
    ['a wrong unit', course('    freshness: 15d\n'), 'courses.python.freshness', 6, /15s, 5m/],
    ['a wrong listen', `listen: 8484\n${course('')}`, 'listen', 1, /text/],
    ['a wrong port', `listen: 127.0.0.1:99999\n${course('')}`, 'listen', 1, /127.0.0.1:8484/],
    ['a workspace elsewhere', course('    workspace: ../x\n'), 'courses.python.workspace', 6, /folder in a home/],
    ['a workspace in two parts', course('    workspace: a/b\n'), 'courses.python.workspace', 6, /folder in a home/],
    [
      'a hidden state folder as workspace',
      course('    workspace: .f2git\n'),
      'courses.python.workspace',
      6,
      /folder in a home/,
    ],
    [
      'one workspace for two',
      course('    workspace: X\n  b: { source: ./files, workspace: x }\n'),
      'courses.b.workspace',
      7,
      /"python"/,
    ],
    ['two like names', course('  Python: { source: ./files, workspace: x }\n'), 'courses.Python', 6, /"python"/],
    ['an open file elsewhere', course('    open: /etc/passwd\n'), 'courses.python.open', 6, /below the course/],
    ['a wrong pattern', course('    exclude: [a, ../b]\n'), 'courses.python.exclude[1]', 6, /no pattern/],
    [
      'a pattern that can mean nothing',
      course('    exclude: ["{a,b"]\n'),
      'courses.python.exclude[0]',
      6,
      /not closed/,
    ],
    ['an open bracket', course('    release: [{ path: "[a" }]\n'), 'courses.python.release[0].path', 6, /not closed/],
    ['a path of Windows', course("    exclude: ['a\\b']\n"), 'courses.python.exclude[0]', 6, /write "\/"/],
    ['homes without a user', `homes: /home\nauth: none\ncourses: { a: { source: ./files } }`, 'homes', 1, /\{user\}/],
    ['homes at the root', `homes: /{user}\nauth: none\ncourses: { a: { source: ./files } }`, 'homes', 1, /right below/],
    [
      'half a name as a user',
      `homes: /home/u-{user}\nauth: none\ncourses: { a: { source: ./files } }`,
      'homes',
      1,
      /whole name/,
    ],
    [
      'data in the course',
      `data: ./files/data\n${course('')}`,
      'courses.python.source',
      6,
      /"data" lie in one another/,
    ],
    ['the course in data', `data: .\n${course('')}`, 'courses.python.source', 6, /"data" lie in one another/],
    [
      'homes in the course',
      'homes: ./files/h/{user}\nauth: none\ncourses: { a: { source: ./files } }',
      'courses.a.source',
      3,
      /homes lie in the course/,
    ],
    [
      'a secret in the course',
      'homes: ./h/{user}\ndata: /var/f2git\nauth: none\ncourses: { a: { source: ./private } }\nhub: { token_file: ./private/token }',
      'courses.a.source',
      4,
      /private\/token" lies in the course/,
    ],
    [
      'data in a home of anybody',
      `data: ./h/ada/data\nhomes: ./h/{user}\nauth: none\ncourses: { a: { source: ./files } }`,
      'data',
      1,
      /lies in a home/,
    ],
    ['data in a home', `data: /home/ada/data\n${course('')}`, 'data', 1, /lies in a home/],
    [
      'everybody from everywhere',
      `listen: 0.0.0.0:80\nhomes: ./h/{user}\nauth: none\ncourses: { a: { source: ./files } }`,
      'auth',
      3,
      /loopback/,
    ],
    [
      'everybody from a socket',
      `listen: unix:/run/x\nhomes: ./h/{user}\nauth: none\ncourses: { a: { source: ./files } }`,
      'auth',
      3,
      /loopback/,
    ],
    [
      'a public address with a password',
      `public_url: https://a:canary@b.example\n${course('')}`,
      'public_url',
      1,
      /without credentials/,
    ],
    ['a key twice', `${HEAD}auth: none\n`, '(file)', 3, /stands there twice/],
    ['no YAML', `${HEAD}courses: [\n`, '(file)', 4, /no YAML/],
    ['a bracket that is not closed', `${HEAD}courses: [\ndata: x\n`, '(file)', 4, /bracket/],
    ['a quotation mark too few', `${HEAD}data: "x\n`, '(file)', 4, /quotation mark/],
    ['a tab', `${HEAD}courses:\n\tpython: {}\n`, '(file)', 4, /a tab/],
    ['a line too far right', `${HEAD}  data: x\n`, '(file)', 2, /too far right/],
    ['a bare sign', `${HEAD}data: @x\n`, '(file)', 3, /put it in quotes/],
    ['two documents', `${HEAD}---\n`, '(file)', 3, /---/],
    ['an alias of nothing', `${HEAD}data: *x\n`, '(file)', 1, /no "&" marks/],
    ['a list', '- a\n', '(file)', 1, /mapping/],
    ['nothing', '', 'homes', 0, /missing/],
  ])('%s', (_, text, key, line, detail) => {
    const { code, params } = mistake(text);
    expect(code).toBe('config-invalid');
    expect(params).toMatchObject(line === 0 ? { key } : { key, line });
    expect(params['detail']).toMatch(detail);
  });

  test('the configuration itself in the course, unless it is excluded', () => {
    const file = join(folder, 'private', 'server.yaml');
    const text = (lines: string) =>
      `homes: /h/{user}\ndata: /var/f2git\nauth: none\ncourses:\n  a:\n    source: .\n${lines}`;
    const parse = (lines: string) => () =>
      parseConfig(text(lines), { file, folder: join(folder, 'private'), environment: {} });
    expect(parse('')).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        params: {
          key: 'courses.a.source',
          line: 6,
          detail: `"${file}" lies in the course's folder, and students would get it: name it under "exclude", or put it elsewhere`,
        },
      }) as Error,
    );
    expect(parse('    exclude: [server.yaml]\n')).not.toThrow();
  });

  test.each<[string, string, RegExp]>([
    ['{ user: a, password: canary-pass }', 'courses.python.credentials.password', /password_file or password_env/],
    ['{ token: canary-pass }', 'courses.python.credentials.token', /token_file or token_env/],
    ['{ user: a, password_file: open }', 'courses.python.credentials.password_file', /chmod o-rwx/],
    ['{ user: a, password_file: gone }', 'courses.python.credentials.password_file', /is missing/],
    ['{ user: a, password_file: empty }', 'courses.python.credentials.password_file', /is empty/],
    ['{ user: a, password_file: two-lines }', 'courses.python.credentials.password_file', /one line/],
    ['{ user: a, password_file: files }', 'courses.python.credentials.password_file', /no file/],
    ['{ password_file: secret }', 'courses.python.credentials.user', /missing/],
    ['{ user: a, password_env: NOT_THERE }', 'courses.python.credentials.password_env', /no variable NOT_THERE/],
    ['{ token_file: secret, token_env: X }', 'courses.python.credentials.token_env', /either/],
    [
      '{ user: a, password_file: secret, token_file: secret }',
      'courses.python.credentials',
      /either a password or a token/,
    ],
  ])('credentials %s', (credentials, key, detail) => {
    const error = mistake(course(`    credentials: ${credentials}\n`));
    expect(error.params).toMatchObject({ key, line: 6 });
    expect(error.params['detail']).toMatch(detail);
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });

  const cid = '0'.repeat(32);
  const client = '{ client_id: a, token_file: t, redirect_url: "https://h.example/f2git/connected/python" }';
  const perStudent = (source: string, oauth: string) =>
    `${HEAD}courses:\n  python:\n    source: ${source}\n${oauth === '' ? '' : `    credentials: { oauth: ${oauth} }\n`}`;
  const studip = `{ type: studip, url: "https://s.example/dispatch.php/course/files?cid=${cid}", as: each-student }`;

  test('each student with a sign-in of their own', () => {
    expect(only(read(perStudent(studip, client))).isPerStudent).toBe(true);
    expect(only(read(perStudent(studip.replace('each-student', 'student-view'), client))).isPerStudent).toBe(false);
  });

  test.each([
    ['no sign-in', studip, '', 'source.as', /needs "oauth"/],
    [
      'no page to come back to',
      studip,
      '{ client_id: a, token_file: t }',
      'credentials.oauth.redirect_url',
      /connected/,
    ],
    [
      'another course’s page',
      studip,
      client.replace('connected/python', 'connected/java'),
      'credentials.oauth.redirect_url',
      /connected/,
    ],
    [
      'a source that knows nobody',
      '{ type: folder, path: ./files, as: each-student }',
      '',
      'source.as',
      /signs nobody in/,
    ],
    ['a view nobody knows', studip.replace('each-student', 'everything'), client, 'source.as', /each-student/],
  ])('each student, and %s', (_what, source, oauth, key, detail) => {
    const error = mistake(perStudent(source, oauth));
    expect(error.params['key']).toBe(`courses.python.${key}`);
    expect(error.params['detail']).toMatch(detail);
  });

  test('what an adapter says of an address keeps its code and gets its place', () => {
    expect(mistake(`${HEAD}courses:\n  a:\n    source: git@github.com:x/y.git\n`)).toMatchObject({
      code: 'address-not-understood',
      params: { key: 'courses.a.source', line: 5 },
    });
  });

  test('a file that is not there, or no text', () => {
    expect(() => loadConfig(join(folder, 'gone.yaml'), {})).toThrow(/config-unreadable.*gone\.yaml/);
    writeFileSync(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0]));
    expect(() => loadConfig(join(folder, 'binary'), {})).toThrow(/config-unreadable/);
  });
});

describe('examples and documentation', () => {
  test('the example configuration is right and shows every key', () => {
    const file = join(root, 'examples', 'f2git.yaml');
    const config = loadConfig(file, {});
    expect(config.file).toBe(file);
    const { schedule } = only(config);
    expect(releaseAt(schedule, 'week2/lab2.ipynb', new Date('2026-03-09T07:00:00Z'))).toBe('offered');
    const text = readFileSync(file, 'utf8');
    for (const key of configKeys()) expect(text, key).toMatch(new RegExp(`\\b${key.split('.').at(-1) ?? ''}\\b`));
  });

  test('the documentation names every key, and no others', () => {
    const text = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
    const known = new Set([...configKeys().map((key) => key.split('.').at(-1)), 'path', 'from', 'until', 'for', '*']);
    const rows = [...text.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)]);
    expect(rows.filter(([, key]) => !known.has(key))).toEqual([]);
    for (const key of known) if (key !== '*') expect(text, key).toContain(`\`${key ?? ''}\``);
  });

  test('the first start serves the example course to anybody on this machine', () => {
    const config = embeddedConfig(root, folder, {});
    expect(config).toMatchObject({
      auth: 'none',
      homes: join(folder, 'demo/{user}'),
      data: join(folder, 'demo/.data'),
    });
    const example = config.courses.get(parseCourseId('example')!)!;
    expect(example.source.config).toEqual({ path: join(root, 'examples', 'course') });
    expect(readdirSync(join(root, 'examples', 'course'))).toContain(example.open);
  });

  test('the notebooks of the example course are valid and their cells have ids', () => {
    const notebooks = ['week1/lab1.ipynb', 'week2/lab2.ipynb'].map((path) =>
      readFileSync(join(root, 'examples/course', path), 'utf8'),
    );
    for (const text of notebooks) {
      const notebook = parse(text) as {
        nbformat: number;
        nbformat_minor: number;
        cells: { id: string; cell_type: string; outputs?: [] }[];
      };
      expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
      expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
      for (const cell of notebook.cells) expect(cell.outputs).toEqual(cell.cell_type === 'code' ? [] : undefined);
    }
  });
});
