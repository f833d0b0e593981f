/** `f2git link`: every address of a course, also of one that a link made for nbgitpuller means. */
import type { Config, CourseConfig } from '../config.ts';
import { parseRelPath } from '../core/paths.ts';
import { F2gitError, type ErrorCode } from '../errors.ts';
import { describeError } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import { dataKey, laptopsFolder, peopleFolder } from '../repo/data-folder.ts';
import { openCapabilities, revokeTokens } from '../web/capabilities.ts';
import { courseFolder } from '../configured-course.ts';
import { courseOfRepository, shownRepository } from '../web/course-of-repository.ts';
import { openLaptopBook } from '../web/laptop-book.ts';
import { keepLinked } from '../web/linked-audiences.ts';
import { apps } from '../web/ports.ts';
import type { Invocation } from './arguments.ts';
import { courseNamed, prepareData, readConfiguration } from './configuration.ts';
import { groupsMeant } from './course-commands.ts';
import { environmentTrouble } from './environment-trouble.ts';
import { readForeignLink } from './foreign-link.ts';
import { courseAddresses, rootAddress, type CourseAddresses, type LinkWishes } from './link-of-course.ts';
import { linkSentences } from './link-sentences.ts';
import { publicUrlMissing } from './hub-sentences.ts';
import { isNamedIn } from './named-path.ts';
import { personalLinks, type PersonalLink } from './personal-links.ts';
import type { Command, Shell } from './shell.ts';
import { withRepository } from './with-repository.ts';

export const link: Command = async (invocation, shell) => {
  const config = readConfiguration(invocation, shell);
  checkWishes(invocation);
  if (invocation.values['sign-out'] !== undefined && !invocation.flags.has('revoke'))
    return signOutOnly(invocation, config, shell);
  const { course, wishes } = courseMeant(invocation, config);
  const { hub } = invocation.values;
  // who is in another group sees what everybody does
  const groups = groupsMeant(invocation.values['for'], course).filter((group) => course.schedule.groups.has(group));
  prepareData(config, shell);
  if (groups.length > 1) keepLinked(courseFolder(config, course), groups);
  if (invocation.flags.has('revoke')) revokeTokens(config.data, course.id);
  const leaving = signOut(invocation.values['sign-out'], config, shell);
  const capabilities = openCapabilities(config.data, dataKey(config.data));
  const root = rootAddress(config, hub);
  const personal = personalLinks(invocation, { config, course, capabilities, root, wishes, now: new Date() });
  const addresses = courseAddresses(root, course, capabilities, { ...wishes, groups });
  const { trouble, files } = await withRepository(config, course, async (repository) => {
    return { trouble: await environmentTrouble(repository, course), files: repository.names() };
  });
  const { terminal } = shell;
  const { language } = terminal;
  const problems = [
    ...unknownFile(wishes.open, files, language),
    ...(trouble === undefined ? [] : [{ code: trouble.code, message: describeError(trouble, language) }]),
  ];
  const people = personal.length === 0 ? {} : { personal };
  if (terminal.json)
    terminal.printDocument({ f2git: 1, course: course.id, ...leaving, ...addresses, ...people, problems });
  for (const line of personal.length === 0 ? linesOf(addresses, language) : linesFor(personal)) terminal.print(line);
  for (const { message } of problems) terminal.warn(message);
  if (isOnlyHere(config, hub)) terminal.warn(say(publicUrlMissing, language));
  if (invocation.flags.has('revoke')) terminal.tell(say(linkSentences.revoked, language));
  return 0;
};

function linesOf(addresses: CourseAddresses, language: Language): readonly string[] {
  return (['click', 'zip', 'git', 'environment'] as const).flatMap((kind) => {
    const address = addresses[kind];
    return address === undefined ? [] : [`${say(linkSentences[kind], language).padEnd(11)}  ${address}`];
  });
}

/** As a table, which mail programs and spreadsheets take. */
function linesFor(personal: readonly PersonalLink[]): readonly string[] {
  return personal.map(({ person, click }) => `${person}\t${click}`);
}

/** No address is shown. It holds for all courses, so that none needs to be named. */
function signOutOnly(invocation: Invocation, config: Config, shell: Shell): 0 {
  const isOfAll = invocation.positionals.length === 0 && invocation.values['from'] === undefined;
  const named = isOfAll ? {} : { course: courseMeant(invocation, config).course.id };
  prepareData(config, shell);
  const leaving = signOut(invocation.values['sign-out'], config, shell);
  if (shell.terminal.json) shell.terminal.printDocument({ f2git: 1, ...named, ...leaving });
  return 0;
}

/** Whether the addresses are where a proxy finds f2git, and no student. */
function isOnlyHere({ auth, publicUrl }: Config, hub: string | undefined): boolean {
  return auth !== 'none' && publicUrl === undefined && hub === undefined;
}

/** Whoever makes a link may know what comes: it is said, not refused. */
function unknownFile(
  open: string | undefined,
  files: readonly { readonly path: string }[],
  language: Language,
): readonly { readonly code: ErrorCode; readonly message: string }[] {
  const path = open === undefined ? undefined : parseRelPath(open);
  if (path === undefined || files.length === 0 || isNamedIn(files, path)) return [];
  return [{ code: 'file-unknown', message: say(linkSentences.openUnknown, language, { path }) }];
}

/** Whether there is somebody of this name is not known here: only a hub could tell, and it forgets who left. */
function signOut(
  name: string | undefined,
  { data }: Config,
  { terminal }: Shell,
): { readonly signedOut: string } | undefined {
  if (name === undefined) return undefined;
  for (const folder of [laptopsFolder(data), peopleFolder(data)]) openLaptopBook(folder).signOut(name);
  terminal.tell(say(linkSentences.signedOut, terminal.language, { name }));
  return { signedOut: name };
}

function checkWishes({ values }: Invocation): void {
  const { open, app, hub } = values;
  if (open !== undefined && parseRelPath(open) === undefined)
    throw new F2gitError('file-unknown', { params: { path: open, list: 'f2git preview' } });
  if (app !== undefined && !apps.some((known) => known === app)) {
    throw new F2gitError('usage', {
      params: { word: `--app ${app}`, possible: apps.map((known) => `--app ${known}`).join(', ') },
    });
  }
  if (hub !== undefined && !/^https?:\/\/[^/]/i.test(hub)) {
    throw new F2gitError('usage', { params: { word: `--hub ${hub}`, possible: '--hub https://hub.example.org' } });
  }
}

/** The course by its name, or by a link to its repository; what is said beside wins over what the link says. */
function courseMeant(
  { positionals: [name], values }: Invocation,
  config: Config,
): { readonly course: CourseConfig; readonly wishes: LinkWishes } {
  const { open, app, from } = values;
  const wishes = { ...(open === undefined ? {} : { open }), ...(app === undefined ? {} : { app }) };
  if (from === undefined) {
    if (name === undefined) throw new F2gitError('usage', { params: { argument: 'course', command: 'link' } });
    return { course: courseNamed(config, name), wishes };
  }
  if (name !== undefined) throw new F2gitError('usage', { params: { extra: name, command: 'link' } });
  const meant = readForeignLink(from);
  const course = courseOfRepository(meant.repo, meant.branch, [...config.courses.values()]);
  if (course === undefined)
    throw new F2gitError('repository-not-offered', { params: { repository: shownRepository(meant.repo) } });
  const linked = {
    ...(meant.open === undefined ? {} : { open: meant.open }),
    ...(meant.app === undefined ? {} : { app: meant.app }),
  };
  return { course, wishes: { ...linked, ...wishes } };
}
