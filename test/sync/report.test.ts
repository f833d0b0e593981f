import { describe, expect, it } from 'vitest';
import { oid, parseRunId } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { languages } from '../../src/messages/language.ts';
import { countSentences, groupSentences, noticeSentences, reportSentences } from '../../src/messages/notices.ts';
import { placeholdersOf } from '../../src/messages/optional.ts';
import type { FileAction, Notice } from '../../src/sync/plan-types.ts';
import { describeNotice, describeReport, reportDocument, type RunReport } from '../../src/sync/report.ts';

const head = oid('1'.repeat(40));
const run = parseRunId('20261102T080000Z-1a2b3c4d')!;
const quiet: RunReport = {
  f2git: 1,
  kind: 'sync',
  run,
  course: 'intro-python',
  workspace: '/home/anna/intro python',
  base: null,
  head,
  outcome: 'unchanged',
  source: { state: 'fresh', complete: true, requests: 3, bytes: 1234, problems: [], asOf: '2026-11-02T08:00:00Z' },
  notices: [],
  started: '2026-11-02T08:00:00Z',
  finished: '2026-11-02T08:00:01Z',
};

const added: Notice = { path: relPathOf('week2/lab2.ipynb'), action: 'added', rule: '4' };
const merged: Notice = {
  path: relPathOf('week1/lab1.py'),
  action: 'merged',
  rule: '11',
  declined: [
    { lines: [12, 14], course: 'print("hi")\nreturn 1', yours: 'print("hello")' },
    { cell: 'a1b2', course: '', yours: 'x = 1' },
  ],
};
const copied: Notice = {
  path: relPathOf('plot.png'),
  action: 'copied',
  rule: '12',
  copy: relPathOf('plot.course.png'),
};
const skipped: Notice = { path: relPathOf('notes.md'), action: 'skipped', rule: '2', code: 'file-unreadable' };

const busy: RunReport = {
  ...quiet,
  outcome: 'partial',
  notices: [added, merged, copied, skipped],
  open: 'week1/lab1.py',
};

describe('the --json document', () => {
  it('has exactly the fixed fields, in their order', () => {
    const document = reportDocument(busy, 'en');
    expect(JSON.stringify(document)).toBe(
      JSON.stringify({
        f2git: 1,
        course: 'intro-python',
        workspace: '/home/anna/intro python',
        base: null,
        head,
        run,
        outcome: 'partial',
        source: { state: 'fresh', complete: true, requests: 3, bytes: 1234, problems: [] },
        files: [
          { path: 'week2/lab2.ipynb', action: 'added', message: describeNotice(added, 'en') },
          {
            path: 'week1/lab1.py',
            action: 'merged',
            message: describeNotice(merged, 'en'),
            declined: [
              { lines: [12, 14], course: 'print("hi")\nreturn 1', yours: 'print("hello")' },
              { cell: 'a1b2', course: '', yours: 'x = 1' },
            ],
          },
          { path: 'plot.png', action: 'copied', copy: 'plot.course.png', message: describeNotice(copied, 'en') },
          { path: 'notes.md', action: 'skipped', message: describeNotice(skipped, 'en') },
        ],
        open: 'week1/lab1.py',
      }),
    );
  });

  it('calls nothing complete that nobody could ask for', () => {
    const report = { ...quiet, source: { ...quiet.source, state: 'unreachable' as const } };
    expect(reportDocument(report, 'en').source).toMatchObject({ state: 'unreachable', complete: false });
  });

  it('names what the source could not give, and only the fixed fields of it', () => {
    const problem = { path: 'a.mp4', code: 'too-large', message: 'larger than allowed', secret: 'x' };
    const { source } = reportDocument({ ...quiet, source: { ...quiet.source, problems: [problem] } }, 'en');
    expect(source.problems).toEqual([{ path: 'a.mp4', code: 'too-large', message: 'larger than allowed' }]);
  });
});

describe('a report on the terminal', () => {
  it('is one line when nothing is new', () => {
    expect(describeReport(quiet, 'en')).toEqual(['intro-python: nothing is new.']);
    expect(describeReport(quiet, 'de')).toEqual(['intro-python: Es gibt nichts Neues.']);
  });

  it('counts what came, tells what may need a look, and says what can be done', () => {
    expect(describeReport(busy, 'en')).toEqual([
      'intro-python: not everything worked. Your work is safe, try again.',
      '1 new, 1 merged, 1 with the course’s version beside, 1 not possible.',
      `  week1/lab1.py: ${describeNotice(merged, 'en')}`,
      '    lines 12 to 14: the course wanted “print("hi") ⏎ return 1”, you have “print("hello")”',
      '    cell a1b2: the course wanted nothing, you have “x = 1”',
      `  plot.png: ${describeNotice(copied, 'en')}`,
      '    beside it: plot.course.png',
      `  notes.md: ${describeNotice(skipped, 'en')}`,
      'To take the course’s version: f2git take FILE',
      "To take all of this back: f2git undo '/home/anna/intro python'",
      'Start here: /home/anna/intro python/week1/lab1.py',
    ]);
  });

  it('names the file to take when there is one', () => {
    const lines = describeReport({ ...busy, outcome: 'updated', notices: [copied] }, 'de');
    expect(lines).toContain("Die Fassung des Kurses nehmen: f2git take '/home/anna/intro python/plot.png'");
  });

  it('says when the source did not answer, and since when', () => {
    const problems = [{ path: '', code: 'source-unreachable', message: 'Nobody answers.' }];
    const source = { ...quiet.source, state: 'unreachable' as const, problems };
    const lines = describeReport({ ...quiet, outcome: 'stale', source }, 'en');
    expect(lines[0]).toMatch(/not answering.*\(\d{1,2} Nov 2026, \d\d:00\).*Your work is safe/);
    expect(lines.slice(1)).toEqual(['  Nobody answers.']);
  });

  it('does not say so of an answer that cannot be used', () => {
    const problems = [{ path: '', code: 'source-truncated', message: 'The archive was cut off.' }];
    const source = { ...quiet.source, state: 'unreachable' as const, problems };
    const lines = describeReport({ ...quiet, outcome: 'stale', source }, 'en');
    expect(lines[0]).toMatch(/could not be read.*\(\d{1,2} Nov 2026, \d\d:00\).*Your work is safe/);
    expect(lines[0]).not.toMatch(/answering/);
    expect(lines.slice(1)).toEqual(['  The archive was cut off.']);
    const restored: Notice = { path: relPathOf('a.txt'), action: 'restored', rule: '5' };
    const changed = describeReport({ ...quiet, outcome: 'stale', source, notices: [restored] }, 'en');
    expect(changed.slice(1, 3)).toEqual(['  The archive was cut off.', '1 back again.']);
  });

  it('lists at most 20 files and counts the rest', () => {
    const notices = Array.from({ length: 25 }, (_, index) => ({ ...skipped, path: relPathOf(`f${index}`) }));
    const lines = describeReport({ ...busy, notices }, 'en');
    expect(lines.filter((line) => line.startsWith('  f'))).toHaveLength(20);
    expect(lines).toContain("  and 5 more files; to see all: f2git status '/home/anna/intro python'");
  });

  it('says once what happened to many files, and names some', () => {
    const held = Array.from({ length: 7 }, (_, index): Notice => ({
      path: relPathOf(`f${index}`),
      action: 'held',
      rule: '1',
    }));
    expect(describeReport({ ...quiet, notices: held }, 'en')).toEqual([
      'intro-python: your files stay as they are for now.',
      '7 held.',
      expect.stringMatching(
        /^ {2}7 files are missing in the course\. That may be a mistake, so they are taken from nobody/,
      ),
      '    f0, f1, f2, f3, f4 and 2 more',
    ]);
  });

  it('does not say that nothing is new where the course wanted something and the student’s version stayed', () => {
    const kept: Notice = { ...merged, action: 'kept' };
    expect(describeReport({ ...quiet, notices: [kept] }, 'en').slice(0, 2)).toEqual([
      'intro-python: your version stayed where the course wanted something else.',
      '1 left as yours.',
    ]);
  });

  it('says of a course without files that there are none, not that nothing is new', () => {
    expect(describeReport({ ...quiet, empty: true }, 'en')).toEqual([
      'intro-python: there are no files in it for you yet. If you expected some, check the address or ask those who ' +
        'look after the course.',
    ]);
  });

  it('says how many files stay without the course’s version because they were taken back, and where to see them', () => {
    expect(describeReport({ ...quiet, refused: 3 }, 'en')).toEqual([
      'intro-python: nothing is new.',
      'Without the course’s version until it changes, because you took it back: 3. To see which: f2git status ' +
        "'/home/anna/intro python'",
    ]);
    expect(describeReport({ ...quiet, kind: 'undo', refused: 3 }, 'en')).toHaveLength(1);
  });

  it('says of an undo that it was one, and how it is taken back', () => {
    const files = (action: FileAction, count: number): readonly Notice[] =>
      Array.from({ length: count }, (_, index) => ({ path: relPathOf(`${action}${index}`), action, rule: 'pin' }));
    const notices = [...files('removed', 300), ...files('restored', 1)];
    const undoes = parseRunId('20261101T080000Z-1a2b3c4d')!;
    const undone = { ...quiet, kind: 'undo', outcome: 'updated', undoes, notices } as const;
    expect(describeReport(undone, 'en')).toEqual([
      `intro-python: taken back (run ${undoes}). It stays like this until the course has something new.`,
      '1 back again, 300 removed.',
      '  restored0: The earlier version is back.',
      '  300 files are gone again:',
      '    removed0, removed1, removed10, removed100, removed101 and 295 more',
      `To bring it back after all: f2git undo '/home/anna/intro python' ${run}`,
    ]);
    const kept = { ...undone, outcome: 'unchanged', notices: files('kept', 1) } as const;
    expect(describeReport(kept, 'en')).toEqual([
      `intro-python: nothing of it could be taken back (run ${undoes}); all of it has changed since and stays as it is.`,
      '1 left as yours.',
      '  kept0: It has changed since, so it stays as it is.',
    ]);
    expect(describeReport(kept, 'de')[0]).toMatch(/Davon ließ sich nichts zurücknehmen/);
    expect(describeReport({ ...undone, outcome: 'unchanged', notices: [] }, 'de')).toEqual([
      `intro-python: Der Vorgang ${undoes} ist schon zurückgenommen; es war nichts mehr zu tun.`,
    ]);
  });

  it('does not say of a renamed file that the student had changed it', () => {
    const renamed: Notice = { path: relPathOf('b'), from: relPathOf('a'), action: 'renamed', rule: 'rename' };
    expect(describeNotice(renamed, 'en')).toBe('The course renamed or moved it; anything you changed came along.');
  });

  it('says of a held file nothing of others, which a course of one file does not have', () => {
    const held: Notice = { path: relPathOf('a.txt'), action: 'held', rule: '1' };
    expect(describeNotice(held, 'en')).toMatch(/^This file is missing in the course, and with it most or all of what/);
    for (const language of ['de', 'en'] as const) expect(describeNotice(held, language)).not.toMatch(/other|andere/);
  });

  it('says of a take what is in place now, not what the course did', () => {
    const taken: Notice = { path: relPathOf('a.txt'), action: 'updated', rule: 'pin' };
    const report = { ...quiet, kind: 'take', outcome: 'updated', notices: [taken] } as const;
    expect(describeNotice(taken, 'de')).toBe('Jetzt ist es die Fassung des Kurses.');
    expect(describeReport(report, 'en')[0]).toMatch(/the version you wanted is in place/);
    expect(describeReport({ ...report, outcome: 'unchanged', notices: [] }, 'en')[0]).toMatch(/in place already/);
  });

  it('shows no control characters of a file', () => {
    const evil: Notice = { ...merged, declined: [{ course: '\u001b[2Jgone', yours: 'x'.repeat(500) }] };
    const text = describeReport({ ...busy, notices: [evil] }, 'en').join('\n');
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).toContain(`“${'x'.repeat(59)}…”`);
  });
});

describe('the sentences about files', () => {
  const all = { ...noticeSentences, ...countSentences, ...reportSentences };

  it.each(Object.entries(all))('%s: both languages show the same parameters', (_, { de, en }) => {
    expect([...placeholdersOf(en)].sort()).toEqual([...placeholdersOf(de)].sort());
  });

  it.each(Object.entries(groupSentences))('%s of many: both languages count', (_, sentence) => {
    for (const language of languages) expect(placeholdersOf(sentence[language])).toEqual(['count']);
  });

  const actions: readonly FileAction[] = [
    'added',
    'updated',
    'merged',
    'kept',
    'restored',
    'removed',
    'renamed',
    'copied',
    'skipped',
    'held',
  ];
  const place = { course: 'a', yours: 'b' };
  it.each(actions)('%s: every notice is said in whole words, whatever it carries', (action) => {
    const path = relPathOf('a');
    const notices: Notice[] = [
      { path, action, rule: '11' },
      { path, action, rule: '13', from: relPathOf('b'), copy: relPathOf('c') },
      { path, action, rule: '15', declined: [place] },
      { path, action, rule: '14', declined: [place, place] },
      { path, action, rule: '1', code: 'source-forbidden', detail: 'HTTP 403' },
      { path, action, rule: '1', code: 'of-another-version' },
      { path, action, rule: 'pin' },
      { path, action, rule: 'pin', copy: relPathOf('c') },
    ];
    for (const language of languages) {
      for (const notice of notices) expect(describeNotice(notice, language)).toMatch(/^\p{Lu}[^{}[\]]*\.$/su);
    }
  });

  it('says why a file was skipped', () => {
    expect(describeNotice(skipped, 'en')).toMatch(/^Your file cannot be read\./);
    const unknown: Notice = { ...skipped, code: 'of-another-version', detail: 'why not' };
    expect(describeNotice(unknown, 'en')).toMatch(/just now: why not\. What is there stays as it is/);
  });
});
