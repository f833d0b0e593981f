/** The page that shows what was tried at whom. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { httpLimits } from '../../../src/sources/http-limits.ts';
import { placesAt, placesOfAll, type Row, rows } from './cells.ts';
import { costsOf } from './costs.ts';
import { type Subject, subjects } from './subjects.ts';

const page = new URL('../../../docs/hostile-sources.md', import.meta.url);
const columns = Object.values(subjects).filter(({ isVariant }) => isVariant !== true);

describe('docs/hostile-sources.md', () => {
  it('is the table of the tests; F2GIT_WRITE_DOCS=1 writes it', () => {
    const expected = hostilePage();
    if (process.env['F2GIT_WRITE_DOCS'] === '1') writeFileSync(page, expected);
    expect(readFileSync(page, 'utf8')).toBe(expected);
  });

  it('has a reason for every cell that cannot be', () => {
    for (const row of rows) {
      for (const subject of columns) {
        if (placesAt(row, subject).length === 0) expect(reasonOf(row, subject)).toMatch(/\w+ \w+/);
      }
    }
  });
});

function reasonOf(row: Row, subject: Subject): string {
  return row.whyNot(subject) ?? row.places.map((place) => subject.impossible[place]).join('; ');
}

/** The letters of the places where it strikes; a number of a reason where it cannot. */
function cell(row: Row, subject: Subject, reasons: string[]): string {
  const places = placesAt(row, subject);
  if (places.length > 0)
    return placesOfAll
      .filter((place) => places.includes(place))
      .map((place) => LETTERS[place])
      .join('');
  const reason = reasonOf(row, subject);
  if (!reasons.includes(reason)) reasons.push(reason);
  return `(${String(reasons.indexOf(reason) + 1)})`;
}

const LETTERS = { lists: 'A', late: 'L', content: 'C' } as const;

function hostilePage(): string {
  const reasons: string[] = [];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const lines = rows
      .filter((row) => row.group === group)
      .map((row) => `| ${[row.title, ...columns.map((subject) => cell(row, subject, reasons))].join(' | ')} |`);
    const head = ['What it does', ...columns.map(({ name }) => name)];
    return `## ${group}\n\n| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}\n${lines.join('\n')}\n`;
  });
  return `<!-- Written by test/sources/hostile/docs.test.ts -->

<!-- prettier-ignore-start -->

# What a hostile platform cannot do

Between f2git and a true server of each kind stands one that lies, breaks off, loops or stalls in ${String(rows.length)} ways. Whatever it does:

- no file is taken from a home because of it; where nobody could tell, it comes back with the next true list
- no byte is delivered that was never the content of that file: nothing cut, no page to sign in, nothing of another file
- the refresh ends by its own deadlines, and says what happened in words; it asks for a list ${String(costsOf('webdav', '', 'lists').list)} times at most and for a content ${String(costsOf('webdav', '', 'content').content)} times, or follows ${String(httpLimits.redirects)} redirects, and asks
  what became of each thing that is no longer listed (costs.ts; rclone repeats by itself, as often as it is told)
- no password and no token is in an error, in an offer, in a log, in a request to another server or on a disk
- the next refresh with nothing wrong has the whole course again

That whoever is wrong in one of these would be found, judge.test.ts shows with clients that are.

\`A\`: every list answers so. \`L\`: only the last lists of a refresh do. \`C\`: the contents of files do. A number: it cannot
be there, for the reason below. A folder of this machine has no server: folder.test.ts makes its disk fail at each
operation (an error, a name that vanishes, a read that is short or ends early, a file that is written to meanwhile). rclone stands for itself as a WebDAV remote: it reads
alone what did not come when many files were copied, so that twice as many requests are borne, and what it leaves
out of a list without a word (an item without an address or a status, a name with an entity that is none) nobody can tell.
\`npm test\` runs each fault at each source in one of its places, once for the first download or once for a course that is
known and in a home (at rclone every fourth fault); \`F2GIT_RUNS=2 npm test\` runs all, in all places, both times,
and Canvas as a student, Moodle and Stud.IP as staff besides.
A fault that changed no answer fails its test; only lost connections come by chance.

Beyond the table: over TLS an expired certificate, one of tomorrow, of another host or of nobody, a handshake that breaks
off, and a body that ends below TLS without a word (tls.test.ts); a refusal, a form or a closed connection from any request of a refresh on
(test/sources/hostile/matrix.ts); over 2,000 names through every source into a repository that real git checks, and
into a home with nothing written beside it (names.test.ts); over 150 spellings of addresses inside, asked directly, by
redirect, by a chain of redirects, in lists and behind names that change their address (addresses.test.ts): nothing
connects. rclone follows redirects by itself, and Go signs in again at another port of the same host: it goes through a proxy of
ours that judges each (guarding-proxy.test.ts, fixed-servers.test.ts, and rclone/guard.test.ts with Debian's version and a
current one, which alone asks a proxy for loopback as well).

Memory is measured at the built program (cli/bombs.test.ts, cli/platform-bombs.test.ts): answers that unpack to 256 MB, lists, pages,
texts, elements, brackets and headers without end take it to 280 MB at most, where 300 are allowed; Node alone takes 50.
Each course has five folders there, as many as are read at once and more.

${tables.join('\n')}
## Why not

${reasons.map((reason, at) => `${String(at + 1)}. ${reason}`).join('\n')}

<!-- prettier-ignore-end -->
`;
}
