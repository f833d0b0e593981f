/** Trouble with the disk the data folder is on, in the words of `errors.ts`. */
import { F2gitError } from '../errors.ts';
import { systemCode } from './durable-file.ts';

/** Gives the error to throw for `error`: `disk-full`, `repository-unwritable`, or `error` itself. */
export function asRepositoryError(error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof F2gitError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new F2gitError('disk-full', { cause: error });
  const isOurs = ['EACCES', 'EPERM', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'ENOTDIR', 'EISDIR', 'ESTALE'].includes(code);
  return isOurs ? new F2gitError('repository-unwritable', { params: { reason: code }, cause: error }) : error;
}
