/** The system's name of an error. */
import { constants } from 'node:os';

/** Numbers of errors Node gives no name: a full quota (`EDQUOT`) and a lost network folder (`ESTALE`) are among them. */
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** The name of an error of the system (`ENOENT`), or undefined when `error` is none of the system's. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (/^E[A-Z0-9]+$/.test(error.code)) return error.code;
  // other errors of Node's own have a code and a number too: zlib's
  const isUnnamed = error.code === 'UNKNOWN' || error.code.startsWith('Unknown system error');
  return isUnnamed && 'errno' in error && typeof error.errno === 'number' ? names.get(-error.errno) : undefined;
}
