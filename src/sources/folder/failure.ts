/** What a file system refuses, in our codes. */
import { type ErrorCode, F2gitError } from '../../errors.ts';

/** What an error about one file or folder below the root means for it. */
export function itemCode(error: unknown): ErrorCode {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'source-gone';
    case 'EACCES':
    case 'EPERM':
      return 'source-forbidden';
    case 'ELOOP':
      return 'source-changed';
    default:
      return 'source-unreachable';
  }
}

/** What an error about the root means for the course. */
export function rootError(error: unknown, path: string): F2gitError {
  if (error instanceof F2gitError) return error;
  const code = itemCode(error);
  const isMissing = code === 'source-gone' || code === 'source-changed';
  const detail = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new F2gitError(isMissing ? 'source-not-found' : code, { params: { path, detail }, cause: error });
}
