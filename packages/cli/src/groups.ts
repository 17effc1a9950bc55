/**
 * What the root help lists, on one screen: related commands in a row, rows in groups. Verbs on nodes that
 * no row names share one.
 */
import { nodeVerbNames } from '@faultline/actions';
import type { Command } from 'commander';

const nodeGroup = 'Nodes';

/** The names of commands, separated by commas, and their purpose. */
type Rows = Readonly<Record<string, string>>;

const groups: Readonly<Record<string, Rows>> = {
  'A cluster': {
    'up, open, down, ls': 'start a cluster, open its page, take it down, list running ones',
    'status, stats, logs': 'show the cluster, counters of the router, output of nodes',
    'call, wait': 'send a request to a node; wait for a state, a role or an event',
    'heal, reset': 'end faults; restart the cluster in its initial state',
    programs: 'list the ready programs, and what each promises',
  },
  [nodeGroup]: {
    'kill, stop, start, restart': 'end and start nodes, also with another program',
    'add, remove': 'change the members of the cluster',
    'pause, resume, slow, hang': 'make nodes silent, slow or unresponsive',
    'clock, disk': 'make clocks wrong, and disks slow, full or faulty',
  },
  'The network': {
    'partition, isolate, bridge, ring': 'cut the network into parts',
    'link, geography': 'delay, lose, duplicate or hold messages; place nodes in zones',
    'rules, unlink, held, release': 'list and remove rules; list and release held messages',
    'faults, selfcheck': 'explain the kinds of rules; test them with known traffic',
  },
  'What happened': {
    'events, timeline, runs': 'list events, also with client operations; list recordings',
    'trace, why': 'list messages and their fates; explain one message',
    'before, order': 'find what happened first, and which clocks disagree',
  },
  'Plans and checks': {
    'plan, run, replay': 'check a plan; run and judge it; run a recorded plan again',
    'check, checks, workloads': 'judge a recorded run; list checks and workloads',
  },
};

/** Each group with its rows: the names of commands, and their purpose. */
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
      ...(group === nodeGroup ? [[others, 'other process faults'] as const] : []),
    ],
  ]);
}

const namesIn = (rows: Rows): string[] => Object.keys(rows).flatMap((names) => names.split(', '));

/** The root help, instead of a line for each command. */
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
