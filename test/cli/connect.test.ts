/** Signing the built program in by the browser: `f2git connect`, with the person's part done over HTTP or by pasting. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, type OAuthServer, startOAuthServer } from '../support/oauth-server.ts';
import { connect, freeRedirect } from './connecting.ts';
import { scratch, type Scratch } from './support.ts';

let platform: OAuthServer;
let place: Scratch;

beforeEach(async () => {
  platform = await startOAuthServer('studip');
  place = scratch();
  const redirect = await freeRedirect();
  writeFileSync(join(place.folder, 'secret'), CLIENT_SECRET, { mode: 0o600 });
  const oauth = `{ client_id: ${CLIENT_ID}, client_secret_file: secret, token_file: keys/token, redirect_url: "${redirect}" }`;
  const source = `studip+${platform.origin}/dispatch.php/course/files?cid=${'0'.repeat(32)}`;
  writeFileSync(
    join(place.folder, 'f2git.yaml'),
    [
      'homes: ./homes/{user}',
      'auth: none',
      'courses:',
      '  python:',
      `    source: ${source}`,
      '    allow_private_addresses: true',
      '    credentials:',
      `      oauth: ${oauth}`,
    ].join('\n'),
  );
});
afterEach(async () => {
  place.remove();
  await platform.stop();
});

const tokens = (): string => join(place.folder, 'keys/token');

describe('f2git connect', () => {
  it.each<[string, (address: string, paste: (line: string) => void) => unknown]>([
    ['the browser of this machine', (address) => fetch(platform.desk.agree(address))],
    [
      'an address pasted from another one',
      (address, paste) => {
        paste('https://studip.example.org/dispatch.php/start');
        paste(platform.desk.agree(address));
      },
    ],
  ])('signs in by %s', async (_how, person) => {
    const { exit, stderr } = await connect(place.folder, 'python', person);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('f2git is signed in for "python"')]);
    expect(statSync(tokens()).mode & 0o777).toBe(0o600);
    const { access_token: access } = JSON.parse(readFileSync(tokens(), 'utf8')) as { access_token: string };
    expect(platform.desk.isValid(access)).toBe(true);
    for (const secret of [access, CLIENT_SECRET]) expect(stderr).not.toContain(secret);
  });

  it('says so when the person does not agree, and keeps nothing', async () => {
    const { exit, stderr } = await connect(place.folder, 'python', (address) =>
      fetch(platform.desk.agree(address, 'no')),
    );
    expect([exit, stderr]).toEqual([3, expect.stringContaining('the platform or its user said no')]);
    expect(existsSync(tokens())).toBe(false);
    expect(platform.desk.asked).toEqual([]);
  });
});
