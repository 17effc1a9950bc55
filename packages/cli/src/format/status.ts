/** The status of a cluster as text. */
import {
  type ClusterStatus,
  formatProgram,
  type KeptDisks,
  type NodeStatus,
  type NodeUsage,
  plural,
  type RuleStatus,
  roundedDuration,
} from '@faultline/protocol';
import { table } from './table.ts';

export function formatNodes(nodes: readonly NodeStatus[]): string {
  const hasUsage = nodes.some(({ usage }) => usage !== undefined);
  return table(
    [
      ...['NODE', 'STATE', 'PID', 'STARTS', 'CLOCK', 'ROLE'],
      ...(hasUsage ? ['MEMORY', 'CPU', 'FDS'] : []),
      '',
    ],
    nodes.map((node) => [
      node.id,
      node.state,
      String(node.pid ?? '-'),
      String(node.incarnation),
      formatClock(node.clock),
      node.role ?? '-',
      ...(hasUsage ? formatUsage(node.usage) : []),
      [ending(node), again(node), running(node), ...node.faults.map(({ explains }) => explains)]
        .filter(Boolean)
        .join('; '),
    ]),
  );
}

/** CPU time counts since the process started. */
function formatUsage(usage: NodeUsage | undefined): string[] {
  if (usage === undefined) return ['-', '-', '-'];
  const { memoryBytes, cpuMs, descriptors } = usage;
  const memory = `${Math.round(memoryBytes / 1e6)}MB`;
  return [memory, roundedDuration(cpuMs), String(descriptors ?? '-')];
}

/** With the weather's name; its settings are in the JSON answer. */
function formatClock({ describes, weather, sync }: NodeStatus['clock']): string {
  const more = [
    ...(weather === null ? [] : [weather.split(' ')[0]]),
    ...(sync === null ? [] : [`sync ${sync}`]),
  ];
  return more.length === 0 ? describes : `${describes} (${more.join(', ')})`;
}

function again({ restart }: NodeStatus): string {
  if (restart === null) return '';
  const crashes = restart.count === 1 ? '' : ` (${restart.count} crashes in a row)`;
  return `restarts in ${roundedDuration(restart.inMs)}${crashes}`;
}

function running({ program }: NodeStatus): string {
  return program === null ? '' : `runs ${program}`;
}

function ending(node: NodeStatus): string {
  if (node.reason !== null) return node.reason;
  if (node.signal !== null) return node.signal;
  return node.exitCode === null || node.state === 'stopped' ? '' : `exit code ${node.exitCode}`;
}

export function formatRules(rules: readonly RuleStatus[]): string {
  if (rules.length === 0) return 'no rules in force';
  const hasReports = rules.some(({ report }) => report !== undefined);
  const hasLabels = rules.some(({ label }) => label !== null);
  const hasOwners = rules.some(({ spec }) => spec.owner !== undefined);
  const rows = table(
    [
      'RULE',
      ...(hasReports ? ['HIT'] : []),
      'WHAT IT DOES',
      ...(hasLabels ? ['FROM'] : []),
      ...(hasOwners ? ['OWNER'] : []),
      'ENDS IN',
    ],
    rules.map(({ id, explains, label, endsInMs, report, spec }) => [
      id,
      ...(hasReports ? [hits(report)] : []),
      explains,
      ...(hasLabels ? [label ?? '-'] : []),
      ...(hasOwners ? [spec.owner ?? '-'] : []),
      endsInMs === null ? 'when healed' : roundedDuration(endsInMs),
    ]),
  );
  const sums = rules.flatMap((rule) => sumsOf(rule));
  if (sums.length === 0) return rows;
  return `${rows}\n\n${table(['RULE', 'LINK', 'SUMS'], sums)}`;
}

/** How many of the matching messages the rule acted on. */
function hits(report: RuleStatus['report']): string {
  return report ? `${report.hit} of ${report.looked}` : '?';
}

const linksListed = 10;

/** The sums that a rule keeps: in total, and by link. */
function sumsOf({ id, report }: RuleStatus): string[][] {
  if (!report || Object.keys(report.sums).length === 0) return [];
  const words = (sums: Readonly<Record<string, number>>): string =>
    Object.entries(sums)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`)
      .join(', ');
  return [
    [id, 'all', words(report.sums)],
    ...report.edges.slice(0, linksListed).map(({ edge, sums }) => [id, edge, words(sums)]),
  ];
}

export function formatStatus(status: ClusterStatus): string {
  const { router } = status;
  const restarts = router.restarts === 0 ? '' : `, restarted ${plural(router.restarts, 'time')}`;
  return [
    `${status.name}: ${plural(status.nodes.length, 'node runs', 'nodes run')} ${formatProgram(status.program, status.settings)}, seed ${status.seed}`,
    '',
    formatNodes(status.nodes),
    '',
    `router     ${router.state}, process ${router.pid ?? '-'}, port ${router.port ?? '-'}${restarts}`,
    `API        ${status.url} (documented at /docs)`,
    `recording  ${status.runDir}`,
    ...(status.keptDisks === null ? [] : [formatKeptDisks(status.keptDisks)]),
    ...(status.rules.length > 0 ? ['', formatRules(status.rules)] : []),
  ].join('\n');
}

function formatKeptDisks({ nodes, programs }: KeptDisks): string {
  return `disks      ${nodes.join(', ')} kept from an earlier run of ${programs.join(' and ')} (empty ones: up --wipe)`;
}
