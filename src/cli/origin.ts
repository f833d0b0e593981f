/** Where a workspace on this computer got its course from, so that `take` finds the course's version again. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { STATE_FOLDER } from '../core/paths.ts';

/** A hidden repository of its own in the workspace, or a server's link. Neither holds a credential:
 * addresses with one are refused. */
export type Origin =
  | { readonly kind: 'source'; readonly course: string; readonly address: string }
  | { readonly kind: 'link'; readonly link: string };

const format = z.object({
  version: z.literal(1),
  origin: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('source'), course: z.string(), address: z.string() }),
    z.object({ kind: z.literal('link'), link: z.string() }),
  ]),
});

/** The origin of `workspace`; undefined when it is not known, as in a home a server delivers to. */
export function readOrigin(workspace: string): Origin | undefined {
  let text: string;
  try {
    text = readFileSync(pathOf(workspace), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = format.safeParse(parseJson(text));
  return parsed.success ? parsed.data.origin : undefined;
}

/** Remembers `origin`; writes only what changed. */
export function keepOrigin(workspace: string, origin: Origin): void {
  if (JSON.stringify(readOrigin(workspace)) === JSON.stringify(origin)) return;
  const path = pathOf(workspace);
  mkdirSync(join(workspace, STATE_FOLDER), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify({ version: 1, origin })}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
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
