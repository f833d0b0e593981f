/**
 * Our upload-pack beside git's own, over the same repository: for random histories and random requests the lines of the
 * negotiation are the same, letter by letter, and what comes in the pack is what the client lacks and nothing it may not
 * have. A mutant it kills: comparing commits newest first, which leaves out what a revert brought back.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createGitServer } from '../../src/git/git-server.ts';
import type { ServedRepository } from '../../src/repo/served-repository.ts';
import { FakeCourse, git, openCourse, temporaryFolder } from '../repo/support/course.ts';
import { bodyOf, readAnswer, type Said, type Wish } from './raw.ts';

const RUNS = Number(process.env['F2GIT_RUNS'] ?? 1);
const SEED = Number(process.env['F2GIT_SEED'] ?? 20261123);

/** Few names and contents, so that folders come back as they were, and files are the same in two places. */
const tree = fc.dictionary(
  fc.constantFrom('a', 'b', 'x/a', 'x/b', 'x/y/a', 'z/a', 'z/y/a'),
  fc.constantFrom('1', '2', 'own 1', 'own 2'),
  { maxKeys: 6 },
);

/** Versions of a course that come back: each is one of a few. */
const versions = fc
  .tuple(fc.array(tree, { minLength: 2, maxLength: 3 }), fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }))
  .map(([few, order]) => order.map((index) => few[index % few.length] ?? {}));

const request = fc.record({
  dialect: fc.constantFrom([], ['multi_ack'], ['multi_ack_detailed'], ['multi_ack_detailed', 'no-done']),
  band: fc.constantFrom([], ['side-band', 'no-progress'], ['side-band-64k', 'thin-pack', 'ofs-delta', 'no-progress']),
  /** How far behind the client is, from the newest; undefined: it has nothing. */
  at: fc.option(fc.nat(9), { nil: undefined }),
  /** How many of its commits it has with their parents; undefined: all. */
  deep: fc.option(fc.nat(3), { nil: undefined }),
  strangers: fc.nat(3),
  isMixed: fc.boolean(),
  deepen: fc.option(fc.constantFrom('1', '2', '3', '7', '2147483647'), { nil: undefined }),
  isRelative: fc.boolean(),
  end: fc.constantFrom<'done' | 'flush' | 'none'>('done', 'done', 'flush', 'none'),
});
type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

interface History {
  readonly gitDir: string;
  readonly repository: ServedRepository;
  /** Newest first. */
  readonly commits: readonly string[];
  /** The commit and all it holds, by commit. */
  readonly objects: ReadonlyMap<string, ReadonlySet<string>>;
}

it('talks as git does, and sends what is lacking', { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(
    versions,
    fc.array(request, { minLength: 8, maxLength: 8 }),
    async (trees, requests) => {
      const history = await historyOf(trees);
      for (const one of requests) await compare(one, history);
    },
  );
  await fc.assert(property, { numRuns: 12 * RUNS, seed: SEED });
});

async function compare(one: Request, history: History): Promise<void> {
  const { repository, gitDir, commits } = history;
  const wish = wishOf(one, history);
  const body = bodyOf(wish);
  const ours = await answerOf(body, repository);
  const theirs = spawnSync('git', ['upload-pack', '--stateless-rpc', gitDir], { input: body, maxBuffer: 1e8 });
  const expected = readAnswer(theirs.stdout);
  const context = JSON.stringify({ wish, commits });
  expect(talk(ours, one), context).toEqual(talk(expected, one));
  expect(ours.pack.length > 0, context).toBe(expected.pack.length > 0);
  if (ours.pack.length === 0) return;
  const sent = objectsIn(ours.pack);
  const has = clientObjects(wish, history);
  for (const object of neededBy(wish, ours, history)) {
    if (!has.has(object)) expect(sent.has(object), `${object} of ${context}`).toBe(true);
  }
  const allowed = new Set(commits.flatMap((commit) => [...(history.objects.get(commit) ?? [])]));
  for (const object of sent) expect(allowed.has(object)).toBe(true);
}

/**
 * What both say to each other. Flushes belong to how the pack is sent, which differs. In the oldest dialect one ACK is
 * said, to the first common commit (gitprotocol-pack); git says it again of commits it could have known about.
 */
function talk({ lines }: Said, { dialect }: Request): readonly string[] {
  const said = lines.filter((text) => /^(ACK|NAK|shallow|unshallow)/.test(text));
  const first = said.findIndex((text) => text.startsWith('ACK'));
  return dialect.length > 0 ? said : said.filter((text, index) => !text.startsWith('ACK') || index === first);
}

function wishOf(one: Request, { commits }: History): Wish {
  const known = one.at === undefined ? [] : commits.slice(one.at);
  const have = one.deep === undefined ? known : known.slice(0, one.deep + 1);
  const isCut = have.length > 0 && have.length < known.length;
  const strangers = Array.from({ length: one.strangers }, (_, index) =>
    String(index + 1)
      .repeat(40)
      .slice(0, 40),
  );
  const haves = one.isMixed ? [...have.slice(0, 1), ...strangers, ...have.slice(1)] : [...strangers, ...have];
  return {
    wants: commits.slice(0, 1),
    capabilities: [...one.dialect, ...one.band, ...(one.isRelative ? ['deepen-relative'] : [])],
    shallow: isCut ? have.slice(-1) : [],
    ...(one.deepen === undefined ? {} : { deepen: one.deepen }),
    haves: one.end === 'none' ? [] : haves,
    end: one.end,
  };
}

async function answerOf(body: Buffer, repository: ServedRepository): Promise<Said> {
  const uploadPack = createGitServer(() => new Date(0)).uploadPack(repository);
  const chunks: Uint8Array[] = [];
  for await (const chunk of uploadPack.answer(body, repository, new AbortController().signal)) chunks.push(chunk);
  return readAnswer(Buffer.concat(chunks));
}

/** All of the commits the client named, and of those before them that it has. */
function clientObjects({ haves = [], shallow = [] }: Wish, { commits, objects }: History): ReadonlySet<string> {
  const first = commits.findIndex((commit) => haves.includes(commit));
  const last = commits.findIndex((commit) => shallow.includes(commit));
  const known = first < 0 ? [] : commits.slice(first, last < 0 ? undefined : last + 1);
  return new Set(known.flatMap((commit) => [...(objects.get(commit) ?? [])]));
}

/** All that the client must have in the end: from what it wants to where its history ends now. */
function neededBy({ shallow = [] }: Wish, said: Said, { commits, objects }: History): ReadonlySet<string> {
  const isCut = new Set(shallow);
  for (const text of said.lines) {
    const [word = '', id = ''] = text.split(' ');
    if (word === 'shallow') isCut.add(id);
    if (word === 'unshallow') isCut.delete(id);
  }
  const end = commits.findIndex((commit) => isCut.has(commit));
  const needed = commits.slice(0, end < 0 ? undefined : end + 1);
  return new Set(needed.flatMap((commit) => [...(objects.get(commit) ?? [])]));
}

function objectsIn(pack: Buffer): ReadonlySet<string> {
  const path = join(temporaryFolder(), 'got.pack');
  writeFileSync(path, pack);
  git(temporaryFolder(), 'index-pack', path);
  const listed = spawnSync('git', ['show-index'], { input: readIndex(path) });
  return new Set(listed.stdout.toString().match(/(?<= )[0-9a-f]{40}/g) ?? []);
}

function readIndex(pack: string): Buffer {
  return readFileSync(pack.replace(/pack$/, 'idx'));
}

async function historyOf(trees: readonly Readonly<Record<string, string>>[]): Promise<History> {
  const course = new FakeCourse().set({ first: '0' });
  const opened = openCourse(course);
  await opened.refresh();
  for (const files of trees) {
    course.set(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replace('own', path)])));
    await opened.refresh();
    for (const { path } of opened.repository.held()) expect(path).not.toBe('');
    if (opened.repository.held().length > 0) await opened.repository.confirm();
  }
  const repository = opened.repository.served()!;
  const commits = git(opened.gitDir, 'rev-list', 'main').trimEnd().split('\n');
  const objects = new Map(
    commits.map((commit) => {
      const root = git(opened.gitDir, 'rev-parse', `${commit}^{tree}`).trim();
      const below = git(opened.gitDir, 'ls-tree', '-r', '-t', '--format=%(objectname)', commit).trimEnd();
      return [commit, new Set([commit, root, ...(below === '' ? [] : below.split('\n'))])] as const;
    }),
  );
  return { gitDir: opened.gitDir, repository, commits, objects };
}
