/** The metrics page, parsed by the grammar of Prometheus's formats. */
import type { ClusterStatus, RouterStats } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { formatMetrics, type MetricsFormat } from '../../src/api/metrics-format.ts';

const awkward = 'a "quoted\\ name"\nin two lines';

const node = (id: string, state: string, incarnation: number, offsetMs: number) => ({
  id,
  state,
  incarnation,
  clock: { describes: '', offsetMs },
});

const status = {
  nodes: [
    {
      ...node('n1', 'ready', 1, 0),
      usage: { memoryBytes: 7e7, cpuMs: 1500, descriptors: 27 },
    },
    node('n2', 'crashed', 4, -1500),
    node(awkward, 'slow', 1, 0),
  ],
  router: { state: 'ready', restarts: 2 },
  rules: [{}],
} as unknown as ClusterStatus;

const stats: RouterStats = {
  messages: 12,
  waiting: 1,
  held: 2,
  queuedBytes: { n2: 345 },
  residentBytes: 5e7,
  edges: [
    {
      edge: 'n1>n2',
      src: 'n1',
      dest: 'n2',
      fates: { delivered: 10, 'node down': 2 },
      delays: {
        sumMs: 250,
        maxMs: 100,
        p50Ms: 0,
        p90Ms: 50,
        p99Ms: 100,
        buckets: [
          [0, 6],
          [50, 3],
          [100, 1],
        ],
      },
    },
  ],
  rules: [
    { rule: 'r1', looked: 9, matched: 8, hit: 7, copies: {}, sums: { cost: 0.5 }, edges: [] },
  ],
};

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const pair = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\\\\\|\\\\"|\\\\n)*)"';
const sampleLine = new RegExp(`^(${name})(?:\\{(${pair}(?:,${pair})*)\\})? (\\S+)$`);

/** Parses a page by the grammar of the formats, and throws if it is invalid. */
function parse(
  text: string,
  format: MetricsFormat,
): Map<string, { type: string; samples: Sample[] }> {
  const families = new Map<string, { type: string; samples: Sample[] }>();
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics') expect(lines.pop()).toBe('# EOF');
  let current = '';
  const seen = new Set<string>();
  for (const line of lines) {
    const [, word, family, rest] = new RegExp(`^# (HELP|TYPE) (${name}) (.+)$`).exec(line) ?? [];
    if (word === 'HELP') {
      expect(families.has(family!), `${family} once`).toBe(false);
      current = family!;
      continue;
    }
    if (word === 'TYPE') {
      expect(family, 'type behind help').toBe(current);
      expect(['counter', 'gauge', 'histogram']).toContain(rest);
      families.set(current, { type: rest!, samples: [] });
      continue;
    }
    const match = sampleLine.exec(line);
    if (match === null) throw new Error(`not of the grammar: ${line}`);
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(new RegExp(pair, 'g'))].map(([, key, value]) => [
        key!,
        value!.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)),
      ]),
    );
    const { type, samples } = families.get(current)!;
    const suffixes = {
      counter: format === 'openmetrics' ? ['_total'] : [''],
      gauge: [''],
      histogram: ['_bucket', '_sum', '_count'],
    };
    const suffix = match[1]!.slice(current.length);
    expect(match[1]!.startsWith(current), `${match[1]} in ${current}`).toBe(true);
    expect(suffixes[type as keyof typeof suffixes]).toContain(suffix);
    if (type === 'counter') expect(match[1]).toMatch(/_total$/);
    const key = `${match[1]}${JSON.stringify(Object.entries(labels).sort())}`;
    expect(seen.has(key), `${key} once`).toBe(false);
    seen.add(key);
    const value = match.at(-1)!;
    expect(value).toMatch(/^[-+]?(\d+(\.\d+)?(e[-+]?\d+)?|Inf|NaN)$/);
    samples.push({ name: match[1]!, labels, value: Number(value) });
  }
  return families;
}

describe.each(['prometheus', 'openmetrics'] as const)('%s', (format) => {
  const families = parse(formatMetrics(status, stats, format), format);
  const total = format === 'prometheus' ? '_total' : '';
  const samples = (family: string): readonly Sample[] => families.get(family)!.samples;

  test('counts copies by link and fate', () => {
    expect(samples(`faultline_messages${total}`)).toEqual([
      {
        name: 'faultline_messages_total',
        labels: { src: 'n1', dest: 'n2', fate: 'delivered' },
        value: 10,
      },
      {
        name: 'faultline_messages_total',
        labels: { src: 'n1', dest: 'n2', fate: 'node down' },
        value: 2,
      },
    ]);
  });

  test('has delays as a cumulative histogram that ends at the total', () => {
    const delays = samples('faultline_delay_seconds');
    const buckets = delays.filter((sample) => sample.name.endsWith('_bucket'));
    const values = buckets.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const at = (le: string) => buckets.find(({ labels }) => labels.le === le)?.value;
    expect([at('0.0001'), at('0.025'), at('0.05'), at('0.1'), at('+Inf')]).toEqual([
      6, 6, 9, 10, 10,
    ]);
    const rest = delays.slice(-2).map(({ name: of, value }) => [of.split('_').at(-1), value]);
    expect(rest).toEqual([
      ['sum', 0.25],
      ['count', 10],
    ]);
  });

  test('reports nodes and clocks, whatever their names', () => {
    expect(samples('faultline_node_up').map(({ value }) => value)).toEqual([1, 0, 1]);
    expect(samples('faultline_node_up').map(({ labels }) => labels.node)).toEqual([
      'n1',
      'n2',
      awkward,
    ]);
    expect(samples(`faultline_node_restarts${total}`).map(({ value }) => value)).toEqual([0, 3, 0]);
    expect(samples('faultline_clock_offset_seconds')[1]).toMatchObject({ value: -1.5 });
    const states = samples('faultline_node_state').filter(({ value }) => value === 1);
    expect(states.map(({ labels }) => labels.state)).toEqual(['ready', 'crashed', 'slow']);
  });

  test('reports the resource usage of running nodes', () => {
    const of = (family: string) => samples(family).map(({ labels, value }) => [labels.node, value]);
    expect(of('faultline_node_resident_bytes')).toEqual([['n1', 7e7]]);
    expect(of(`faultline_node_cpu_seconds${total}`)).toEqual([['n1', 1.5]]);
    expect(of('faultline_node_open_fds')).toEqual([['n1', 27]]);
  });

  test('reports queues, held messages and rules', () => {
    expect(samples('faultline_queue_bytes')).toMatchObject([
      { labels: { node: 'n2' }, value: 345 },
    ]);
    expect(samples('faultline_held_messages')).toMatchObject([{ value: 2 }]);
    expect(samples(`faultline_rule_hits${total}`)).toMatchObject([
      { labels: { rule: 'r1' }, value: 7 },
    ]);
    expect(samples('faultline_rule_sum')).toMatchObject([{ labels: { sum: 'cost' }, value: 0.5 }]);
  });

  test('works without the router', () => {
    const without = parse(formatMetrics(status, null, format), format);
    expect(without.has('faultline_node_up')).toBe(true);
    expect(without.has('faultline_held_messages')).toBe(false);
  });
});
