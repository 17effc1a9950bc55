/** Errors of the file system as errors of this project. */
import { FaultlineError } from '@faultline/protocol';

function diskError(thrown: unknown, what: string): FaultlineError {
  const error = thrown as NodeJS.ErrnoException;
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const isForbidden = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(error.code ?? '');
  const hint = isForbidden ? ': set FAULTLINE_HOME to a state directory that you can write' : '';
  return new FaultlineError(
    isFull ? 'DISK_FULL' : 'DISK_ERROR',
    isFull
      ? `no space left to ${what}: free some space and try again`
      : `cannot ${what}: ${error.message}${hint}`,
    { errno: error.code, path: error.path },
    { cause: thrown },
  );
}

/** Runs an operation that uses the disk. Throws DISK_FULL or DISK_ERROR. */
export function onDisk<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FaultlineError) throw error;
    throw diskError(error, what);
  }
}
