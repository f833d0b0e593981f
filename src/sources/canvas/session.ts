/** One refresh of a Canvas course. It is loaded when the source is opened. */
import { entryId, type EntryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { authOf } from '../configured-auth.ts';
import type { HttpAuth } from '../http.ts';
import { jsonAllowance, LONGEST_IN_LISTS } from '../json-allowance.ts';
import type {
  Body,
  Credentials,
  EntryProblem,
  ListedEntry,
  Listing,
  SourceContext,
  SourceSession,
  Unchanged,
} from '../source.ts';
import { canvasIdentity, type CanvasConfig } from './address.ts';
import type { CanvasServer } from './api.ts';
import { readFile, type Download, type ListedFile } from './content.ts';
import { factsOf, type Listed } from './facts.ts';
import { look } from './look.ts';
import { type CanvasMemory, digestOf, readMemory, writeMemory } from './memory.ts';
import type { FileFacts, FoundFile } from './view.ts';
import { stillThere } from './vanished.ts';
import { windowOf } from './visibility.ts';

export class CanvasSession implements SourceSession {
  readonly #config: CanvasConfig;
  readonly #context: SourceContext;
  readonly #download: Download;
  #files: ReadonlyMap<EntryId, ListedFile> = new Map();
  #outside: ReadonlySet<string> = new Set();
  #listed: Listed | undefined;

  constructor(config: CanvasConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    const server: CanvasServer = {
      ...{ http: context.http, base: config.base, auth: tokenOf(context.credentials) },
      allowance: jsonAllowance(LONGEST_IN_LISTS),
    };
    this.#download = { server, course: config.course, way: { needsPublicUrl: false }, stampOf };
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const { memory: json, now } = this.#context;
    const identity = canvasIdentity(this.#config);
    const memory = readMemory(json, identity);
    const at = now();
    const { server } = this.#download;
    const seen = await look({ server, config: this.#config, remembered: memory?.files ?? new Map(), now: at }, signal);
    const entries = this.#entriesOf(seen.found, at);
    this.#outside = new Set(seen.outside);
    const withheld = entries.filter(({ visible }) => visible?.from !== undefined).length;
    this.#listed = { standing: seen.standing, from: seen.from, withheld };
    const { isWhole: complete, problems, remembered } = seen;
    const digest = digestOf(JSON.stringify([entries, inOrder(problems), complete]));
    if (memory?.digest === digest && isSame(memory.files, remembered)) return { kind: 'unchanged' };
    const memoryNow = writeMemory({ digest, files: remembered }, identity);
    return { kind: 'listing', entries, problems, complete, memory: memoryNow };
  }

  /** What was moved out of the folder that is meant is no longer part of it, as if it were deleted. */
  withheld(ids: readonly EntryId[], signal: AbortSignal): Promise<ReadonlySet<EntryId>> {
    const asked = ids.filter((id) => !this.#outside.has(id));
    return stillThere(this.#download.server, this.#config.course, asked, signal);
  }

  fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const file = this.#files.get(entry.id);
    if (file === undefined) {
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    }
    return readFile(this.#download, file, signal);
  }

  facts(signal: AbortSignal): Promise<readonly SourceFact[]> {
    return factsOf(this.#download.server, this.#listed, signal);
  }

  /** Connections belong to the context's HTTP client. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #entriesOf(found: readonly FoundFile[], now: Date): readonly ListedEntry[] {
    const files = new Map<EntryId, ListedFile>();
    const entries = new Map<EntryId, ListedEntry>();
    for (const { file, segments, gate } of found) {
      const id = entryId(file.id);
      // A file that moved while the pages were read is in two of them.
      if (entries.has(id)) continue;
      const [stamp, size, visible] = [stampOf(file), file.size ?? null, windowOf(gate, now)];
      const { url } = file;
      files.set(id, { id: file.id, name: file.display_name, size, stamp, ...(hasContent(url) ? { url } : {}) });
      entries.set(id, {
        ...{ id, segments, stamp, size },
        ...(typeof file.modified_at === 'string' ? { modified: Date.parse(file.modified_at) } : {}),
        ...(visible === undefined ? {} : { visible }),
      });
    }
    this.#files = files;
    return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/** A new version has a new id; the date is the content's own (`updated_at` also moves when a file is locked or renamed). */
function stampOf({ id, size, modified_at }: Pick<FileFacts, 'id' | 'size' | 'modified_at'>): string {
  return JSON.stringify([id, size ?? '', typeof modified_at === 'string' ? new Date(modified_at).toISOString() : '']);
}

function hasContent(url: string | undefined): url is string {
  return url !== undefined && url !== '';
}

function inOrder(problems: readonly EntryProblem[]): readonly string[] {
  return problems.map((one) => JSON.stringify(one)).sort();
}

function isSame(before: CanvasMemory['files'], now: CanvasMemory['files']): boolean {
  return before.size === now.size && [...before].every(([id, { at }]) => now.get(id)?.at === at);
}

/** @throws {F2gitError} `credentials-invalid` where only a password is there: Canvas's API takes none */
function tokenOf(credentials: Credentials): HttpAuth {
  const auth = authOf(credentials);
  if (auth.kind === 'password') throw new F2gitError('credentials-invalid', { params: { part: 'token' } });
  return auth;
}
