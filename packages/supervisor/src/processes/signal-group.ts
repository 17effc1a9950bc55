/** Sends a signal to a whole group. False if the group is gone (EPERM: no process is left that can be signaled). */
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
