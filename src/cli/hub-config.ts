/** `f2git hub-config`: what to add to a hub's own configuration so that it has f2git as a service. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import { F2gitError } from '../errors.ts';
import { hubConfigBlock, hubFormFiles, hubForms, type HubForm } from '../hub/hub-config.ts';
import { say, type Sentence } from '../messages/language.ts';
import { readConfiguration } from './configuration.ts';
import { hubConfigSentences, publicUrlMissing } from './hub-sentences.ts';
import type { Command } from './shell.ts';

const DEFAULT_PORT = 8484;

export const hubConfig: Command = (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  const configuration = config.file ?? resolve(shell.cwd, 'f2git.yaml');
  const { terminal } = shell;
  const wanted = formsWanted(invocation.positionals[0]);
  const facts = {
    service: config.service,
    command: [process.execPath, programPath(), 'serve', '--config', configuration],
    port: config.listen.kind === 'port' && config.listen.port !== 0 ? config.listen.port : DEFAULT_PORT,
    startServers: config.startServers !== 'never',
  };
  const blocks = wanted.map((form) => ({ form, file: hubFormFiles[form], text: hubConfigBlock(form, facts) }));
  if (terminal.json) terminal.printDocument({ f2git: 1, blocks });
  for (const { form, file, text } of blocks) {
    terminal.print(`# ${say(hubConfigSentences[form], terminal.language, { file })}`);
    terminal.print(text);
  }
  for (const hint of hintsFor(config, wanted)) terminal.tell(say(hint, terminal.language, { file: configuration }));
  return Promise.resolve(0);
};

/** All, unless one is named. @throws {F2gitError} `usage` */
function formsWanted(word: string | undefined): readonly HubForm[] {
  const form = hubForms.find((one) => one === word);
  if (word === undefined) return hubForms;
  if (form !== undefined) return [form];
  throw new F2gitError('usage', { params: { word, possible: hubForms.join(', ') } });
}

/** What is still to be done to the configuration here. */
function hintsFor(config: Config, wanted: readonly HubForm[]): readonly Sentence[] {
  const isTljh = wanted.length === 1 && wanted[0] === 'tljh';
  return [
    ...(config.file === undefined ? [hubConfigSentences.needsFile] : []),
    ...(config.auth === 'jupyterhub' ? [] : [hubConfigSentences.needsAuth]),
    ...(isTljh && config.accounts !== 'tljh' ? [hubConfigSentences.needsAccounts] : []),
    ...(config.publicUrl === undefined ? [publicUrlMissing] : []),
  ];
}

/** The built program; the hub starts it by its whole path. */
function programPath(): string {
  return fileURLToPath(new URL('./cli.js', import.meta.url));
}
