/**
 * What the root help lists, on one screen: commands that belong together in a row, rows in groups. The
 * verbs on nodes that no row names share one.
 */
import { nodeVerbNames } from '@faultline/actions';
import type { Command } from 'commander';

const nodeGroup = 'Nodes';

/** The names of commands with commas between, and what they are for. */
type Rows = Readonly<Record<string, string>>;

const groups: Readonly<Record<string, Rows>> = {
  'A cluster': {
    'up, down, ls': 'start a cluster and watch it, take it down, list those that run',
    'status, stats, logs': 'what runs, what the router has counted, what nodes printed',
    'call, wait': 'send a request to a node; wait for a state, a role or an event',
    'heal, reset': 'end faults; restart the cluster as it was at first',
    programs: 'the ready programs, and what each of them promises',
  },
  [nodeGroup]: {
    'kill, stop, start, restart': 'end nodes and start them, also with another program',
    'add, remove': 'change which nodes there are',
    'pause, resume, slow, hang': 'make nodes silent, slow, or busy',
    'clock, disk': 'make clocks wrong, and disks slow, full or faulty',
  },
  'The network': {
    'partition, isolate, bridge, ring': 'cut the network into parts',
    'link, geography': 'delay, lose, duplicate, reorder or hold messages; zones of nodes',
    'rules, unlink, held, release': 'list and remove rules; list and release held messages',
    'faults, selfcheck': 'explain the kinds of rules; measure them on known traffic',
  },
  'What happened': {
    'events, timeline, runs': 'events, also with operations of clients; earlier recordings',
    'trace, why': 'messages and their fates; the life of one message',
    'before, order': 'what happened before what, and which clocks claim otherwise',
  },
  'Plans and checks': {
    'plan, run, replay': 'check a plan, run it and judge, play a recorded run again',
    'check, checks, workloads': 'judge a recorded run; list checks, and loads of clients',
  },
};

/** Each group with its rows: the names of commands, and what they are for. */
export function helpGroups(): readonly (readonly [
  group: string,
  rows: readonly (readonly [names: readonly string[], does: string])[],
])[] {
  const named = new Set(Object.values(groups).flatMap((rows) => namesIn(rows)));
  const others = nodeVerbNames.filter((name) => !named.has(name));
  return Object.entries(groups).map(([group, rows]) => [
    group,
    [
      ...Object.entries(rows).map(([names, does]) => [names.split(', '), does] as const),
      ...(group === nodeGroup ? [[others, 'other faults of processes'] as const] : []),
    ],
  ]);
}

const namesIn = (rows: Rows): string[] => Object.keys(rows).flatMap((names) => names.split(', '));

/** The root help, in place of a line for each command. */
export function rootHelp(program: Command): string {
  const options = program.createHelp().visibleOptions(program);
  const listed = [
    ...helpGroups().map(([group, rows]) => [
      group,
      rows.map(([names, does]) => [names.join(', '), does] as const),
    ]),
    ['Options', options.map(({ flags, description }) => [flags, description] as const)],
  ] as const;
  const lines = listed.flatMap(([title, rows]) => [
    '',
    `${title}:`,
    ...(rows as readonly (readonly [string, string])[]).map(
      ([left, right]) => `  ${left.padEnd(leftWidth)}  ${right}`,
    ),
  ]);
  const usage = `Usage: ${program.name()} COMMAND [options]`;
  return [usage, '', program.description(), ...lines, ''].join('\n');
}

const leftWidth = 32;
