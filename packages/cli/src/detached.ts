/** Starts a process that outlives this one, and waits for its report: a message, or its exit. */
import { spawn } from 'node:child_process';

export type Started<Message> =
  | { readonly message: Message }
  /** It ended first; `complaint` is what it printed on standard error. */
  | { readonly code: number | null; readonly complaint: string }
  /** It did not report in time and was killed. */
  | { readonly late: true };

/** `args`: arguments for Node. The message is the first that the process sends over its IPC channel. */
export async function startDetached<Message>(
  args: readonly string[],
  withinMs: number,
): Promise<Started<Message>> {
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  let timer: NodeJS.Timeout | undefined;
  const started = await new Promise<Started<Message>>((resolve) => {
    child.once('message', (message) => resolve({ message: message as Message }));
    child.once('close', (code) => resolve({ code, complaint }));
    timer = setTimeout(() => resolve({ late: true }), withinMs);
  });
  clearTimeout(timer);
  if ('code' in started) return started;
  // The reaper of its cluster ends everything that it had started.
  if ('late' in started) child.kill('SIGKILL');
  child.disconnect();
  child.stderr!.destroy();
  child.unref();
  return started;
}
