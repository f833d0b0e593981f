/** What `f2git check` finds out about the hub: whether it answers, knows f2git, and what it lets f2git do. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import { asF2gitError } from '../errors.ts';
import { rightsAt } from '../hub/rights.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import { accountsOf, isInParts } from '../parts/accounts.ts';
import type { Finding } from './finding.ts';
import { hubCheckSentences as sentences, publicUrlMissing } from './hub-sentences.ts';

/** Nothing where nobody signs in. */
export async function hubFindings(
  { auth, hub, startServers, publicUrl }: Config,
  language: Language,
): Promise<readonly Finding[]> {
  if (auth === 'none') return [];
  const addressless: Finding = {
    subject: 'public_url',
    ok: true,
    warning: true,
    message: say(publicUrlMissing, language),
  };
  const rights = auth === 'jupyterhub' ? await rightsFindings(hub, startServers, language) : [];
  return [...(publicUrl === undefined ? [addressless] : []), ...rights];
}

async function rightsFindings(
  hub: Config['hub'],
  startServers: Config['startServers'],
  language: Language,
): Promise<readonly Finding[]> {
  const found = (ok: boolean, message: string, isWarning = false): Finding => {
    return { subject: 'hub', ok, message, ...(isWarning ? { warning: true } : {}) };
  };
  if (hub === undefined) return [found(true, say(sentences.hubUnseen, language), true)];
  try {
    const rights = await rightsAt(hub);
    if (rights === undefined) return [found(false, say(sentences.hubRefuses, language))];
    const { service, asks, starts } = rights;
    const starting = starts ? sentences.hubStarts : sentences.hubStartsNot;
    return [
      found(true, say(sentences.hubAnswers, language, { name: service })),
      found(true, say(asks ? sentences.hubAsks : sentences.hubAsksNot, language), !asks),
      ...(startServers !== 'never' ? [found(true, say(starting, language), !starts)] : []),
    ];
  } catch (error) {
    return [found(false, describeError(asF2gitError(error), language))];
  }
}

/** Whether f2git can run in parts where root starts it: the accounts are there, and students may read the program. */
export async function partsFindings(config: Config, language: Language): Promise<readonly Finding[]> {
  if (!isInParts(config)) return [];
  const unread = unreadableBy(programFolder());
  return [
    await accountsFinding(config, language),
    ...(unread === undefined
      ? []
      : [{ subject: unread, ok: false, message: say(sentences.programUnread, language, { path: unread }) }]),
  ];
}

async function accountsFinding(config: Config, language: Language): Promise<Finding> {
  const subject = 'user, front_user';
  try {
    const { keeper, front } = await accountsOf(config);
    const names = { keeper: keeper.name, front: front.name };
    return { subject, ok: true, message: say(sentences.parts, language, names) };
  } catch (error) {
    return { subject, ok: false, message: describeError(asF2gitError(error), language) };
  }
}

/** The first folder on the way to `folder`, or itself, that others may not enter; undefined when all is open. */
function unreadableBy(folder: string): string | undefined {
  const above = dirname(folder) === folder ? undefined : unreadableBy(dirname(folder));
  return above ?? ((statSync(folder).mode & 0o001) === 0 ? folder : undefined);
}

/** The built program is one folder. */
function programFolder(): string {
  return fileURLToPath(new URL('.', import.meta.url)).replace(/(?<=.)\/$/, '');
}
