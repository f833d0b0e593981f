/** What a system error means for a run. */
import { F2gitError, systemErrorName, type ErrorCode } from '../errors.ts';

/** The system's name of an error (`ENOENT`), or undefined when it is not one of the system. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof F2gitError ? undefined : systemErrorName(error);
}

/** Errors after which no other write in this workspace can succeed either. */
const lasting = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'ESTALE', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOTCONN']);

/** Whether the run should stop writing after this error. */
export function isLasting(error: unknown): boolean {
  return lasting.has(errnoOf(error) ?? '');
}

/** The code a student or operator sees for a path that could not be written because of `error`. */
export function codeOfWrite(error: unknown): ErrorCode {
  if (error instanceof F2gitError) return error.code;
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'disk-full';
    // Something was there that was not, or the other way round.
    case 'EEXIST':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENOTEMPTY':
    case 'EINVAL':
      return 'file-changed-meanwhile';
    default:
      return 'workspace-unwritable';
  }
}

/**
 * Gives the error to end a run with when `.f2git` or the workspace itself could not be read or written: a typed one for
 * what the system refused, the error itself when it is none of the system's.
 */
export function stateTrouble(workspace: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const code = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'disk-full' : 'workspace-unwritable';
  return new F2gitError(code, { params: { workspace, errno }, cause: error });
}

/** As `stateTrouble`, where nothing but reading was tried. */
export function readTrouble(workspace: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  return new F2gitError('workspace-unreadable', { params: { workspace, errno }, cause: error });
}

/** Whether the file system cannot give a file a second name (exFAT, some FUSE and SMB mounts, protected links). */
export function isLinkRefused(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(errnoOf(error) ?? '');
}
