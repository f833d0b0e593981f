/** A browser as far as cookies and redirects go, before a hub and f2git on one host, as a hub's proxy puts them. */
import { ask, type Answer, type TestServer } from '../server/harness.ts';
import type { FakeHub } from './fake-hub.ts';

export const HOST = 'hub.example';
const HUB = '/jhub/hub/';

interface Cookie {
  readonly name: string;
  value: string;
  readonly path: string;
  readonly attributes: string;
}

export class Browser {
  cookies: Cookie[] = [];
  /** Every address it was at, and what was answered there. */
  readonly visited: { readonly path: string; readonly status: number }[] = [];
  readonly #f2git: Pick<TestServer, 'origin'>;
  readonly #hub: FakeHub;

  constructor(f2git: Pick<TestServer, 'origin'>, hub: FakeHub) {
    this.#f2git = f2git;
    this.#hub = hub;
  }

  /** Types a name and a password into the hub. */
  signInAtHub(name: string): string {
    const session = this.#hub.login(name);
    this.set(`jupyterhub-session-id=${session}; HttpOnly; Path=/jhub/`);
    return session;
  }

  signOutOfHub(): void {
    const session = this.value('jupyterhub-session-id') ?? '';
    for (const line of this.#hub.logout(session)) this.set(line);
  }

  /** One request, no redirect followed. */
  async request(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const cookie = this.#cookieHeader(path);
    const headers = { host: HOST, accept: 'text/html,*/*;q=0.8', ...(cookie && { cookie }), ...options.headers };
    const answer = await ask(this.#f2git, path, { ...options, headers });
    for (const line of answer.headers['set-cookie'] ?? []) this.set(line);
    this.visited.push({ path, status: answer.status });
    return answer;
  }

  /** Opens an address and goes where it is led, through the hub if need be. */
  async open(address: string, headers: Record<string, string> = {}): Promise<Answer> {
    let path = address;
    for (let hops = 0; hops < 10; hops++) {
      const answer = await this.request(path, { headers });
      const location = answer.headers.location?.replace(`http://${HOST}/`, '/');
      if (location === undefined) return answer;
      const next = location.startsWith(HUB) ? this.#throughHub(location) : location;
      if (typeof next === 'number') return { ...answer, status: next };
      path = new URL(next, `http://${HOST}${path}`).pathname + new URL(next, `http://${HOST}${path}`).search;
    }
    throw new Error(`led in a circle: ${path}`);
  }

  value(name: string): string | undefined {
    return this.cookies.find((one) => one.name === name)?.value;
  }

  set(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/';
    this.cookies = this.cookies.filter((one) => one.name !== name || one.path !== path);
    const expires = attributes.find((one) => /^expires=/i.test(one))?.slice('expires='.length);
    const isOver = attributes.includes('Max-Age=0') || (expires !== undefined && Date.parse(expires) < Date.now());
    if (!isOver) this.cookies.push({ name, value, path, attributes: attributes.join('; ') });
  }

  #throughHub(location: string): string | number {
    return this.#hub.authorize(new URL(location, 'http://x').searchParams, this.value('jupyterhub-session-id'));
  }

  #cookieHeader(path: string): string {
    const sent = this.cookies.filter((one) => path.startsWith(one.path));
    return [...sent]
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}
