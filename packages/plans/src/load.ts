/** What clients ask, as a plan says it. Whether a workload exists is for `experiment` to check. */
import { loadClientsMax, parseNodes } from '@faultline/protocol';
import { Type } from 'typebox';
import { duration, fields, refine, text } from './fields.ts';
import type { PlannedLoad } from './plan.ts';
import { Problem } from './problem.ts';

/** What a load takes that says nothing about it. */
export const loadDefaults = { clients: 5, timeout: '1s', ask: 'own' } as const;

export const LoadSchema = Type.Object(
  {
    workload: Type.String({ description: 'what clients ask', examples: ['register'] }),
    clients: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: loadClientsMax,
        default: loadDefaults.clients,
        description: 'how many ask at the same time',
      }),
    ),
    keys: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'how many keys; they are called k1, k2, …',
      }),
    ),
    for: Type.Optional(Type.String({ description: 'how long', examples: ['10s'] })),
    operations: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description: 'how many; with `for` beside it, what is over first ends it',
      }),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description:
          'operations a second, of all clients together (default: 50 for each client with `for`, as fast as answers arrive with `operations`)',
      }),
    ),
    minRate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description:
          'operations a second that clients have to reach: below this, a run is not ok and a load of a test fails',
      }),
    ),
    timeout: Type.Optional(
      Type.String({
        default: loadDefaults.timeout,
        description: 'how long a client waits for an answer',
        examples: ['1s'],
      }),
    ),
    ask: Type.Optional(
      Type.String({
        default: loadDefaults.ask,
        description:
          'which node a client asks: own (always the same one), any (one that is drawn each time), or a selector such as leader or n1,n2',
        examples: ['any', 'leader'],
      }),
    ),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'options of the workload; `cluster workloads NAME` lists them',
      }),
    ),
  },
  { additionalProperties: false, description: 'what clients do meanwhile' },
);

function readAsk(value: unknown): string {
  const ask = text(value, 'own, any, or nodes such as leader or n1,n2');
  if (ask !== 'own' && ask !== 'any') parseNodes(ask);
  return ask;
}

/** Throws a problem. */
export function readLoad(value: unknown): PlannedLoad {
  const load = refine(fields(LoadSchema, value), {
    workload: (name) => text(name, 'the name of a workload'),
    for: (given) => duration(given, { what: 'a duration such as 10s' }),
    timeout: (given) => duration(given),
    ask: readAsk,
  });
  if (load.for === undefined && load.operations === undefined) {
    throw new Problem('a load says how long with for: 10s, or how much with operations: 1000');
  }
  return load as unknown as PlannedLoad;
}
