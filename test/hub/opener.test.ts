/** Where a click leads in the end, and the server that starts meanwhile. */
import { afterEach, describe, expect, test } from 'vitest';
import type { HubConfig } from '../../src/config/hub.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { Secret } from '../../src/core/secret.ts';
import { hubOpener } from '../../src/hub/opener.ts';
import type { OpenPlace, Workspace } from '../../src/web/ports.ts';
import { until } from '../server/harness.ts';
import { recording, versions } from './fake-hub.ts';
import { behindHub, PREFIX, type Behind } from './support.ts';

const anna = { name: 'anna', groups: [] };
const workspace: Workspace = {
  path: '/home/anna/intro',
  home: '/home/anna',
  folder: relPathOf('intro'),
  shown: '~/intro',
};

function target(place: Omit<OpenPlace, 'workspace'>, address = '/jhub/hub/', person = anna): string {
  const hub = { address, token: new Secret('x') } as unknown as HubConfig;
  return hubOpener({ hub, accounts: 'same' }).target(person, { workspace, ...place }) ?? '';
}

describe('the way through the hub', () => {
  test.each([
    [{ file: 'week1/lab1.ipynb' }, 'user-redirect/lab/tree/intro/week1/lab1.ipynb'],
    [{}, 'user-redirect/lab/tree/intro'],
    [{ file: 'a.py', app: 'lab' }, 'user-redirect/lab/tree/intro/a.py'],
    [{ file: 'a.py', app: 'tree' }, 'user-redirect/tree/intro/a.py'],
    [{ file: 'a.ipynb', app: 'notebook' }, 'user-redirect/notebooks/intro/a.ipynb'],
    [{ file: 'a.md', app: 'notebook' }, 'user-redirect/tree/intro/a.md'],
    [{ app: 'notebook' }, 'user-redirect/tree/intro'],
    [{ file: 'a.R', app: 'rstudio' }, 'user-redirect/rstudio/'],
    [{ file: 'a.py', app: 'vscode' }, 'user-redirect/vscode/?folder=%2Fhome%2Fanna%2Fintro'],
  ] as const)('of %j', (place, address) => {
    expect(target(place)).toBe(`/jhub/hub/${address}`);
  });

  test('to a named server is the page that starts it', () => {
    expect(target({ file: 'a.ipynb', server: 'gpu' })).toBe(
      `/jhub/hub/spawn/anna/gpu?next=${encodeURIComponent('/jhub/user/anna/gpu/lab/tree/intro/a.ipynb')}`,
    );
    const elsewhere = target({ app: 'vscode', server: 'gpu' }, 'https://hub.example/jhub/hub/', {
      name: 'a@b',
      groups: [],
    });
    expect(elsewhere.startsWith('https://hub.example/jhub/hub/spawn/a%40b/gpu?next=')).toBe(true);
    expect(new URL(elsewhere).searchParams.get('next')).toBe(
      '/jhub/user/a%40b/gpu/vscode/?folder=%2Fhome%2Fanna%2Fintro',
    );
  });

  test('starts a server by hand and comes back, as far as the hub leads back', () => {
    const start = (address: string, redirectUri: string): string | undefined => {
      const hub = { address, redirectUri, token: new Secret('x') } as unknown as HubConfig;
      return hubOpener({ hub, accounts: 'same' }).startBy?.(anna, undefined, '/jhub/services/f2git/go/intro');
    };
    const next = `next=${encodeURIComponent('/jhub/services/f2git/go/intro')}`;
    const own = 'https://f2git--service.hub.example/jhub/services/f2git/oauth_callback';
    expect(start('/jhub/hub/', '/jhub/services/f2git/oauth_callback')).toBe(`/jhub/hub/spawn/anna?${next}`);
    expect(start('https://hub.example/jhub/hub/', '/jhub/services/f2git/oauth_callback')).toBe(
      `https://hub.example/jhub/hub/spawn/anna?${next}`,
    );
    // a hub leads to paths of its own host alone
    expect(start('https://hub.example/jhub/hub/', own)).toBe('https://hub.example/jhub/hub/spawn/anna');
  });

  test('A39: stays inside the student’s server, whatever a file is called', () => {
    const names = [
      '..%2f..%2fservices',
      'a?b=c#d',
      '//evil.example',
      'x\\y',
      'ünï cöde',
      '%2e%2e',
      'a&next=//evil',
      'a\'b"c',
    ];
    for (const name of names) {
      for (const server of [undefined, 'gpu']) {
        const url = new URL(target({ file: `${name}/f.ipynb`, ...(server && { server }) }), 'https://hub.example');
        expect(url.origin).toBe('https://hub.example');
        expect(url.hash).toBe('');
        // proxies in front of hubs refuse paths with some characters encoded (Traefik 3.6.4)
        expect(url.pathname).not.toContain('%');
        // what the hub makes of it: the path once decoded, or the whole of `next`
        const next = url.searchParams.get('next');
        const inServer = new URL(next ?? decodeURIComponent(url.pathname), 'https://hub.example');
        const start = next === null ? 'hub/user-redirect' : `user/anna${server === undefined ? '' : '/gpu'}`;
        expect(inServer.pathname.startsWith(`/jhub/${start}/lab/tree/intro/`)).toBe(true);
        expect(inServer.search + inServer.hash).toBe('');
      }
    }
  });
});

interface Variant {
  readonly start: string;
  readonly hops: readonly { readonly path: string }[];
}

describe.each(versions)('JupyterHub %s', (version) => {
  const variants = recording(version, 'user-redirect-variants')['variants'] as readonly Variant[];
  const course: Workspace = { ...workspace, folder: relPathOf('course') };

  test.each([
    [{ app: 'tree' }, '/jhub/user/bob/tree/course'],
    // a program of its own behind jupyter-server-proxy; it takes the slash away again where there is no such program
    [{ app: 'rstudio' }, '/jhub/user/bob/rstudio/'],
  ] as const)('leads from where a click ends, %j, into the student’s own server', (place, end) => {
    const hub = { address: '/hub/', token: new Secret('x') } as unknown as HubConfig;
    const address = hubOpener({ hub, accounts: 'same' }).target(anna, { workspace: course, ...place });
    const variant = variants.find(({ start }) => start === address);
    expect(variant?.hops.map(({ path }) => path)).toContain(end);
  });

  test('decodes a path once, so that a name that needs encoding is in no path', () => {
    const leaving = variants.find(({ start }) => start.includes('..%2f..%2fservices/toy/'));
    expect(leaving?.hops.map(({ path }) => path)).toContain(
      version === '3.0.0' ? '/jhub/hub/services/toy/' : '/jhub/services/toy/',
    );
    const address = target({ file: '..%2f..%2fservices/toy' });
    expect(address).toBe(
      `/jhub/hub/spawn/anna?next=${encodeURIComponent('/jhub/user/anna/lab/tree/intro/..%252f..%252fservices/toy')}`,
    );
  });
});

describe.each(versions)('a click, with JupyterHub %s', (version) => {
  let here: Behind;
  afterEach(() => here.close());
  const click = async (link = 'go/intro') => {
    const alice = here.browser();
    alice.signInAtHub('alice');
    await alice.open(`${PREFIX}${link}`);
    const fields = { course: 'intro', ...Object.fromEntries(new URL(link, 'http://x').searchParams) };
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'sec-fetch-site': 'same-origin',
      'x-f2git-token': here.f2git.site.forgery.tokenOf({ name: 'alice', groups: [] }),
    };
    const answer = await alice.request(`${PREFIX}api/runs`, { method: 'POST', headers, body: JSON.stringify(fields) });
    const { run } = JSON.parse(answer.text) as { run: string };
    const document = await until(async () => {
      const { text } = await alice.request(`${PREFIX}api/runs/${run}`, { headers: { accept: 'application/json' } });
      const state = JSON.parse(text) as { state?: string; error?: { code: string } };
      return state.state === 'waiting' || state.state === 'running' ? undefined : state;
    });
    const page = await alice.request(`${PREFIX}${link}${link.includes('?') ? '&' : '?'}run=${run}`);
    return { document, page };
  };
  const starts = (): readonly string[] => here.hub.asked.filter((one) => one.startsWith('POST /users/'));

  test.each(['ready', 'pending', 'running', 'failing', 'forbidden', 'crowded'] as const)(
    'on a server that is %s ends with the files, and leads to the hub',
    async (state) => {
      here = await behindHub(version);
      here.hub.start = state;
      const { document, page } = await click();
      expect(document).toMatchObject({ outcome: 'unchanged' });
      expect(page.text).toContain('data-forward="/jhub/hub/user-redirect/lab/tree/intro/week1/lab1.ipynb"');
      expect(starts()[0]).toBe('POST /users/alice/server');
      expect(here.logged).toHaveLength(state === 'failing' ? 1 : 0);
      // whoever is told to come back does
      expect(starts()).toHaveLength(state === 'crowded' ? 2 : 1);
    },
  );

  test('starts the named server that a link wants', async () => {
    here = await behindHub(version);
    const { page } = await click('go/intro?server=gpu&app=tree');
    expect(starts()).toEqual(['POST /users/alice/servers/gpu']);
    expect(page.text).toContain(
      'data-forward="/jhub/hub/spawn/alice/gpu?next=%2Fjhub%2Fuser%2Falice%2Fgpu%2Ftree%2Fintro',
    );
  });

  test.each([
    ['', 'go/intro', 'user-redirect/lab/tree/intro/week1/lab1.ipynb'],
    ['of that name ', 'go/intro?server=big', 'spawn/alice/big?next='],
  ])('of somebody who never had a server %sleaves it to the hub to ask which one', async (_, link, end) => {
    here = await behindHub(version);
    if (!link.includes('?')) here.hub.lastActivity = null;
    const { document, page } = await click(link);
    expect(document).toMatchObject({ outcome: 'unchanged' });
    expect(starts()).toEqual([]);
    expect(page.text).toContain(`data-forward="/jhub/hub/${end}`);
    expect(here.logged).toEqual([]);
  });

  test('of somebody who never had a server starts it where there is nothing to choose', async () => {
    here = await behindHub(version, { top: 'hub: { start_servers: true }' });
    here.hub.lastActivity = null;
    await click();
    expect(starts()).toEqual(['POST /users/alice/server']);
  });

  test('leaves all servers to the hub where the administrator says so', async () => {
    here = await behindHub(version, { top: 'hub: { start_servers: false }' });
    await click();
    expect(here.hub.asked.filter((one) => one.includes('/users/alice'))).toEqual([]);
  });

  test('leaves to the hub what f2git may not see', async () => {
    here = await behindHub(version);
    here.hub.ownScopes = ['read:users:groups', 'start:servers'];
    const { document } = await click();
    expect(document).toMatchObject({ outcome: 'unchanged' });
    expect(starts()).toEqual([]);
  });

  test('of somebody without a home starts the server first', async () => {
    here = await behindHub(version);
    // the hub makes the home while it starts the server
    here.homes.isThere = () => here.hub.asked.some((one) => one.endsWith('/progress'));
    here.hub.start = 'pending';
    const ran: boolean[] = [];
    const { run } = here.f2git.script;
    here.f2git.script.run = (job, onProgress, signal) => {
      ran.push(here.homes.isThere());
      return run(job, onProgress, signal);
    };
    const { document } = await click();
    expect(document).toMatchObject({ outcome: 'unchanged' });
    expect(ran).toEqual([true]);
  });

  test.each([
    ['nobody may start', 'forbidden', '2026-11-22T19:05:19.137317Z'],
    ['was never started', 'ready', null],
  ] as const)('of somebody without a home whose server %s says how to', async (_, start, lastActivity) => {
    here = await behindHub(version);
    here.homes.isThere = () => false;
    Object.assign(here.hub, { start, lastActivity });
    const { document, page } = await click('go/intro?open=a%20b.ipynb');
    expect(document).toMatchObject({ error: { code: 'home-missing' } });
    const next = encodeURIComponent(`${PREFIX}go/intro?open=a+b.ipynb`);
    expect(page.text).toContain(`href="/jhub/hub/spawn/alice?next=${next}"`);
    expect(here.f2git.script.jobs).toEqual([]);
  });
});
