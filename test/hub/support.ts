/** f2git behind a fake hub: its configuration from the environment the hub recorded, its pages over real HTTP. */
import { parseConfig, type Config } from '../../src/config.ts';
import { groupsThatMatter } from '../../src/configured-course.ts';
import { hubOpener } from '../../src/hub/opener.ts';
import { createStudentServers } from '../../src/hub/student-server.ts';
import { identityHub } from '../../src/hub/identity-hub.ts';
import { startTestServer, type ServerOptions, type TestServer } from '../server/harness.ts';
import { Browser } from './browser.ts';
import { serviceEnvironment, startFakeHub, type FakeHub, type Version } from './fake-hub.ts';

export const PREFIX = '/jhub/services/toy/';

export interface Behind {
  readonly hub: FakeHub;
  readonly f2git: TestServer;
  readonly config: Config;
  /** What the opener logged. */
  readonly logged: readonly unknown[];
  /** Whether the student's home is there; a test may change it. */
  readonly homes: { isThere: () => boolean };
  /** Advances the clock of sessions and caches. */
  readonly later: (milliseconds: number) => void;
  readonly browser: () => Browser;
  readonly close: () => Promise<void>;
}

export interface BehindOptions {
  readonly server?: ServerOptions;
  /** Further lines of the course `intro`. */
  readonly course?: string;
  /** Further lines of the file. */
  readonly top?: string;
  /** The hub did not start f2git: the environment holds its token as `HUB_TOKEN` and where its API is, nothing else. */
  readonly isExternal?: true;
}

export async function behindHub(version: Version, options: BehindOptions = {}): Promise<Behind> {
  const hub = await startFakeHub(version);
  const given = serviceEnvironment(version, hub.apiUrl);
  const token = given['JUPYTERHUB_API_TOKEN'] ?? '';
  const config = configOf(
    options.isExternal === true ? { JUPYTERHUB_API_URL: hub.apiUrl, HUB_TOKEN: token } : given,
    options,
  );
  const { prefix, publicUrl, accounts, courses } = config;
  if (config.hub === undefined) throw new Error('no hub');
  const logged: unknown[] = [];
  const homes = { isThere: () => true };
  let now = Date.parse('2026-11-23T08:00:00Z');
  const identity = identityHub({
    hub: config.hub,
    accounts,
    prefix,
    publicUrl,
    courses,
    key: Buffer.alloc(32, 7),
    now: () => new Date(now),
  });
  const opener = hubOpener({
    hub: config.hub,
    accounts,
    ...(config.startServers !== 'never' && {
      servers: createStudentServers(config.hub, config.startServers, (level, event, facts) =>
        logged.push({ level, event, ...facts }),
      ),
    }),
    isHomeThere: () => Promise.resolve(homes.isThere()),
  });
  const f2git = await startTestServer({
    opener,
    now: () => new Date(now),
    groupsIn: (course, person) => groupsThatMatter(courses.get(course), person),
    ...options.server,
    prefix,
    identity,
  });
  return {
    hub,
    f2git,
    config,
    logged,
    homes,
    later: (milliseconds) => {
      now += milliseconds;
    },
    browser: () => new Browser(f2git, hub),
    close: async () => {
      await Promise.all([f2git.close(), hub.close()]);
    },
  };
}

export function configOf(
  environment: Readonly<Record<string, string>>,
  { course = '', top = '' }: BehindOptions = {},
): Config {
  const text = `
auth: jupyterhub
homes: /home/{user}
data: /srv/f2git
${top}
courses:
  intro:
    source: /srv/course
    ${course}
`;
  return parseConfig(text, { folder: '/srv', environment });
}
