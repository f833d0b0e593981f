/** A report outlives the server that made it: it is read from the journal in the home, in which anything may stand. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { formToken } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until, type Answer } from './harness.ts';
import { asFileName, xssCorpus } from './xss.ts';

let root: string;
let server: RunningServer | undefined;
let log: string;

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'f2git-recall-'));
  log = '';
  write('course/README.md', 'Welcome\n');
  write('course/week1/lab1.py', 'one = 1\ntwo = 2\nthree = 3\n');
  write('other/README.md', 'Another course\n');
});

afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const journalOf = (run: string): string => `homes/anna/intro/.f2git/runs/${run}.json`;

async function start(): Promise<{ origin: string }> {
  const text = `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  other: { source: ./other }
  intro: { source: ./course, open: README.md, freshness: 0s }`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: (...line) => (log += `${JSON.stringify(line)}\n`),
  });
  return { origin: server.url.replace(/\/$/, '') };
}

async function stop(): Promise<void> {
  await server?.close();
  server = undefined;
}

async function restart(): Promise<{ origin: string }> {
  await stop();
  return start();
}

interface Report {
  readonly run: string;
  readonly outcome: string;
  readonly files: readonly { readonly path: string; readonly action: string }[];
}

async function post(at: { origin: string }, path: string, fields: Readonly<Record<string, string>>): Promise<Report> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const started = await ask(at, `${path}?user=anna`, { method: 'POST', headers, body: JSON.stringify(fields) });
  expect(started.status, started.text).toBe(202);
  const { run } = JSON.parse(started.text) as { run: string };
  return until(async () => {
    const document = JSON.parse((await documentOf(at, run)).text) as Partial<Report> & { state?: string };
    return document.outcome !== undefined || document.state === 'failed' ? (document as Report) : undefined;
  });
}

const documentOf = (at: { origin: string }, run: string, user = 'anna'): Promise<Answer> =>
  ask(at, `/api/runs/${run}?user=${user}`);
const pageOf = (at: { origin: string }, run: string, user = 'anna'): Promise<Answer> =>
  ask(at, `/go/intro?user=${user}&run=${run}&lang=en`, { headers: { accept: 'text/html' } });
const click = (at: { origin: string }): Promise<Report> => post(at, '/api/runs', { course: 'intro' });

/** Anna and the course changed the same line. */
async function mergedRun(at: { origin: string }): Promise<Report> {
  await click(at);
  write('homes/anna/intro/week1/lab1.py', 'one = 1\ntwo = 22\nthree = 3\n');
  write('course/week1/lab1.py', 'one = 1\ntwo = 2  # double\nthree = 3\nfour = 4\n');
  return until(async () => {
    const report = await click(at);
    return report.outcome === 'updated' ? report : undefined;
  });
}

describe('after a restart of the server', () => {
  test('the report is at its address, word for word', async () => {
    let at = await start();
    const merged = await mergedRun(at);
    const before = [await documentOf(at, merged.run), await pageOf(at, merged.run)];
    at = await restart();
    const after = [await documentOf(at, merged.run), await pageOf(at, merged.run)];
    expect(after.map(({ status, text }) => [status, text])).toEqual(before.map(({ status, text }) => [status, text]));
    expect(after[1]?.text).toContain('two = 2  # double');
    const { text } = await ask(at, `/api/runs/${merged.run}/events?user=anna`);
    expect(text).toContain('event: report');
    expect(text).toContain(merged.run);
  });

  test('Undo and Take of a page from before the restart work', async () => {
    let at = await start();
    const merged = await mergedRun(at);
    const token = formToken(await pageOf(at, merged.run));
    expect(token).not.toBe('');
    at = await restart();
    await post(at, '/api/take', { course: 'intro', file: 'week1/lab1.py', f2git_form: token });
    expect(read('homes/anna/intro/week1/lab1.py')).toBe(read('course/week1/lab1.py'));
    const { run } = await post(at, `/api/runs/${merged.run}/undo`, { f2git_form: token });
    at = await restart();
    expect((await pageOf(at, run)).text).toContain('Taken back');
  });

  test('somebody else’s run is nobody’s business', async () => {
    let at = await start();
    const { run } = await mergedRun(at);
    at = await restart();
    expect((await documentOf(at, run, 'ben')).status).toBe(404);
    expect((await pageOf(at, run, 'ben')).status).toBe(303);
    expect((await ask(at, `/api/runs/${run}/events?user=ben`)).status).toBe(404);
    expect(readdirSync(join(root, 'homes'))).toEqual(['anna']);
  });

  test('a run of one course is not shown as another’s', async () => {
    let at = await start();
    const { run } = await mergedRun(at);
    at = await restart();
    const answer = await ask(at, `/go/other?user=anna&run=${run}`);
    expect([answer.status, answer.headers.location]).toEqual([303, '../go/other?user=anna']);
  });

  test('a run nobody knows is not found, and leads to a new click', async () => {
    const at = await start();
    await click(at);
    const unknown = '20260101T000000Z-00000000';
    expect((await documentOf(at, unknown)).status).toBe(404);
    expect((await pageOf(at, unknown)).status).toBe(303);
  });
});

describe('whatever stands in the journal', () => {
  type Document = Record<string, unknown> & { report: Record<string, unknown> };

  let at: { origin: string };
  let run: string;
  let original: string;

  /** One merged run, and a server that was not there when it ran. */
  beforeEach(async () => {
    at = await start();
    ({ run } = await mergedRun(at));
    original = read(journalOf(run));
    at = await restart();
  });

  /** The run is asked for with its journal changed. */
  async function asked(change: (document: Document) => unknown): Promise<readonly Answer[]> {
    const document = JSON.parse(original) as Document;
    const changed = change(document);
    write(journalOf(run), Buffer.isBuffer(changed) ? changed : JSON.stringify(changed ?? document));
    return [
      await documentOf(at, run),
      await pageOf(at, run),
      await ask(at, `/api/runs/${run}/events?user=anna`, { headers: { accept: 'application/json' } }),
    ];
  }

  const hostile = xssCorpus.join(' ');

  test('text stays text', async () => {
    const [json, page] = await asked(({ report }) => {
      report['notices'] = [
        {
          path: asFileName(xssCorpus[0] ?? ''),
          action: 'merged',
          rule: '11',
          copy: asFileName(xssCorpus[1] ?? ''),
          from: asFileName(xssCorpus[2] ?? ''),
          declined: [{ cell: hostile, course: hostile, yours: hostile }],
        },
        { path: 'a', action: 'skipped', rule: '2', code: hostile, detail: hostile },
      ];
      report['open'] = asFileName(xssCorpus[5] ?? '');
      report['source'] = {
        ...(report['source'] as object),
        problems: [{ path: hostile, code: hostile, message: hostile }],
      };
    });
    expect([json?.status, page?.status]).toEqual([200, 200]);
    expect(page?.text).toContain('The course wanted');
    const tags = (page?.text.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""')).join('\n');
    expect(tags).not.toMatch(/<script>|\bon\w+=|<img|<iframe|<svg on|<base|srcdoc|<math/i);
    expect(json?.headers['content-type']).toContain('application/json');
  });

  test('where it ran is the server’s word', async () => {
    const [json] = await asked(({ report }) => {
      report['workspace'] = '/etc';
    });
    expect(JSON.parse(json?.text ?? '')).toMatchObject({ workspace: join(root, 'homes/anna/intro') });
  });

  const refused: readonly (readonly [string, (document: Document) => unknown])[] = [
    ['a report of another course', ({ report }) => void (report['course'] = 'other')],
    ['a report of another run', ({ report }) => void (report['run'] = '20260101T000000Z-00000000')],
    ['no report', (document) => void Reflect.deleteProperty(document, 'report')],
    ['an unheard-of action', ({ report }) => void (report['notices'] = [{ path: 'a', action: 'toString', rule: '4' }])],
    [
      'an unheard-of row',
      ({ report }) => void (report['notices'] = [{ path: 'a', action: 'added', rule: '__proto__' }]),
    ],
    [
      'a path that leads out',
      ({ report }) => void (report['notices'] = [{ path: '../x', action: 'added', rule: '4' }]),
    ],
    ['a file to open that leads out', ({ report }) => void (report['open'] = '../../etc/passwd')],
    ['an unheard-of outcome', ({ report }) => void (report['outcome'] = 'toString')],
    ['an unheard-of kind', ({ report }) => void (report['kind'] = 'constructor')],
    ['no source', ({ report }) => void (report['source'] = null)],
    [
      'a time that is none',
      ({ report }) => void (report['source'] = { ...(report['source'] as object), state: 'unreachable', asOf: 'x' }),
    ],
    [
      'declined places that are none',
      ({ report }) => void (report['notices'] = [{ path: 'a', action: 'merged', rule: '11', declined: 'x' }]),
    ],
    ['notices that are none', ({ report }) => void (report['notices'] = { length: 3 })],
    [
      'an endless text',
      ({ report }) => void (report['notices'] = [{ path: 'a', action: 'skipped', rule: '2', detail: 'x'.repeat(1e6) }]),
    ],
    ['half a document', (document) => Buffer.from(JSON.stringify(document).slice(0, 300))],
    ['an empty file', () => Buffer.alloc(0)],
    ['bytes', () => Buffer.from([0xff, 0xfe, 0, 1, 2])],
    ['a deep nest', () => Buffer.from('['.repeat(2_000_000))],
    ['more than any run writes', () => Buffer.alloc(33 * 1024 * 1024, ' ')],
    ['a newer version', (document) => ({ ...document, version: 2 })],
    ['a list', () => []],
    ['nothing', () => Buffer.from('null')],
  ];

  test('what is no report of ours is no report, and no failure of ours either', async () => {
    for (const [name, change] of refused) {
      const [json, page, events] = await asked(change);
      expect([name, json?.status, page?.status, events?.status]).toEqual([name, 404, 303, 404]);
    }
    expect((await asked((document) => document)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(log).not.toContain('request failed');
  });

  test('a link, a folder, a pipe as journal: there is no such run', async () => {
    const path = join(root, journalOf(run));
    write(`${journalOf(run)}.elsewhere`, original);
    for (const put of [
      () => symlinkSync(`${path}.elsewhere`, path),
      () => mkdirSync(path),
      () => execFileSync('mkfifo', [path]),
    ]) {
      rmSync(path, { recursive: true });
      put();
      expect((await documentOf(at, run)).status).toBe(404);
    }
  });

  test('a file where the workspace should be: there is no such run', async () => {
    rmSync(join(root, 'homes/anna/intro'), { recursive: true });
    write('homes/anna/intro', 'mine');
    expect((await documentOf(at, run)).status).toBe(404);
  });
});
