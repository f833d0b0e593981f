/** `f2git confirm`: releases the deletions the brake holds, of a configured course or of a folder pulled from a source. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { shellWord } from '../messages/shell-word.ts';
import { confirmHeld, type Confirmed } from '../repo/confirm-held.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import type { StaffFile } from '../repo/staff-view.ts';
import { safeAddress } from '../sources/redact.ts';
import type { Invocation } from './arguments.ts';
import { courseNamed, hasConfiguration, prepareData, readConfiguration } from './configuration.ts';
import { withRepository } from './with-repository.ts';
import { isKey, readOrigin } from './origin.ts';
import { cliSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';
import { findWorkspace } from './workspace-folder.ts';

export const confirm: Command = async (invocation, shell) => {
  const workspace = workspaceMeant(invocation, shell);
  return workspace === undefined ? confirmConfigured(invocation, shell) : confirmPulled(workspace, invocation, shell);
};

/** The folder that is meant; undefined when it is a course of the configuration. */
function workspaceMeant(invocation: Invocation, shell: Shell): string | undefined {
  const [name] = invocation.positionals;
  if (invocation.values['config'] !== undefined) return undefined;
  try {
    if (name === undefined) return findWorkspace(shell.cwd, undefined);
    const isConfigured =
      hasConfiguration(invocation, shell) &&
      [...readConfiguration(invocation, shell).courses.keys()].some((course) => course === name);
    return isConfigured || !existsSync(resolve(shell.cwd, name)) ? undefined : findWorkspace(shell.cwd, name);
  } catch (error) {
    // no workspace there: then a course is meant, and whoever reads its name says what is wrong with it
    if (error instanceof F2gitError && error.code === 'workspace-missing') return undefined;
    throw error;
  }
}

async function confirmConfigured(invocation: Invocation, shell: Shell): Promise<number> {
  const [name] = invocation.positionals;
  if (name === undefined) throw new F2gitError('usage', { params: { command: 'confirm', argument: 'course' } });
  const config = readConfiguration(invocation, shell);
  const course = courseNamed(config, name);
  prepareData(config, shell);
  const confirmed = await withRepository(config, course, (repository) => release(repository, shell));
  tell(course.id, confirmed, `f2git confirm ${course.id}`, shell);
  if (confirmed.released.length > 0)
    shell.terminal.tell(say(cliSentences.released, shell.terminal.language, { count: confirmed.released.length }));
  return 0;
}

async function confirmPulled(workspace: string, invocation: Invocation, shell: Shell): Promise<number> {
  const origin = readOrigin(workspace, shell.environment);
  if (origin?.kind !== 'source') throw new F2gitError('confirm-elsewhere', { params: { workspace } });
  const { openPulledSource } = await import('./local-source.ts');
  const { course, repository } = openPulledSource(workspace, origin, invocation, shell);
  try {
    const confirmed = await release(repository, shell);
    const folder = shellWord(workspace);
    tell(course, confirmed, `f2git confirm ${folder}`, shell);
    const pull = `f2git pull ${shellWord(resolvedAddress(origin))} ${folder}`;
    const count = confirmed.released.length;
    if (count > 0) shell.terminal.tell(say(cliSentences.releasedHere, shell.terminal.language, { count, pull }));
    return 0;
  } finally {
    await repository.close();
  }
}

/** As it must be typed from any folder; what is a key in it is for no screen. */
function resolvedAddress({ address, folder }: { readonly address: string; readonly folder: string }): string {
  if (isKey(address)) return safeAddress(address);
  return /^[a-z][a-z0-9+.-]*:|^\//i.test(address) ? address : resolve(folder, address);
}

async function release(repository: CourseRepository, { terminal, signal }: Shell): Promise<Confirmed> {
  const { onProgress } = terminal;
  try {
    return await confirmHeld(repository, { signal, onProgress });
  } finally {
    terminal.endProgress();
  }
}

function tell(course: string, { released, unseen }: Confirmed, command: string, { terminal }: Shell): void {
  const paths = (files: readonly StaffFile[]): readonly string[] => files.map(({ path }) => path);
  const { language } = terminal;
  if (terminal.json) terminal.printDocument({ f2git: 1, course, released: paths(released), held: paths(unseen) });
  for (const { path } of released) terminal.print(path);
  if (released.length === 0 && unseen.length === 0) terminal.tell(say(cliSentences.nothingHeld, language));
  if (unseen.length === 0) return;
  terminal.warn(say(cliSentences.heldNow, language, { count: unseen.length, command }));
  for (const { path } of unseen) terminal.warn(`  ${path}`);
}
