/** Opens an address in the browser of the user, if there is one. */
import { spawn } from 'node:child_process';

const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';

/** Whether it opened is not known: the address was printed anyway. */
export function openBrowser(url: string): void {
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
