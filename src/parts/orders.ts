/** What the supervisor tells each part as it starts, over their fourth descriptor, and what a part answers. */
import type { HubConfig } from '../config/hub.ts';
import type { Listen } from '../config/values.ts';
import { Secret } from '../core/secret.ts';
import type { AccountRule } from '../hub/account.ts';
import type { Language } from '../messages/language.ts';
import type { SentError } from '../agent/sent-error.ts';

export const partNames = ['keeper', 'front'] as const;
export type PartName = (typeof partNames)[number];

/** The keeper reads the secrets itself: under its own uid, so that a file only root can read is found out. */
export interface KeeperOrder {
  /** The configuration's own path, and its text: it may be root's. */
  readonly file: string;
  readonly text: string;
  /** What the command line said instead. */
  readonly prefix: string;
  /** Where it listens, and where the launcher does. */
  readonly socket: string;
  readonly launcher: string;
  /** By which it knows the front, and the launcher knows it. */
  readonly frontWord: string;
  readonly launcherWord: string;
}

/** All the front ever learns: nothing of courses, sources, homes. */
export interface FrontOrder {
  readonly listen: Listen;
  readonly prefix: string;
  readonly publicUrl?: string;
  readonly language: Language;
  readonly accounts: AccountRule;
  /** With the token in the open: it is sent to the front alone, over a pipe. */
  readonly hub?: Omit<HubConfig, 'token'> & { readonly token: string };
  /** Of personal links, in base64, where people have them: it tells them from others, and opens nothing else. */
  readonly linksKey?: string;
  /** Seals logins that are on their way, in base64. The same while the server runs, whatever becomes of the front. */
  readonly key: string;
  /** The keeper's socket, and by which word the keeper knows it. */
  readonly keeper: string;
  readonly word: string;
}

/** How a part's start ended. */
export type PartAnswer = PartBegun | { readonly failed: SentError };

export interface PartBegun {
  readonly url: string;
  /** As in `FrontOrder`; the keeper's alone to say. */
  readonly linksKey?: string;
}

export function sendHub({ token, ...rest }: HubConfig): NonNullable<FrontOrder['hub']> {
  return { ...rest, token: token.reveal() };
}

export function receiveHub({ token, ...rest }: NonNullable<FrontOrder['hub']>): HubConfig {
  return { ...rest, token: new Secret(token) };
}
