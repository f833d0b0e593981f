/** What `f2git check` finds out about the hub: whether it answers, knows f2git, and what it lets f2git do. */
import type { Config } from '../config.ts';
import { asF2gitError } from '../errors.ts';
import { createHubApi, type HubUser } from '../hub/hub-api.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import type { Finding } from './finding.ts';
import { hubCheckSentences as sentences } from './hub-sentences.ts';

/** Nothing where there is no hub. */
export async function hubFindings(
  { auth, hub, startServers }: Config,
  language: Language,
): Promise<readonly Finding[]> {
  if (auth !== 'jupyterhub') return [];
  const found = (ok: boolean, message: string, isWarning = false): Finding => {
    return { subject: 'hub', ok, message, ...(isWarning ? { warning: true } : {}) };
  };
  if (hub === undefined) return [found(true, say(sentences.hubUnseen, language), true)];
  try {
    const own = await createHubApi(hub).userOf(hub.token);
    if (own?.kind !== 'service') return [found(false, say(sentences.hubRefuses, language))];
    const rights = mayStart(own) ? sentences.hubStarts : sentences.hubStartsNot;
    return [
      found(true, say(sentences.hubAnswers, language, { name: own.name })),
      ...(startServers ? [found(true, say(rights, language), !mayStart(own))] : []),
    ];
  } catch (error) {
    return [found(false, describeError(asF2gitError(error), language))];
  }
}

/** `servers` with or without a filter (`servers!group=python`), or the part of it that starts them (JupyterHub 6). */
function mayStart({ scopes }: HubUser): boolean {
  return scopes.some((scope) => /^(admin:|start:)?servers(!|$)/.test(scope));
}
