/** Where a workspace on this computer got its course from, so that `take` finds the course's version again. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_FOLDER } from '../core/paths.ts';

/** A hidden repository of its own in the workspace, or a server's link. Neither holds a credential:
 * addresses with one are refused. */
export type Origin =
  | { readonly kind: 'source'; readonly course: string; readonly address: string }
  | { readonly kind: 'link'; readonly link: string };

/** The origin of `workspace`; undefined when it is not known, as in a home a server delivers to. */
export function readOrigin(workspace: string): Origin | undefined {
  let text: string;
  try {
    text = readFileSync(pathOf(workspace), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseOrigin(parseJson(text));
}

/** Remembers `origin`; writes only what changed. */
export function keepOrigin(workspace: string, origin: Origin): void {
  if (JSON.stringify(readOrigin(workspace)) === JSON.stringify(origin)) return;
  const path = pathOf(workspace);
  mkdirSync(join(workspace, STATE_FOLDER), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify({ version: 1, origin })}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function parseOrigin(document: unknown): Origin | undefined {
  const { origin } = Object(document) as { readonly origin?: unknown };
  const { kind, course, address, link } = Object(origin) as Readonly<Record<string, unknown>>;
  if (kind === 'link' && typeof link === 'string') return { kind, link };
  const isSource = kind === 'source' && typeof course === 'string' && typeof address === 'string';
  return isSource ? { kind, course, address } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a damaged file is the same as none: the next pull writes it anew
    return undefined;
  }
}

function pathOf(workspace: string): string {
  return join(workspace, STATE_FOLDER, 'origin.json');
}
