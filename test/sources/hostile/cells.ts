/** The table: every fault, where it can strike, and at whom. The tests run it and the docs show it. */
import { MAX_DEPTH } from '../../../src/core/paths.ts';
import { type ListFault, listFaults } from './list-faults.ts';
import type { Answer, Fault, Passing } from './proxy.ts';
import type { Subject } from './subjects.ts';
import { type WireFault, wireFaults } from './wire-faults.ts';
import { CHANGING, type World } from './world.ts';

/** Which answers a fault changes: all lists, the last lists of a refresh, or the content of files. */
export type Place = 'lists' | 'late' | 'content';
export const placesOfAll: readonly Place[] = ['lists', 'late', 'content'];

/** One row of the table. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly places: readonly Place[];
  readonly limits?: WireFault['limits'];
  /** Files that may seem to be gone at this subject, without anybody being able to tell. */
  readonly mayLose?: (subject: Subject) => readonly string[];
  /** Requests it may cost beyond the usual. */
  readonly moreRequests?: number;
  /** Why it cannot be at this subject; undefined where it can. */
  readonly whyNot: (subject: Subject) => string | undefined;
  /** The fault for one refresh. `count` says how many requests for lists the refresh sends when nothing is wrong. */
  readonly fault: (world: World, place: Place, count: number) => Fault;
}

export const rows: readonly Row[] = [
  ...wireFaults.map(wireRow),
  ...listFaults.map(listRow),
  ...pageRows(),
  ...versionRows(),
];

/** Where a row strikes this subject; empty when it cannot, for the reason `whyNot` gives. */
export function placesAt(row: Row, subject: Subject): readonly Place[] {
  if (row.whyNot(subject) !== undefined) return [];
  return row.places.filter((place) => subject.impossible[place] === undefined);
}

function wireRow({ id, title, group, times, limits, apply }: WireFault): Row {
  return {
    ...{ id, title, group, places: placesOfAll },
    ...(limits === undefined ? {} : { limits }),
    // A name whose bytes are no text is another name.
    mayLose: () => (id === 'bad-utf-8' ? ['week1/b.txt'] : []),
    whyNot: ({ impossible }) => impossible[id],
    fault: (world, place, count) => {
      let left = times ?? Infinity;
      return at(world, place, count, (passing) => {
        if (left <= 0) return undefined;
        left -= 1;
        return apply(passing, world.around);
      });
    },
  };
}

/** Lets `fault` change what is sent from `place` alone. */
function at(world: World, place: Place, count: number, fault: Fault): Fault {
  let lists = 0;
  return (passing) => {
    const isContent = world.isContent(passing);
    if (!isContent) lists += 1;
    const isThere = place === 'content' ? isContent : !isContent && (place === 'lists' || lists >= count);
    return isThere ? fault(passing) : undefined;
  };
}

function listRow({ id, title, group, format, hides = [], hidesNew, apply }: ListFault): Row {
  return {
    ...{ id, title, group, places: ['lists'] },
    mayLose: ({ tellsGone, overlooks }) => {
      if (tellsGone === 'nothing') return [...hides, ...(overlooks?.[id] ?? [])];
      return tellsGone === 'unless replaced' && hidesNew === true ? CHANGING : [];
    },
    // Each folder of the course has one in it, down to the last depth.
    ...(id === 'folders-in-a-circle' ? { moreRequests: 4 * MAX_DEPTH } : {}),
    whyNot: ({ dialect, impossible }) => {
      if (impossible[id] !== undefined || impossible['lists-as-text'] !== undefined)
        return impossible[id] ?? impossible['lists-as-text'];
      if (dialect === undefined) return 'no lists as text';
      if (format !== undefined && format !== dialect.format)
        return `it speaks ${dialect.format === 'xml' ? 'XML' : 'JSON'}`;
      return id === 'folders-in-a-circle' && dialect.circle === undefined
        ? 'its sections and activities do not lie in each other'
        : undefined;
    },
    fault: (world) => {
      const { dialect } = world.subject;
      if (dialect === undefined) throw new Error('a list fault without lists');
      world.attacked.proxy.reroute = dialect.reroute ?? ((path) => path);
      return (passing) => (world.isContent(passing) ? undefined : apply(passing, dialect));
    },
  };
}

/** Lists that come in pages: Canvas says where the next one is, Stud.IP how many files there are. */
function pageRows(): readonly Row[] {
  const linked = (change: (passing: Passing, next: string, world: World) => string | Answer): Row['fault'] => {
    return (world) => (passing) => {
      const link = String(passing.answer.headers['link'] ?? '');
      const next = /<([^>]*)>; rel="next"/.exec(link)?.[1];
      const own = /<([^>]*)>; rel="current"/.exec(link)?.[1];
      if (own === undefined) return undefined;
      const changed = change(passing, next ?? own, world);
      if (typeof changed !== 'string') return changed;
      return {
        ...passing.answer,
        headers: { ...passing.answer.headers, link: `<${own}>; rel="current",<${changed}>; rel="next"` },
      };
    };
  };
  const totalled =
    (total: string): Row['fault'] =>
    () =>
    ({ answer }) => {
      const text = answer.body.toString().replace(/"total":\d+/, `"total":${total}`);
      return { ...answer, body: Buffer.from(text) };
    };
  let serial = 0;
  const byLink: readonly (readonly [string, string, Row['fault']])[] = [
    [
      'pages-loop',
      'the next page is this one',
      linked(({ path }, _next, { attacked }) => `${attacked.proxy.origin}${path}`),
    ],
    [
      'pages-elsewhere',
      'the next page is at another server',
      linked((_passing, _next, { around }) => `${around.elsewhere}/api/v1/x`),
    ],
    [
      'pages-without-end',
      'empty pages without end',
      linked(
        ({ path }, _next, { attacked }) =>
          `${attacked.proxy.origin}${path.replace(/&page=[^&]*/, '')}&page=bookmark:${String(900 + (serial += 1))}`,
      ),
    ],
    [
      'pages-repeat',
      'the first page again and again, under new addresses',
      linked(
        ({ path }, _next, { attacked }) =>
          `${attacked.proxy.origin}${path.replace(/[&?](page|x)=[^&]*/g, '')}&x=${String((serial += 1))}`,
      ),
    ],
    ['pages-broken', 'a next page that is no address', linked(() => 'http://[')],
  ];
  const byTotal: readonly (readonly [string, string, Row['fault']])[] = [
    ['total-too-high', 'a total that is too high', totalled('1000000')],
    [
      'total-one-more',
      'a total that is one too high',
      () =>
        ({ answer }) => ({
          ...answer,
          body: Buffer.from(
            answer.body
              .toString()
              .replace(/"total":(\d+)/, (_all, total: string) => `"total":${String(Number(total) + 1)}`),
          ),
        }),
    ],
    ['total-too-low', 'a total of 0', totalled('0')],
    ['total-negative', 'a negative total', totalled('-1')],
    ['total-text', 'a total that is a text', totalled('"viele"')],
  ];
  const row =
    (type: Subject['type'], reason: string) =>
    ([id, title, fault]: readonly [string, string, Row['fault']]): Row => ({
      ...{ id, title, fault, group: 'Pages of lists', places: ['lists'] },
      whyNot: (subject) => (subject.type === type ? undefined : reason),
    });
  return [
    ...byLink.map(row('canvas', 'its lists have no links to pages')),
    ...byTotal.map(row('studip', 'its lists say no total')),
  ];
}

/** Caches in front of a platform that mix old and new. */
function versionRows(): readonly Row[] {
  const row = (id: string, title: string, places: readonly Place[], fault: Row['fault']): Row => ({
    ...{ id, title, places, fault, group: 'Lies about versions' },
    whyNot: ({ impossible }) => impossible[id],
  });
  return [
    row(
      'stale-lists',
      'lists of yesterday, content of today',
      ['lists'],
      (world) => (passing) => (world.isContent(passing) ? undefined : world.olderAnswer(passing)),
    ),
    row(
      'stale-content',
      'lists of today, content of yesterday',
      ['content'],
      (world) => (passing) => (world.isContent(passing) ? world.olderContent(passing) : undefined),
    ),
    row('stale-half', 'every other answer is of yesterday', ['lists'], (world) => {
      let differing = 0;
      return (passing) => {
        const older = world.olderAnswer(passing);
        if (older === undefined || older.body.equals(passing.answer.body)) return undefined;
        differing += 1;
        return differing % 2 === 1 ? older : undefined;
      };
    }),
    row('another-file', 'the content of another file', ['content'], (world) => (passing) => {
      if (!world.isContent(passing)) return undefined;
      return { ...passing.answer, body: world.contentOfOtherSize(passing.answer.body.length) };
    }),
  ];
}

/** A fault from the `k`-th request of a refresh on, whatever is asked for then. */
export function fromRequest(k: number, fault: WireFault, world: World): Fault {
  return (passing) => (passing.nth >= k ? fault.apply(passing, world.around) : undefined);
}
