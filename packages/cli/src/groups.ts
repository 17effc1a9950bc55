/** The groups in which the root help lists the commands. A verb on nodes is in the group of nodes. */
import type { Command } from 'commander';

export const nodeGroup = 'Nodes:';

export const groups: Readonly<Record<string, readonly string[]>> = {
  'A cluster:': [
    'up',
    'down',
    'ls',
    'status',
    'stats',
    'call',
    'logs',
    'programs',
    'heal',
    'reset',
  ],
  'What happened:': ['events', 'timeline', 'trace', 'why', 'before', 'order', 'runs'],
  [nodeGroup]: ['add'],
  'The network:': [
    ...['partition', 'isolate', 'bridge', 'ring', 'link', 'geography', 'faults', 'selfcheck'],
    ...['rules', 'unlink', 'held', 'release'],
  ],
  'Plans and checks:': ['plan', 'run', 'check', 'replay', 'checks', 'workloads'],
};

/** Leaves commands alone that have a group. */
export function groupCommands({ commands }: Pick<Command, 'commands'>): void {
  for (const [group, names] of Object.entries(groups)) {
    for (const command of commands) if (names.includes(command.name())) command.helpGroup(group);
  }
}
