/**
 * The metrics of a cluster for Prometheus: the text format 0.0.4, or OpenMetrics 1.0 on request. Names
 * and units follow Prometheus's recommendations: base units, `_total` for counters. The router's
 * counters reset when it restarts, which Prometheus handles.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats, https://prometheus.io/docs/specs/om/open_metrics_spec
 */
import type { ClusterStatus, DelayStats, NodeUsage, RouterStats } from '@faultline/protocol';

export type MetricsFormat = 'prometheus' | 'openmetrics';

export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** Appended to the family's name, such as `_bucket`. */
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

interface Family {
  /** Without `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** `stats`: null if the router does not answer. */
export function formatMetrics(
  status: ClusterStatus,
  stats: RouterStats | null,
  format: MetricsFormat,
): string {
  const families = [...clusterFamilies(status), ...(stats === null ? [] : routerFamilies(stats))];
  const lines = families.flatMap((family) => formatFamily(family, format));
  return `${lines.join('\n')}\n${format === 'openmetrics' ? '# EOF\n' : ''}`;
}

const states = ['starting', 'ready', 'paused', 'slow', 'crashed', 'stopped'];
const alive = new Set(['starting', 'ready', 'paused', 'slow']);

function clusterFamilies({ nodes, router, rules }: ClusterStatus): Family[] {
  const each = (value: (node: ClusterStatus['nodes'][number]) => number): Sample[] =>
    nodes.map((node) => ({ labels: { node: node.id }, value: value(node) }));
  const used = (value: (usage: NodeUsage) => number | null): Sample[] =>
    nodes.flatMap(({ id, usage }) => {
      const current = usage === undefined ? null : value(usage);
      return current === null ? [] : [{ labels: { node: id }, value: current }];
    });
  return [
    gauge('faultline_node_up', 'Whether the process of a node is running', [
      ...each(({ state }) => (alive.has(state) ? 1 : 0)),
    ]),
    gauge(
      'faultline_node_state',
      'The state of a node: 1 for its current state, 0 for all others',
      nodes.flatMap((node) =>
        [...new Set([...states, node.state])].map((state) => ({
          labels: { node: node.id, state },
          value: node.state === state ? 1 : 0,
        })),
      ),
    ),
    counter('faultline_node_restarts', 'Starts of a node after its first', [
      ...each(({ incarnation }) => Math.max(0, incarnation - 1)),
    ]),
    gauge('faultline_node_resident_bytes', 'Memory of the processes of a node', [
      ...used(({ memoryBytes }) => memoryBytes),
    ]),
    counter('faultline_node_cpu_seconds', 'CPU time of the processes of a node', [
      ...used(({ cpuMs }) => cpuMs / 1000),
    ]),
    gauge('faultline_node_open_fds', 'Open file descriptors of the processes of a node', [
      ...used(({ descriptors }) => descriptors),
    ]),
    gauge('faultline_clock_offset_seconds', "A node's clock minus true time", [
      ...each(({ clock }) => clock.offsetMs / 1000),
    ]),
    gauge('faultline_router_up', 'Whether the router is ready', [
      { value: router.state === 'ready' ? 1 : 0 },
    ]),
    counter('faultline_router_restarts', 'Starts of the router after its first', [
      { value: router.restarts },
    ]),
    gauge('faultline_rules', 'Rules in force', [{ value: rules.length }]),
  ];
}

function routerFamilies(stats: RouterStats): Family[] {
  const ofRules = (value: (rule: RouterStats['rules'][number]) => number): Sample[] =>
    stats.rules.map((rule) => ({ labels: { rule: rule.rule }, value: value(rule) }));
  return [
    counter(
      'faultline_messages',
      'Copies of messages by fate',
      stats.edges.flatMap(({ src, dest, fates }) =>
        Object.entries(fates).map(([fate, value]) => ({ labels: { src, dest, fate }, value })),
      ),
    ),
    {
      name: 'faultline_delay_seconds',
      type: 'histogram',
      help: 'Time from the arrival of a copy at the router to its delivery',
      samples: stats.edges
        .filter(({ delays }) => delays.buckets.length > 0)
        .flatMap(({ src, dest, delays }) => histogram({ src, dest }, delays)),
    },
    counter('faultline_routed', 'Messages that arrived at the router', [{ value: stats.messages }]),
    gauge('faultline_waiting_messages', 'Copies that are delayed or queued for a receiver', [
      { value: stats.waiting },
    ]),
    gauge('faultline_held_messages', 'Copies that are held until they are released', [
      { value: stats.held },
    ]),
    gauge(
      'faultline_queue_bytes',
      'Bytes queued in the router, by receiver',
      Object.entries(stats.queuedBytes).map(([node, value]) => ({ labels: { node }, value })),
    ),
    gauge('faultline_router_resident_bytes', 'Memory of the router', [
      { value: stats.residentBytes },
    ]),
    counter('faultline_rule_matched', 'Messages that match a rule', [
      ...ofRules(({ matched }) => matched),
    ]),
    counter('faultline_rule_hits', 'Messages affected by a rule', [...ofRules(({ hit }) => hit)]),
    gauge('faultline_rule_sum', 'Sums of a rule, such as a cost', [
      ...stats.rules.flatMap(({ rule, sums }) =>
        Object.entries(sums).map(([sum, value]) => ({ labels: { rule, sum }, value })),
      ),
    ]),
  ];
}

const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'counter',
  help,
  samples: samples.map((sample) => ({ ...sample, suffix: '_total' })),
});

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});

/** From a tenth of a millisecond to a quarter of an hour. */
const boundsSeconds = [
  1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 900,
];

function histogram(labels: Labels, { buckets, sumMs }: DelayStats): Sample[] {
  const upTo = (seconds: number): number =>
    buckets
      .filter(([upToMs]) => upToMs <= seconds * 1000)
      .reduce((sum, [, copies]) => sum + copies, 0);
  const count = upTo(Number.POSITIVE_INFINITY);
  return [
    ...boundsSeconds.map((bound) => ({
      suffix: '_bucket',
      labels: { ...labels, le: String(bound) },
      value: upTo(bound),
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sumMs / 1000 },
    { suffix: '_count', labels, value: count },
  ];
}

function formatFamily({ name, type, help, samples }: Family, format: MetricsFormat): string[] {
  // In the older format, the family has the same name as its samples.
  const title = type === 'counter' && format === 'prometheus' ? `${name}_total` : name;
  return [
    `# HELP ${title} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${title} ${type}`,
    ...samples.map(
      ({ suffix = '', labels = {}, value }) => `${name}${suffix}${formatLabels(labels)} ${value}`,
    ),
  ];
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
