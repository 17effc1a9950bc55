import type { RulesChanged } from '@faultline/protocol';
import { type GlobalOptions, print } from '../context.ts';

/** What a command has done to the rules, a line for each. */
export function printChange(options: GlobalOptions, change: RulesChanged): void {
  print(options, change, () => formatChange(change));
}

export function formatChange({ added, removed }: RulesChanged): string {
  const lines = [
    ...removed.map(({ id, explains }) => `${id} removed: ${explains}`),
    ...added.map(({ id, explains }) => `${id} added: ${explains}`),
  ];
  return lines.length === 0 ? 'nothing to do: there are no rules' : lines.join('\n');
}
