/** Opens the git adapter as a refresh does, and reads everything it lists. */
import type { SourceFact } from '../../../src/core/source-facts.ts';
import { gitAdapter } from '../../../src/sources/git/index.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Body, Credentials, Json, Listing, Unchanged } from '../../../src/sources/source.ts';

export interface Refresh {
  readonly result: Listing | Unchanged;
  /** Content as Latin-1 text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What an administrator is told. */
  readonly facts: readonly SourceFact[];
  readonly requests: number;
  readonly bytes: number;
}

export interface RefreshOptions {
  readonly cacheDir: string;
  readonly memory?: Json | undefined;
  readonly credentials?: Credentials;
  /** What the repository had of former listings. */
  readonly sizeOf?: (stamp: string) => number | undefined;
  /** Runs between listing and reading. */
  readonly onListed?: () => void;
}

/** One refresh of the source `raw`. */
export async function refresh(raw: Readonly<Record<string, unknown>>, options: RefreshOptions): Promise<Refresh> {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  const { signal } = new AbortController();
  const { cacheDir, memory, credentials = {}, sizeOf } = options;
  const known = { ...(memory === undefined ? {} : { memory }), ...(sizeOf === undefined ? {} : { sizeOf }) };
  const context = { http, now: () => new Date(0), credentials, cacheDir, ...known };
  const session = await gitAdapter.open(gitAdapter.parseConfig({ type: 'git', ...raw }), context);
  try {
    const result = await session.list(signal);
    options.onListed?.();
    const files: Record<string, string> = {};
    for (const entry of result.kind === 'listing' ? result.entries : []) {
      files[entry.segments.join('/')] = await textOf(await session.fetch(entry, signal));
    }
    const facts = (await session.facts?.(signal)) ?? [];
    return { result, files, facts, ...http.counts };
  } finally {
    await session.close();
    await http.close();
  }
}

async function textOf(body: Body): Promise<string> {
  if (body.kind === 'bytes') return Buffer.from(body.bytes).toString('latin1');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

export function listingOf(refresh: Refresh): Listing {
  if (refresh.result.kind !== 'listing') throw new Error('nothing changed');
  return refresh.result;
}
