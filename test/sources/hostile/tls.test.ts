/** Secure connections that are none: wrong certificates, handshakes and bodies that break off, at every source over HTTP. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Certificate, Fault, Handshake } from './proxy.ts';
import { headOf } from './proxy.ts';
import { subjects } from './subjects.ts';
import { World } from './world.ts';

const certificates = JSON.parse(readFileSync('test/fixtures/http/certificates.json', 'utf8')) as Readonly<
  Record<'authority' | 'key' | 'good' | 'expired' | 'early' | 'otherHost' | 'selfSigned', string>
>;

const certificateOf = (cert: string): Certificate => ({ key: certificates.key, cert });
const good = { certificate: certificateOf(certificates.good), ca: certificates.authority };

const handshakes: Readonly<Record<string, Handshake>> = {
  'an expired certificate': certificateOf(certificates.expired),
  'a certificate that is not valid yet': certificateOf(certificates.early),
  'a certificate of another host': certificateOf(certificates.otherHost),
  'a self-signed certificate': certificateOf(certificates.selfSigned),
  'a handshake that breaks off': 'cut',
};

/** Ends the connection below TLS without a word (no close_notify), in the middle of a body whose length nobody said. */
const endsBelow: Fault = ({ answer }) => {
  const headers = { ...answer.headers, 'content-length': null, connection: 'close' };
  return (socket: Socket) => {
    const half = answer.body.subarray(0, answer.body.length >> 1);
    socket.write(Buffer.concat([headOf(answer.status, headers), half]), () => belowOf(socket).destroy());
  };
};

/** The TCP connection of a secure one: Node has no name for it that is not its own. */
function belowOf(socket: Socket): Socket {
  const { _parent: below } = socket as Socket & { readonly _parent?: Socket };
  if (below === undefined) throw new Error('not a secure connection');
  return below;
}

const names = ['webdav', 'zip', 'studip', 'ilias', 'ilias (SOAP)', 'canvas', 'moodle', 'git'];

describe.each(names)('%s over TLS', (name) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(subjects[name]!, good);
  });
  afterAll(() => world.stop());

  it.each(Object.keys(handshakes))('asks nothing after %s', async (what) => {
    let asked = 0;
    const handshake = handshakes[what];
    const fault: Fault = Object.assign(
      () => {
        asked += 1;
        return undefined;
      },
      handshake === undefined ? {} : { handshake },
    );
    expect([...(await world.firstDownload(fault)), ...(await world.known(fault))]).toEqual([]);
    expect(asked).toBe(0);
  });

  it.each(['lists', 'content'] as const)('believes no %s that end without a word', async (place) => {
    const fault: Fault = (passing) =>
      world.isContent(passing) === (place === 'content') && passing.answer.body.length > 1
        ? endsBelow(passing)
        : undefined;
    expect([...(await world.firstDownload(fault, {}, 2)), ...(await world.known(fault, {}, 2))]).toEqual([]);
  });
});
