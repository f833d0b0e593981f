/** Where the server cannot listen, and what is said of it. */
import { expect, it } from 'vitest';
import { asF2gitError } from '../../src/errors.ts';
import { describeError } from '../../src/messages/errors.ts';
import { listen } from '../../src/web/http-server.ts';

it('names an address that is none of this machine, in German as well', async () => {
  // TEST-NET-1: nobody has it (RFC 5737)
  const error = await listen({ kind: 'tcp', host: '192.0.2.1', port: 8484 }, () => undefined).catch(asF2gitError);
  if (!(error instanceof Error)) throw new Error('it listens');
  expect(error.params).toEqual({ key: 'listen', detail: '192.0.2.1:8484 is no address of this machine' });
  expect(describeError(error, 'de')).toContain('192.0.2.1:8484 ist keine Adresse dieses Rechners');
});
