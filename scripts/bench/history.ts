/** The linearizability checker against the algorithm of Porcupine, and on long histories. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkLinearizable,
  type History,
  keyValueOf,
  type Model,
  type Operation,
  readHistory,
  register,
} from '@faultline/history';
import { inTurn, median, milliseconds, type Row, ratio, type Size } from './figures.ts';
import { type PlainCall, type PlainModel, plainCheck } from './plain-checker.ts';

const sizes = {
  full: { rounds: 9, longRounds: 3, operations: 5000 },
  tiny: { rounds: 1, longRounds: 1, operations: 300 },
} as const;
const labelled = new URL('../../../shared/data/linearizability/', import.meta.url).pathname;

/** The etcd log whose cluster never started. */
const leftOut = 'etcd_095.log';

export async function histories(size: Size): Promise<Row[]> {
  return [...(await labelledHistories(size)), ...(await longHistories(size))];
}

async function labelledHistories(size: Size): Promise<Row[]> {
  const { rounds } = sizes[size];
  if (!existsSync(labelled)) {
    process.stdout.write(`no labelled histories at ${labelled}: skipped\n`);
    return [];
  }
  const read = (folder: string): { name: string; history: History }[] =>
    readdirSync(join(labelled, folder))
      .filter((name) => name !== leftOut)
      .map((name) => ({
        name,
        history: readHistory(readFileSync(join(labelled, folder, name), 'utf8')),
      }));
  const sets = [
    { histories: read('jepsen'), model: register, plain: plainRegister },
    { histories: read('kv'), model: keyValueOf(''), plain: plainKeyValue },
  ];
  let differing = 0;
  const verdicts = new Map<string, boolean>();
  const note = (name: string, ok: boolean): void => {
    if ((verdicts.get(name) ?? ok) !== ok) differing += 1;
    verdicts.set(name, ok);
  };
  const plainSets = sets.map(({ histories: all, plain }) => ({
    plain,
    all: all.map(({ name, history }) => ({ name, calls: callsOf(history.operations) })),
  }));
  const [ours, plainly] = (await inTurn(rounds, [
    async () =>
      timed(() => {
        for (const { histories: all, model } of sets) {
          for (const { name, history } of all) {
            const { verdict } = checkLinearizable(history, model as Model, { maxShrinkSteps: 0 });
            note(name, verdict === 'ok');
          }
        }
      }),
    async () =>
      timed(() => {
        for (const { all, plain } of plainSets) {
          for (const { name, calls } of all) note(name, plainCheck(calls, plain));
        }
      }),
  ])) as [number[], number[]];
  return [
    {
      figure: `verdicts on ${verdicts.size} labelled histories, this checker against the plain one`,
      value: `${verdicts.size - differing} the same`,
      from: `${rounds} rounds`,
      must: 'all',
      aim: 'all',
    },
    {
      figure: 'time for all of them, this checker with explanations against the plain one without',
      value: ratio(median(ours) / median(plainly)),
      from: `${milliseconds(median(ours))} against ${milliseconds(median(plainly))}`,
      must: '≤ 1.5×',
      aim: '≤ 0.7×',
    },
  ];
}

async function longHistories(size: Size): Promise<Row[]> {
  const { longRounds, operations } = sizes[size];
  const searching: Model = { ...register, shortcut: undefined } as Model;
  const rows: Row[] = [];
  for (const [what, model] of [
    ['', register as Model],
    [', by search alone', searching],
  ] as const) {
    for (const stale of [false, true]) {
      const history = saturated({ clients: 10, operations, seed: 7, stale });
      const verdicts = new Set<string>();
      const [ms] = (await inTurn(longRounds, [
        async () => timed(() => verdicts.add(checkLinearizable(history, model).verdict)),
      ])) as [number[]];
      rows.push({
        figure: `${operations} operations of 10 clients on one register${stale ? ', a stale read among them' : ''}${what}`,
        value: milliseconds(median(ms)),
        from: `verdict ${[...verdicts].join()}`,
        must: 'decided',
        aim: '≤ 1 s',
      });
    }
  }
  return rows;
}

function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

/** Clients that never wait. Half of their operations are reads, and no value is written twice. */
function saturated(options: {
  clients: number;
  operations: number;
  seed: number;
  stale: boolean;
}): Operation[] {
  const random = mulberry(options.seed);
  const freeMs = new Array<number>(options.clients).fill(0);
  const planned = Array.from({ length: options.operations }, (_, i) => {
    const client = freeMs.indexOf(Math.min(...freeMs));
    const invokedMs = freeMs[client]! + random() * 0.1;
    const endedMs = invokedMs + 1 + random() * 9;
    freeMs[client] = endedMs;
    const effectMs = invokedMs + random() * (endedMs - invokedMs);
    return { value: random() < 0.5 ? i + 1 : null, client, invokedMs, endedMs, effectMs };
  });
  let current: number | null = null;
  const written: (number | null)[] = [];
  const operations: Operation[] = [];
  const staleAt = Math.floor(options.operations * 0.9);
  let isInjected = !options.stale;
  for (const { value, client, invokedMs, endedMs } of planned.sort(
    (a, b) => a.effectMs - b.effectMs,
  )) {
    const common = { index: 0, process: `c${client + 1}`, invokedMs, endedMs, type: 'ok' } as const;
    if (value !== null) {
      current = value;
      written.push(value);
      operations.push({ ...common, f: 'write', input: value, output: null });
      continue;
    }
    const isStale = !isInjected && operations.length >= staleAt;
    if (isStale) isInjected = true;
    const output = isStale ? written[written.length - 40]! : current;
    operations.push({ ...common, f: 'read', input: null, output });
  }
  return operations
    .sort((a, b) => a.invokedMs - b.invokedMs)
    .map((operation, index) => ({ ...operation, index }));
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function callsOf(operations: readonly Operation[]): PlainCall[] {
  return operations
    .filter(({ f, type }) => !(f === 'read' && type !== 'ok'))
    .map((operation) => ({
      process: operation.process,
      f: operation.f,
      ...(operation.key === undefined ? {} : { key: operation.key }),
      input: operation.input,
      output: operation.type === 'fail' ? 'failed' : operation.output,
      isUnknown: operation.type === 'info',
      callMs: operation.invokedMs,
      returnMs: operation.type === 'info' ? Number.POSITIVE_INFINITY : operation.endedMs!,
    }));
}

const plainRegister: PlainModel<unknown> = {
  init: null,
  step(state, { f, input, output, isUnknown }) {
    if (f === 'read') return isUnknown || output === state ? state : undefined;
    if (f === 'write') return input;
    const [from, to] = input as [unknown, unknown];
    // An unknown compare-and-set may have found another value.
    if (isUnknown) return from === state ? to : state;
    if (output === 'failed') return from === state ? undefined : state;
    return from === state ? to : undefined;
  },
};

const plainKeyValue: PlainModel<unknown> = {
  init: '',
  step(state, { f, input, output }) {
    if (f === 'put') return input;
    if (f === 'append') return (state as string) + (input as string);
    return output === state ? state : undefined;
  },
};
