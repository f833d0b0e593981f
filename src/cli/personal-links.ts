/** `f2git link --person`: for each person an address of their own, where nobody else says who they are. */
import type { Config, CourseConfig } from '../config.ts';
import { F2gitError } from '../errors.ts';
import { accountOf } from '../hub/account.ts';
import { roleIn } from '../hub/roles.ts';
import { dataKey, peopleFolder } from '../repo/data-folder.ts';
import type { Capabilities } from '../web/capabilities.ts';
import { openLaptopBook } from '../web/laptop-book.ts';
import { createPasses, linksKey, openLinkGenerations, PASS_PARAMETER } from '../web/personal-links.ts';
import type { Invocation } from './arguments.ts';
import { clickAddress, type LinkWishes } from './link-of-course.ts';

export interface PersonalLink {
  readonly person: string;
  /** For staff, of the page where they look after the course. */
  readonly click: string;
  /** ISO 8601. */
  readonly until: string;
}

/** Days a link is good for where nobody says otherwise: a semester, and the exams after it. */
const USUAL_DAYS = 200;
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

/** What the links are made of. */
export interface LinkMaking {
  readonly config: Config;
  readonly course: CourseConfig;
  readonly capabilities: Pick<Capabilities, 'generationOf'>;
  /** The server's address, ending in `/`. */
  readonly root: string;
  readonly wishes: LinkWishes;
  readonly now: Date;
}

/** Nothing without `--person`. @throws {F2gitError} `usage` for somebody who is not in the course, or who cannot be */
export function personalLinks({ values }: Invocation, making: LinkMaking): readonly PersonalLink[] {
  const { person: names, days } = values;
  if (names === undefined) {
    if (days === undefined) return [];
    throw new F2gitError('usage', { params: { detail: '"--days" needs "--person"' } });
  }
  const { config, course, capabilities, now } = making;
  if (config.auth !== 'links') throw new F2gitError('usage', { params: { detail: '"--person" needs "auth: links"' } });
  const until = now.getTime() + daysMeant(days) * DAY_MS;
  const generationOf = openLinkGenerations(capabilities, openLaptopBook(peopleFolder(config.data)));
  const passes = createPasses(linksKey(dataKey(config.data)), () => now);
  return peopleMeant(names).map((name) => {
    checkPerson(name, config, course);
    const pass = passes.textOf({ name, course: course.id, generation: generationOf(course.id, name), until });
    return { person: name, click: addressWith(pass, name, making), until: new Date(until).toISOString() };
  });
}

function peopleMeant(names: string): readonly string[] {
  const people = names.split(',').map((name) => name.trim());
  return [...new Set(people.filter((name) => name !== ''))];
}

function daysMeant(text: string | undefined): number {
  if (text === undefined) return USUAL_DAYS;
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new F2gitError('usage', { params: { word: `--days ${text}`, possible: `--days 1 … ${MOST_DAYS}` } });
}

/** A link that cannot work is made for nobody. */
function checkPerson(name: string, { accounts }: Config, course: CourseConfig): void {
  try {
    accountOf(name, accounts);
  } catch {
    throw new F2gitError('usage', { params: { word: `--person ${name}`, detail: 'accounts have no such names' } });
  }
  if (roleIn({ name, groups: [] }, course) === undefined)
    throw new F2gitError('usage', {
      params: { word: `--person ${name}`, detail: 'neither the students nor the staff of the course have this name' },
    });
}

function addressWith(pass: string, name: string, { root, course, wishes }: LinkMaking): string {
  const isStaff = roleIn({ name, groups: [] }, course) === 'staff';
  const address = isStaff ? new URL(`teach/${course.id}`, root).href : clickAddress(root, course, wishes);
  return `${address}${address.includes('?') ? '&' : '?'}${PASS_PARAMETER}=${pass}`;
}
