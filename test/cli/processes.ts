/** Work on several programs at once, and a look at what they start. */
import { readdirSync, readFileSync } from 'node:fs';

/** Does `work` for all, `most` at a time; gives what came of it in the order of `items`. */
export async function allAtOnce<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const rest = items.map((item, at) => async () => {
    results[at] = await work(item);
  });
  const next = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await one();
  };
  await Promise.all(Array.from({ length: most }, next));
  return results;
}

/** Notes the arguments of whatever the programs that this process starts start themselves, as often as it can look. */
export function watchArguments(): { seen(): readonly string[]; stop(): void } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const program of childrenOf(process.pid)) for (const pid of belowOf(program)) seen.add(read(pid, 'cmdline'));
  };
  const timer = setInterval(look, 20);
  return { seen: () => [...seen], stop: () => clearInterval(timer) };
}

function* belowOf(pid: number): Generator<number> {
  for (const child of childrenOf(pid)) {
    yield child;
    yield* belowOf(child);
  }
}

function childrenOf(pid: number): readonly number[] {
  const threads = list(`/proc/${String(pid)}/task`);
  return threads.flatMap((thread) => read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number));
}

/** Processes end while they are looked at. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    // It is gone: what it was given was seen before, or is in nobody's list any more.
    return '';
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // As above.
    return [];
  }
}
