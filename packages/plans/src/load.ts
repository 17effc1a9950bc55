/** The load of a plan. The experiment package checks whether its workload exists. */
import { loadClientsMax, parseNodes } from '@faultline/protocol';
import { Type } from 'typebox';
import { duration, fields, refine, text } from './fields.ts';
import type { PlannedLoad } from './plan.ts';
import { Problem } from './problem.ts';

/** Options of a load that do not describe it. */
export const loadDefaults = { clients: 5, timeout: '1s', ask: 'own' } as const;

export const LoadSchema = Type.Object(
  {
    workload: Type.String({ description: 'what clients do', examples: ['register'] }),
    clients: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: loadClientsMax,
        default: loadDefaults.clients,
        description: 'number of concurrent clients',
      }),
    ),
    keys: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'number of keys, called k1, k2, …',
      }),
    ),
    for: Type.Optional(Type.String({ description: 'how long', examples: ['10s'] })),
    operations: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description: 'number of operations; with `for`, the load ends at whichever comes first',
      }),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description:
          'operations per second, all clients together (default: 50 per client with `for`, as fast as replies arrive with `operations`)',
      }),
    ),
    minRate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description:
          'operations per second that clients must reach: below this, a run is not ok and a load in a test fails',
      }),
    ),
    timeout: Type.Optional(
      Type.String({
        default: loadDefaults.timeout,
        description: 'how long a client waits for a reply',
        examples: ['1s'],
      }),
    ),
    ask: Type.Optional(
      Type.String({
        default: loadDefaults.ask,
        description:
          'which node a client calls: own (always the same one), any (a random one each time), or a selector such as leader or n1,n2',
        examples: ['any', 'leader'],
      }),
    ),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'options of the workload; `cluster workloads NAME` lists them',
      }),
    ),
  },
  { additionalProperties: false, description: 'what clients do while the steps run' },
);

function readAsk(value: unknown): string {
  const ask = text(value, 'own, any, or nodes such as leader or n1,n2');
  if (ask !== 'own' && ask !== 'any') parseNodes(ask);
  return ask;
}

/** Throws a Problem. */
export function readLoad(value: unknown): PlannedLoad {
  const load = refine(fields(LoadSchema, value), {
    workload: (name) => text(name, 'the name of a workload'),
    for: (given) => duration(given, { what: 'a duration such as 10s' }),
    timeout: (given) => duration(given),
    ask: readAsk,
  });
  if (load.for === undefined && load.operations === undefined) {
    throw new Problem('expected the length of the load: for: 10s or operations: 1000');
  }
  return load as unknown as PlannedLoad;
}
