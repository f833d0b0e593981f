/** What a folder holds before anything is fetched for it, so that a refusal comes first and leaves no trace. */
import { existsSync } from 'node:fs';
import { openHome } from '../sync/home.ts';
import { loadHeading, type Heading } from '../sync/state.ts';

/**
 * Whose workspace it is; undefined when the folder is missing or holds none.
 * @throws {F2gitError} `workspace-not-a-folder`, `workspace-state-refused`, `workspace-unreadable`
 */
export function presentState(workspace: string): Heading | undefined {
  if (!existsSync(workspace)) return undefined;
  const home = openHome(workspace);
  try {
    return loadHeading(home);
  } finally {
    home.dispose();
  }
}
