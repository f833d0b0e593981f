/**
 * The audiences of several groups that somebody asked an address for (`f2git link --for a,b`). The token in an address
 * says nothing of its audience; a server finds it by trying them, and cannot try every set of groups.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { audienceName } from '../configured-course.ts';
import { makeFolder } from '../core/make-folder.ts';
import { readIfPresent, writeFileUnlocked } from '../repo/durable-file.ts';

const LINKED = 'linked';

/** Remembers that an address for those in exactly these groups of the course in `folder` was given out. */
export function keepLinked(folder: string, groups: readonly string[]): void {
  const path = join(folder, LINKED, audienceName(groups));
  if (fs.existsSync(path)) return;
  makeFolder(join(folder, LINKED), 0o700);
  writeFileUnlocked(path, JSON.stringify({ version: 1, groups }), 0o600);
}

/** The sets of groups an address was given out for. One that cannot be read is made anew by the next `f2git link`. */
export function linkedAudiences(folder: string): readonly (readonly string[])[] {
  const linked = join(folder, LINKED);
  if (!fs.existsSync(linked)) return [];
  return fs
    .readdirSync(linked)
    .sort()
    .flatMap((name) => groupsOf(name, readIfPresent(join(linked, name))?.toString() ?? ''));
}

/** Nothing but what was written for exactly this name. */
function groupsOf(name: string, text: string): readonly (readonly string[])[] {
  try {
    const { groups } = Object(JSON.parse(text)) as { readonly groups?: unknown };
    const isList = Array.isArray(groups) && groups.every((group) => typeof group === 'string');
    return isList && audienceName(groups) === name ? [groups] : [];
  } catch {
    // no JSON
    return [];
  }
}
