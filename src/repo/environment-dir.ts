/** Where an audience's environment repository is: beside its own, so that a purge finds it. */
import { join } from 'node:path';

/** The folder of the repository. `dir` is the audience's own folder. */
export function environmentDir(dir: string): string {
  return join(dir, 'environment.git');
}
