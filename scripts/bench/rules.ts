/** The cost of each kind of rule per message, and whether each has the requested effect. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { decide, describeKinds, type Message, RuleSet } from '@faultline/faults';
import { median, milliseconds, type Row, type Size } from './figures.ts';

const sizes = {
  full: { messages: 200_000, rounds: 7 },
  tiny: { messages: 1000, rounds: 3 },
} as const;
const message: Message = {
  type: 'append',
  isReply: false,
  bodyBytes: 150,
  field: (path) => (path === 'key' ? 'x' : undefined),
};

/** Settings where a kind's own examples would measure something else than it usually does. */
const typical: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  size: { max: '10kB' },
  rate: { rate: '10GB/s' },
  cost: { perMessage: 0.01 },
  impersonate: { as: 'n3' },
  tamper: { field: 'key', value: 7 },
};

function nanoseconds(specs: readonly object[], { messages, rounds }: (typeof sizes)[Size]): number {
  const set = new RuleSet('bench');
  for (const spec of specs) set.add({ links: 'n1>n2', settings: {}, ...spec }, { nowMs: 0 });
  const edge = set.edge('n1', 'n2');
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startNs = process.hrtime.bigint();
    for (let i = 0; i < messages; i++) decide(edge, message, i * 0.01);
    samples.push(Number(process.hrtime.bigint() - startNs) / messages);
  }
  return median(samples.slice(2));
}

export async function ruleCosts(size: Size): Promise<Row[]> {
  const none = nanoseconds([], sizes[size]);
  const row = (name: string, specs: readonly object[]): Row => {
    const ns = nanoseconds(specs, sizes[size]);
    return {
      figure: `deciding about a message, ${name}`,
      value: `${Math.round(ns)} ns`,
      from: `no rule ${none.toFixed(1)} ns; ${Math.round(1e9 / ns / 1000)} k messages/s if that were all`,
      must: '≤ 2000 ns',
      aim: '≤ 300 ns',
    };
  };
  const kinds = describeKinds().map(({ name, needs, settings }) => {
    const example = Object.fromEntries(
      settings.filter(({ isRequired }) => isRequired).map((one) => [one.name, one.examples[0]]),
    );
    const own = { kind: name, settings: { ...example, ...typical[name] } };
    const before = needs === 'delay' ? [{ kind: 'delay', settings: { delay: '50ms' } }] : [];
    return row(name, [...before, own]);
  });
  const loss = { kind: 'loss', settings: { probability: '5%' } };
  return [
    ...kinds,
    row('loss of another type', [{ ...loss, type: 'vote' }]),
    row('loss by a field of the body', [{ ...loss, field: 'key=x' }]),
    row('ten rules of loss', Array(10).fill(loss)),
  ];
}

interface SelfCheck {
  readonly rows: readonly {
    readonly check: string;
    readonly given: string;
    readonly isRight: boolean;
  }[];
  readonly messages: number;
  readonly allowanceMs: number;
  readonly tookMs: number;
}

export async function selfCheck(): Promise<Row[]> {
  const launcher = fileURLToPath(new URL('../cluster.mjs', import.meta.url));
  const child = spawn(process.execPath, [launcher, 'selfcheck', '--seed', 'bench', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const { rows, messages: sent, allowanceMs, tookMs } = JSON.parse(text) as SelfCheck;
  const wrong = rows.filter(({ isRight }) => !isRight).map(({ check }) => check);
  const given = rows.filter(({ check }) => check.endsWith('as given'));
  return [
    {
      figure: 'every kind of rule: measured effect against requested effect',
      value:
        wrong.length === 0
          ? `${rows.length} of ${rows.length} right`
          : `wrong: ${wrong.join(', ')}`,
      from: `${sent} messages in ${milliseconds(tookMs)}, delays may be late by ${milliseconds(allowanceMs)}; late by ${given.map((one) => `${one.check.split(',')[0]} ${one.given}`).join('; ')}`,
      must: 'all right',
      aim: 'all right, in 30 s',
    },
  ];
}
