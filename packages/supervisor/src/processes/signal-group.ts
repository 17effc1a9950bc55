/** Signals a whole group; false where it is gone (EPERM: nothing of it is left that could be signalled). */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  if (group <= 0) return false;
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
