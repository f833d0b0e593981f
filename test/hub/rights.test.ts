/** What the log of a server says of its hub: the one place for it where the hub gives f2git's token to nobody else. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HubConfig, StartServers } from '../../src/config/hub.ts';
import { Secret } from '../../src/core/secret.ts';
import { startNotingRights } from '../../src/hub/rights.ts';
import { until } from '../server/harness.ts';
import { startFakeHub, type FakeHub } from './fake-hub.ts';

let hub: FakeHub;
let noting: { stop(): Promise<void> } | undefined;
const lines: unknown[] = [];

beforeEach(async () => {
  hub = await startFakeHub('5.5.1');
  lines.length = 0;
});

afterEach(async () => {
  await noting?.stop();
  await hub.close();
});

function start(token: string, startServers: StartServers = 'again'): void {
  const config: HubConfig = {
    apiUrl: hub.apiUrl,
    token: new Secret(token),
    clientId: 'service-toy',
    redirectUri: '/services/toy/oauth_callback',
    address: '/hub/',
    accessScopes: [],
  };
  noting = startNotingRights(config, startServers, (...line) => lines.push(line), { tries: 2, pauseMs: 10 });
}

const first = (): Promise<unknown> => until(() => lines[0]);
const token = (...scopes: readonly string[]): string => hub.issueToken('service:toy', scopes);

test('the hub lets f2git do all that it can', async () => {
  start(token('read:users:groups', 'servers!group=python'));
  expect(await first()).toEqual(['info', 'known to the hub', { service: 'toy' }]);
});

test('a right is missing', async () => {
  start(token('read:users:groups'));
  expect(await first()).toEqual(['warn', 'known to the hub', { service: 'toy', missing: 'servers' }]);
});

test('what f2git was told not to do is not missing', async () => {
  start(token('read:users'), 'never');
  expect(await first()).toEqual(['warn', 'known to the hub', { service: 'toy', missing: 'read:users:groups' }]);
});

test('the hub takes the token for nobody’s', async () => {
  start('wrong');
  expect(await first()).toEqual(['warn', 'not known to the hub', {}]);
});

test('a hub that starts after f2git is waited for, and told once', async () => {
  const own = token('read:users:groups', 'servers');
  hub.isDown = true;
  start(own);
  await until(() => (hub.asked.length > 0 ? true : undefined));
  expect(lines).toEqual([]);
  hub.isDown = false;
  expect(await first()).toEqual(['info', 'known to the hub', { service: 'toy' }]);
});

test('a hub that never answers is told in the end', async () => {
  hub.isDown = true;
  start('any');
  expect(await first()).toEqual(['warn', 'hub does not answer', { code: 'hub-unreachable' }]);
});
