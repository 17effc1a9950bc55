/** Shell completion: `pnpm cluster complete bash|zsh|fish|powershell` prints the script to source. */
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

export function addCompletion(program: Command): void {
  tab(program);
}
