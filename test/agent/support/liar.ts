/** What a student could put in the place of the agent's process: speaks the same language, and lies. */
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Work } from '../../../src/agent/carry-out.ts';
import { limitsFor, writeFrame } from '../../../src/agent/frames.ts';
import { createPeer, type Peer } from '../../../src/agent/peer.ts';
import type { PlacingOrder } from '../../../src/agent/placing.ts';

/** The id of the content `solution\n`. */
const SOLUTION = 'a4bd26d83444e4b615412e4593e962b81edbbf00';

/** Fits into an answer, and takes hundreds of megabytes once it is read. */
const LARGE = Array.from({ length: LIE.startsWith('answers with seven million') ? 7_000_000 : 0 }, () => ({}));

/** Two megabytes that have the shape of a report. */
const MANY = Array.from({ length: LIE === 'answers with a large report' ? 40_000 : 0 }, (_, n) => ({
  path: `d/${n}`,
  action: 'kept',
  rule: '10',
}));

/** Set by whoever builds this. */
declare const LIE: string;

const stream = new Socket({ fd: 3, readable: true, writable: true });
const order = (args: unknown): PlacingOrder & { readonly job: Work } => args as PlacingOrder & { readonly job: Work };

const lies: Readonly<Record<string, (args: unknown, peer: Peer) => unknown>> = {
  'says nothing': () => new Promise(() => undefined),
  'shows that it is there': (_args, peer) => {
    setInterval(() => peer.note('alive', null), 50);
    return new Promise(() => undefined);
  },
  'ends at once': () => process.exit(0),
  'ends with a message': () => {
    process.stderr.write(`${'x'.repeat(5000)}\nlast words\n`);
    process.exit(3);
  },
  'sends a huge frame': () => {
    stream.write(Buffer.from([1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]));
    return new Promise(() => undefined);
  },
  'sends noise': () => {
    stream.write(Buffer.alloc(100_000, 0x2f));
    return new Promise(() => undefined);
  },
  'answers with 40 MB': () => 'x'.repeat(40 * 1024 * 1024),
  'answers with seven million notices of nothing': (args) => report(args, { notices: LARGE }),
  'answers with a large report': (args) => report(args, { notices: MANY }),
  'answers with no report': () => ({ all: 'fine' }),
  'answers for another run': (args) => report(args, { run: '20260101T000000Z-00000000' }),
  'answers for another course': (args) => report(args, { course: 'other' }),
  'reports a path that leads away': (args) =>
    report(args, { notices: [{ path: '../../b/x', action: 'added', rule: '4' }] }),
  'opens a path that leads away': (args) => report(args, { open: '../../../etc/passwd' }),
  'reports what it has no word for': (args) => report(args, { notices: [{ path: 'a', action: 'hacked', rule: '4' }] }),
  'names another student’s folder': (args) => report(args, { workspace: '/home/somebody/intro' }),
  'fails as nobody can': () => fail('login-needed', {}),
  'fails with a novel': () => fail('disk-full', { path: 'x'.repeat(10_000) }),
  'fails with a code of its own': () => fail('<script>', {}),
  'asks too much at once': (_args, peer) => {
    for (let n = 0; n < 200; n++) void peer.call('blob', { oid: 'f'.repeat(40) }).catch(() => undefined);
    return new Promise(() => undefined);
  },
  'chatters without end': () => {
    const body = Buffer.from('{"name":"alive","value":null}');
    const chatter = Buffer.concat(
      Array.from({ length: 1000 }, () => writeFrame({ kind: 'note', call: 0, body })).flat(),
    );
    const talk = (): void => {
      if (stream.write(chatter)) setImmediate(talk);
      else stream.once('drain', talk);
    };
    talk();
    return new Promise(() => undefined);
  },
  'asks for what is not its': async (args, peer) => {
    const asked = (method: string, wanted: unknown): Promise<string> =>
      peer.call(method, wanted).then(
        () => 'got it',
        (error: unknown) => (error as { code: string }).code,
      );
    const { job } = order(args);
    const answers = [
      await asked('blob', { oid: SOLUTION }),
      await asked('blob', { oid: '../../secret' }),
      await asked('blob', { oid: ['x'] }),
      await asked('run', { person: 'root' }),
      await asked('blob', { oid: job.offer.files[0]?.oid }),
    ];
    writeFileSync(`${order(args).home}/answers.json`, JSON.stringify(answers));
    return report(args, {});
  },
};

const peer = createPeer(stream, {
  side: 'agent',
  limits: limitsFor({ call: 512 * 1024 * 1024, answer: 512 * 1024 * 1024 }),
  answer: async ({ args }) => ({ value: await lies[LIE]?.(args, peer) }),
});

function report(args: unknown, change: object): unknown {
  const { run, course, offer, workspace } = order(args).job;
  const now = new Date().toISOString();
  const facts = { f2git: 1, kind: 'sync', run, course, workspace, base: null, head: offer.head, outcome: 'updated' };
  return { ...facts, source: offer.source, notices: [], started: now, finished: now, ...change };
}

function fail(code: string, params: object): Promise<never> {
  const body = Buffer.from(JSON.stringify({ code, params, stack: 'here' }));
  for (const part of writeFrame({ kind: 'failed', call: 1, body })) stream.write(part);
  return new Promise(() => undefined);
}
