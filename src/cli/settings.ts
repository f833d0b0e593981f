/** Where f2git keeps what is this person's on this computer, outside of every course. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As each system has it for programs (XDG Base Directory 0.8; Windows' known folders). */
export function settingsFolder({ XDG_CONFIG_HOME: settings, APPDATA: roaming }: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32' && roaming !== undefined) return join(roaming, 'f2git');
  const folder = settings?.startsWith('/') === true ? settings : join(homedir(), '.config');
  return join(folder, 'f2git');
}
