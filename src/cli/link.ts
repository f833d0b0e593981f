/** `f2git link`: every address of a course. */
import { parseRelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { dataKey } from '../repo/data-folder.ts';
import { openCapabilities, revokeTokens } from '../web/capabilities.ts';
import { apps } from '../web/ports.ts';
import { courseNamed, readConfiguration } from './configuration.ts';
import { courseAddresses, rootAddress } from './link-of-course.ts';
import { linkSentences } from './sentences.ts';
import type { Command } from './shell.ts';

export const link: Command = (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  const course = courseNamed(config, invocation.positionals[0] ?? '');
  const { open, app, hub } = invocation.values;
  if (open !== undefined && parseRelPath(open) === undefined)
    throw new F2gitError('file-unknown', { params: { path: open } });
  if (app !== undefined && !apps.some((known) => known === app)) {
    throw new F2gitError('usage', {
      params: { word: `--app ${app}`, possible: apps.map((known) => `--app ${known}`).join(', ') },
    });
  }
  if (hub !== undefined && !/^https?:\/\/[^/]/i.test(hub)) {
    throw new F2gitError('usage', { params: { word: `--hub ${hub}`, possible: '--hub https://hub.example.org' } });
  }
  const wishes = { ...(open === undefined ? {} : { open }), ...(app === undefined ? {} : { app }) };
  if (invocation.flags.has('revoke')) revokeTokens(config.data, course.id);
  const capabilities = openCapabilities(config.data, dataKey(config.data));
  const addresses = courseAddresses(rootAddress(config, hub), course, capabilities, wishes);
  const { terminal } = shell;
  if (terminal.json) terminal.printDocument({ f2git: 1, course: course.id, ...addresses });
  for (const kind of ['click', 'zip', 'git'] as const) {
    terminal.print(`${say(linkSentences[kind], terminal.language).padEnd(5)}  ${addresses[kind]}`);
  }
  if (invocation.flags.has('revoke')) terminal.tell(say(linkSentences.revoked, terminal.language));
  return Promise.resolve(0);
};
