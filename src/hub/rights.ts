/** What the hub lets f2git do, as its own token tells: for `f2git check`, and for the log of a server that a hub starts. */
import type { HubConfig, StartServers } from '../config/hub.ts';
import { asF2gitError } from '../errors.ts';
import type { Log } from '../web/ports.ts';
import { createHubApi, type HubUser } from './hub-api.ts';

export interface HubRights {
  /** f2git's name at the hub. */
  readonly service: string;
  /** Whether f2git may ask who is in which groups, and whether they are still there. */
  readonly asks: boolean;
  /** Whether a click may start a student's server. */
  readonly starts: boolean;
}

/** Undefined when the hub takes the token for no service's. @throws {F2gitError} `hub-unreachable` */
export async function rightsAt(hub: HubConfig): Promise<HubRights | undefined> {
  const own = await createHubApi(hub).userOf(hub.token);
  if (own?.kind !== 'service') return undefined;
  return { service: own.name, asks: own.scopes.includes('read:users:groups'), starts: mayStart(own) };
}

/** `servers` with or without a filter (`servers!group=python`), or the part of it that starts them (JupyterHub 6). */
function mayStart({ scopes }: HubUser): boolean {
  return scopes.some((scope) => /^(admin:|start:)?servers(!|$)/.test(scope));
}

/** A hub may start after f2git. */
const PATIENCE = { tries: 24, pauseMs: 5_000 };

/**
 * Writes into the log what the hub lets f2git do, once it answers: a hub that starts f2git gives the token to it alone, so no
 * other command can say that.
 */
export function startNotingRights(
  hub: HubConfig,
  startServers: StartServers,
  log: Log,
  { tries, pauseMs } = PATIENCE,
): { stop(): Promise<void> } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (left: number): Promise<void> => {
    const { isAnswer, level, event, facts } = await noteOf(hub, startServers);
    if (isStopped) return;
    if (isAnswer || left === 1) log(level, event, facts);
    else timer = setTimeout(() => void look(left - 1), pauseMs).unref();
  };
  void look(tries);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      return Promise.resolve();
    },
  };
}

interface Note {
  readonly isAnswer: boolean;
  readonly level: 'info' | 'warn';
  readonly event: string;
  readonly facts: Readonly<Record<string, string>>;
}

async function noteOf(hub: HubConfig, startServers: StartServers): Promise<Note> {
  try {
    const rights = await rightsAt(hub);
    if (rights === undefined) return { isAnswer: true, level: 'warn', event: 'not known to the hub', facts: {} };
    const { service, asks, starts } = rights;
    const isStartMissing = !starts && startServers !== 'never';
    const missing = [...(asks ? [] : ['read:users:groups']), ...(isStartMissing ? ['servers'] : [])].join(', ');
    const event = 'known to the hub';
    if (missing === '') return { isAnswer: true, level: 'info', event, facts: { service } };
    return { isAnswer: true, level: 'warn', event, facts: { service, missing } };
  } catch (error) {
    const { code } = asF2gitError(error);
    return { isAnswer: false, level: 'warn', event: 'hub does not answer', facts: { code } };
  }
}
