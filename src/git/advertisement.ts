/** What a client is shown first: references and abilities. https://git-scm.com/docs/gitprotocol-pack (Reference Discovery) */
import type { ServedRepository } from '../repo/served-repository.ts';
import { FLUSH, packet } from './pkt-line.ts';

/**
 * Only what is made use of. Nothing lets a client ask for objects that are not shown: no `allow-…-sha1-in-want`, no
 * `filter`. `thin-pack` and `ofs-delta` say what a client may expect; ours are whole objects, which every client takes.
 */
const ABILITIES = [
  'multi_ack',
  'multi_ack_detailed',
  'no-done',
  'thin-pack',
  'ofs-delta',
  'side-band',
  'side-band-64k',
  'shallow',
  'deepen-relative',
  'no-progress',
  'object-format=sha1',
] as const;

const SERVICE = Buffer.concat([packet('# service=git-upload-pack\n'), FLUSH]);

/** The answer to `GET info/refs?service=git-upload-pack`. `agent` names this program: `f2git/1.0`. */
export function advertisement({ head, refs }: ServedRepository, agent: string): Buffer {
  const abilities = [...ABILITIES, `symref=HEAD:${head.name}`, `agent=${agent}`].join(' ');
  return Buffer.concat([
    SERVICE,
    packet(`${head.oid} HEAD\0${abilities}\n`),
    ...refs.map(({ oid, name }) => packet(`${oid} ${name}\n`)),
    FLUSH,
  ]);
}

/** The answer instead of references: git shows the words to whoever runs it. */
export function refusedAdvertisement(words: string, service: 'git-upload-pack' | 'git-receive-pack'): Buffer {
  return Buffer.concat([packet(`# service=${service}\n`), FLUSH, refusal(words)]);
}

/** A packet that ends whatever the client was about to do. */
export function refusal(words: string): Buffer {
  return packet(`ERR ${words.replaceAll('\n', ' ').slice(0, 1000)}`);
}
