/** Clients that are wrong on purpose: the judge of the table must say so, and say what is wrong. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ListedEntry } from '../../../src/sources/source.ts';
import { costsOf, usualCosts } from './costs.ts';
import * as mutants from './mutants.ts';
import type { Mutant } from './mutants.ts';
import type { Answer, Fault } from './proxy.ts';
import { subjects } from './subjects.ts';
import { wireFaults } from './wire-faults.ts';
import { World } from './world.ts';

const broken: Answer = { status: 500, headers: {}, body: Buffer.alloc(0) };

describe('the judge of the table', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(subjects['webdav']!);
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    world.mutant = {};
    world.costs = usualCosts(world.subject.type);
  });

  const breaking =
    (place: 'lists' | 'content'): Fault =>
    (passing) =>
      world.isContent(passing) === (place === 'content') ? broken : undefined;

  /** The content of files meets the fault of this id. */
  const content = (id: string): Fault => {
    const fault = wireFaults.find((one) => one.id === id);
    if (fault === undefined) throw new Error(`no such fault: ${id}`);
    return (passing) => (world.isContent(passing) ? fault.apply(passing, world.around) : undefined);
  };

  const addressOf = ({ segments }: ListedEntry): string =>
    `${String(world.attacked.raw['url'])
      .replace(/^webdav\+/, '')
      .replace(/\/?$/, '/')}${segments.map(encodeURIComponent).join('/')}`;

  /** What is wrong with the true client, which must be nothing, and then with the mutant. */
  async function wrongWith(mutant: Mutant, refresh: () => Promise<readonly string[]>): Promise<readonly string[]> {
    expect(await refresh()).toEqual([]);
    world.mutant = mutant;
    try {
      return await refresh();
    } finally {
      world.mutant = {};
    }
  }

  it.each([
    ['lists', 'listing'],
    ['content', 'content'],
  ] as const)('sees when %s are asked for without bound', async (place, purpose) => {
    world.costs = costsOf('webdav', 'Statuses', place);
    const wrong = await wrongWith(mutants.endless(purpose), () => world.firstDownload(breaking(place)));
    expect(wrong).toEqual([expect.stringMatching(/^first download: \d+ requests, where \d+ are allowed$/)]);
  });

  it.each([
    ['half a content', 'cut-at-length'],
    ['a form to sign in', 'html-login'],
  ])('sees when %s is taken for the content', async (_, id) => {
    const wrong = await wrongWith(mutants.believing(addressOf), () => world.firstDownload(content(id)));
    for (const said of [
      'a content that never was: ',
      'offers other bytes at a.txt',
      'other bytes in the home at a.txt',
    ])
      expect(wrong).toContainEqual(expect.stringContaining(said));
    expect(wrong.filter((text) => !/a content that never was|other bytes/.test(text))).toEqual([]);
  });

  it('sees when what a list did not show is taken for deleted', async () => {
    const weekFails: Fault = ({ path }) => (path.endsWith('/week1/') ? broken : undefined);
    const wrong = await wrongWith(mutants.forgetful, () => world.known(weekFails));
    expect(wrong).toContainEqual('course known before: takes week1/b.txt away');
    expect(wrong).toContainEqual('course known before: week1/b.txt is gone from the home');
    expect(wrong.filter((text) => !/week1\/.* (away|gone from the home)$|takes week1\//.test(text))).toEqual([]);
  });

  it('sees no deletion where a whole course seems empty: the brake holds it, whoever believes it', async () => {
    expect(await wrongWith(mutants.emptied, () => world.known(breaking('lists')))).toEqual([]);
  });

  it.each([
    ['until it is stopped', mutants.patient],
    ['even when it is stopped', mutants.deaf(2500)],
  ])('sees when a refresh hangs %s', async (_, mutant) => {
    const refresh = () => world.firstDownload(undefined);
    expect(await refresh()).toEqual([]);
    world.patience = 700;
    world.mutant = mutant;
    try {
      expect(await refresh()).toEqual(['first download: it hangs']);
    } finally {
      world.patience = 20_000;
    }
  });

  it('sees a secret in an error', async () => {
    const wrong = await wrongWith(mutants.talkative('list'), () => world.firstDownload(breaking('lists')));
    expect(wrong).toEqual(['first download: a secret in the error']);
  });

  it('sees a secret in what is said of one file', async () => {
    const wrong = await wrongWith(mutants.talkative('fetch'), () => world.known(breaking('content')));
    expect(wrong).toContain('course known before: a secret in the offer');
    expect(wrong.filter((text) => !text.endsWith('a secret in the offer'))).toEqual([]);
  });

  it('sees a secret in a log', async () => {
    const wrong = await wrongWith(mutants.logging, () => world.firstDownload(undefined));
    expect(wrong).toEqual(['first download: a secret in the log']);
  });

  it('sees when a redirect is followed with the password', async () => {
    const away: Fault = ({ path }) => ({
      status: 302,
      headers: { location: `${world.around.elsewhere}${path}` },
      body: Buffer.alloc(0),
    });
    world.costs = costsOf('webdav', 'Redirects', 'lists');
    const wrong = await wrongWith(mutants.trusting, () => world.firstDownload(away));
    expect(new Set(wrong)).toEqual(new Set(['first download: a secret in a request to another server']));
  });
});
