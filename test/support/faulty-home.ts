/**
 * A home that counts its operations and, at a chosen one, fails, dies, or lets somebody else act first. Dying means that
 * nothing happens any more, as after SIGKILL: no clean-up of ours reaches the disk either.
 */
import { openOrMakeHome, reachHere, type Home, type Reach } from '../../src/sync/home.ts';

export type Fault =
  /** Before operation `at` the process dies. */
  | { readonly kind: 'die'; readonly at: number }
  /** Operation `at` fails with this error; with `lasting`, every later one that writes does too. */
  | { readonly kind: 'fail'; readonly at: number; readonly errno: string; readonly lasting?: boolean }
  /** Before operation `at` somebody else does something. */
  | { readonly kind: 'race'; readonly at: number; readonly act: (operation: string) => void };

/** For `injecting`: a home by the real clock, where what was written a moment ago may still be being saved. */
export function atThisMoment(home: Home): Home {
  return new Proxy(home, {
    get: (target, name) => (name === 'time' ? () => Date.now() : (Reflect.get(target, name) as unknown)),
  });
}

/** What a dead process throws, for the test to catch. */
export class Died extends Error {}

const writing = new Set<string>([
  'create',
  'write',
  'sync',
  'link',
  'rename',
  'remove',
  'makeFolder',
  'removeFolder',
  'setExecutable',
  'copyRights',
  'touch',
  'syncFolder',
  'syncAt',
]);

/** Operations that change nothing and cannot fail in a way of interest. */
const uncounted = new Set<string>(['close', 'time', 'forget', 'dispose', 'root']);

export interface Injection {
  /** For `SyncRequest.home`. */
  readonly home: (workspace: string) => Home;
  /** Operations so far. */
  count(): number;
  /** What each operation was, `rename a b`. */
  readonly log: readonly string[];
}

/**
 * @param mutant a mistake in how the home is used, to see a law catch it
 * @param reach how the home reaches a path, where not in the way of this system
 */
export function injecting(
  fault: Fault | undefined,
  mutant: (home: Home) => Home = (home) => home,
  reach: Reach = reachHere(),
): Injection {
  const log: string[] = [];
  let died = false;
  const meet = (operation: string, args: readonly unknown[]): void => {
    if (died) throw new Died(`dead before ${operation}`);
    log.push(`${operation} ${args.filter((arg) => typeof arg === 'string').join(' ')}`);
    if (fault === undefined) return;
    const isDue = log.length === fault.at;
    switch (fault.kind) {
      case 'die':
        if (!isDue) return;
        died = true;
        throw new Died(`died at operation ${fault.at}: ${log.at(-1) ?? ''}`);
      case 'fail':
        if (!isDue && !(fault.lasting === true && log.length > fault.at && writing.has(operation))) return;
        throw Object.assign(new Error(`${fault.errno}: injected at ${operation}`), { code: fault.errno });
      case 'race':
        if (isDue) fault.act(log.at(-1) ?? '');
    }
  };
  const open = (workspace: string): Home => {
    const home = openOrMakeHome(workspace, reach);
    const injected = new Proxy(home, {
      get(target, name: string) {
        // An hour later, so that nothing was saved a moment ago and nothing has to be waited for.
        if (name === 'time') return () => Date.now() + 3_600_000;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        if (uncounted.has(name)) return call;
        return (...args: unknown[]) => {
          meet(name, args);
          return call(...args);
        };
      },
    });
    return mutant(injected);
  };
  return { home: open, count: () => log.length, log };
}
