/**
 * THE CONTRACT of every source. An adapter reads one learning platform, server or folder and says what is there; it
 * decides nothing. It never touches a home, a repository, the clock or global state: all it needs is in its context.
 * The conformance suite (`test/sources/conformance.ts`) runs every law stated here against every adapter.
 */
import type { EntryId } from '../core/ids.ts';
import type { Secret } from '../core/secret.ts';
import type { SourceFact } from '../core/source-facts.ts';
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { Http } from './http.ts';
import type { TokenKeeper } from './token-keeper.ts';

export type SourceType =
  'memory' | 'folder' | 'webdav' | 'zip' | 'git' | 'studip' | 'ilias' | 'canvas' | 'moodle' | 'rclone';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Claims of an adapter. The suite attacks each; a claim that fails is a bug, not a matter of taste. */
export interface Capabilities {
  /**
   * `stable`: an entry keeps its id when renamed or moved. `path`: the id is the path. `mixed`: some keep theirs, the
   * ids of others are paths.
   */
  readonly identity: 'stable' | 'path' | 'mixed';
  /**
   * What equal stamps promise: `content` – equal bytes; `token` – equal bytes unless the vendor lies; `weak` – date and
   * size only, so a stamp younger than its own precision is not believed.
   */
  readonly stamp: 'content' | 'token' | 'weak';
  /** `exact`: a listed size is the byte count of the content. `hint`: it may be off. */
  readonly size: 'exact' | 'hint';
  /** Whether absence from a complete listing means the file is gone. */
  readonly deletions: 'certain' | 'ambiguous';
  /** Whether each student can see a different listing. */
  readonly perStudent: boolean;
  /** Whether `executable` of an entry means anything. */
  readonly executable: boolean;
  /** Downloads that may run at once. */
  readonly maxParallel: number;
}

/** A time span of ISO 8601 instants; an open end is absent. `from` is in it, `until` is not. */
export interface Window {
  readonly from?: string;
  readonly until?: string;
}

/** For what a source holds back from students without saying until when: withheld until it is shown. */
export const withheldIndefinitely: Window = { from: '9999-12-31T00:00:00.000Z' };

/** One file the source names. Its content is not read yet. */
export interface ListedEntry {
  /** Unique in the listing; survives a rename if the adapter claims `identity: 'stable'`, never with `path`. */
  readonly id: EntryId;
  /**
   * The raw names from the root to the file, as the source has them: a `/` inside a title is a character of the name,
   * not a separator. They are hostile; only the name-mapping layer (`listing.ts`) turns them into paths.
   */
  readonly segments: readonly string[];
  /** Changes whenever the content may have changed. Compared only for equality, only with the same entry's. */
  readonly stamp: string;
  /** Bytes; null when the source does not say. */
  readonly size: number | null;
  /**
   * When the source says it last changed (milliseconds since 1970). For `weak` stamps only: one that is younger than
   * about two seconds when it is listed is not believed, and its content is fetched once more next time.
   */
  readonly modified?: number;
  readonly executable?: boolean;
  /** When a student may see it. Absent: always. */
  readonly visible?: Window;
}

/** Something the source named and the adapter could not read: it freezes that path and all below it. */
export interface EntryProblem {
  /** As of an entry; empty means the root. */
  readonly segments: readonly string[];
  readonly code: ErrorCode;
  readonly params?: ErrorParams;
}

/**
 * What exists at the source now, as a student of the course would see it. Every item the source names is an entry, a
 * withheld entry (`visible` in the future) or a problem; never a gap.
 */
export interface Listing {
  readonly kind: 'listing';
  readonly entries: readonly ListedEntry[];
  readonly problems: readonly EntryProblem[];
  /** True only if everything outside `problems` was seen. False: nothing at all is taken for deleted. */
  readonly complete: boolean;
  /** Given back to the adapter at the next refresh, if all of this listing was committed. Validators, never secrets. */
  readonly memory?: Json;
}

/** The proof that nothing changed since the listing whose `memory` the context holds (304, same commit, same ETag). */
export interface Unchanged {
  readonly kind: 'unchanged';
}

/**
 * The content of one entry. Small content comes as `bytes`; a `stream` yields exactly one version's bytes or throws
 * (`source-truncated`, `source-changed`, …): never a mixture of two versions, never a login page.
 */
export type Body =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly size: number | null; readonly stream: AsyncIterable<Uint8Array> };

export interface SourceSession {
  /**
   * Lists the whole course. Read-only, repeatable, independent of the order of the server's answers; follows no link
   * out of the root. Stops within a second of `signal`.
   * @throws {F2gitError} `source-login`, `source-forbidden`, `source-not-found`, `source-unreachable`,
   * `source-throttled`, `source-invalid`, `too-large`, `address-forbidden`, `cancelled`
   */
  list(signal: AbortSignal): Promise<Listing | Unchanged>;
  /**
   * Reads one entry of the last listing of this session.
   * @throws {F2gitError} as `list`, and `source-gone`, `source-changed`, `source-truncated`, `lfs-pointer`
   */
  fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body>;
  /**
   * Told before them which entries of the last listing will be fetched, in this order. An adapter offers it where many
   * files are read at less cost than each alone. `fetch` works the same without; `close` ends what was begun.
   */
  prefetch?(entries: readonly ListedEntry[], signal: AbortSignal): void;
  /**
   * Which of these entries, that former listings had and the last one of this session has not, still exist at the source
   * and are only not shown: hidden, restricted, not for this group. The others are gone for sure. An adapter offers it
   * where the platform can tell; elsewhere `deletions` says what absence means.
   * @throws {F2gitError} as `list`
   */
  withheld?(ids: readonly EntryId[], signal: AbortSignal): Promise<ReadonlySet<EntryId>>;
  /**
   * What an administrator should know beyond the last listing of this session: version, account, rights, what is left
   * out. For `check`; it may ask the source a little more.
   * @throws {F2gitError} as `list`
   */
  facts?(signal: AbortSignal): Promise<readonly SourceFact[]>;
  /** Frees everything: sockets, children, temporary files. May be called twice. */
  close(): Promise<void>;
}

/** How to sign in. Every part is optional; an adapter refuses what it cannot use. */
export interface Credentials {
  readonly user?: string;
  readonly password?: Secret;
  readonly token?: Secret;
  /** A token that ends within hours and is renewed in time (OAuth 2). */
  readonly oauth?: TokenKeeper;
}

/** Where a platform lets people sign a program in (RFC 6749, authorization code with PKCE) and renews its tokens. */
export interface OAuthEndpoints {
  readonly authorize: string;
  readonly token: string;
  /** The least that reading a course takes; empty where the platform knows no scopes. */
  readonly scopes: readonly string[];
}

/** Everything an adapter may use of the world. */
export interface SourceContext {
  readonly http: Http;
  readonly now: () => Date;
  readonly credentials: Credentials;
  /** A private folder (mode 0700) that outlives the session; the adapter makes it when it needs it. May be gone next time. */
  readonly cacheDir: string;
  /** `memory` of the last listing that was committed whole; absent on the first refresh and after a repair. */
  readonly memory?: Json;
  /**
   * What is read goes to nobody but the person whose credentials these are: they may see of it what students do not, even
   * where it cannot be told apart.
   */
  readonly isForOwner?: true;
  /**
   * The bytes of a content that was fetched whole for an entry with this stamp; undefined when there was none. An adapter
   * whose stamps are `content` need not look at such a content to list it again.
   */
  readonly sizeOf?: (stamp: string) => number | undefined;
}

export interface SourceAdapter<Config = unknown> {
  readonly type: SourceType;
  readonly capabilities: Capabilities;
  /**
   * Checks a mapping `{ type, url, … }` of the configuration. No network.
   * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `address-needs-login`
   */
  parseConfig(raw: Readonly<Record<string, unknown>>): Config;
  /** Names the source for as long as it is the same course; without credentials. Branches of one repository are one source. */
  identity(config: Config): string;
  /** A short name for the course, for a folder or a title when nobody chose one: `intro-python`. */
  suggestedName(config: Config): string;
  open(config: Config, context: SourceContext): Promise<SourceSession>;
  /** Whether a password without a user opens the source: that of a public link, or of a program's own configuration. */
  takesPasswordAlone?(config: Config): boolean;
  /** Absent where the platform signs no programs in. */
  oauth?(config: Config): OAuthEndpoints;
}

/**
 * What `recognise` of an adapter makes of an address: a mapping for `parseConfig`, or undefined when it is not one of
 * its own. `address` is what a lecturer copied from the browser, or an explicit form such as `zip+https://…`.
 */
export type Recognise = (address: string) => Readonly<Record<string, unknown>> | undefined;
