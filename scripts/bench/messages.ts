/** Messages through the router against the same two processes joined directly. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FateEvent, InstalledRuleData } from '@faultline/protocol';
import { TraceReader } from '@faultline/recording';
import {
  inTurn,
  median,
  megabytes,
  milliseconds,
  perSecond,
  quantile,
  type Row,
  ratio,
  type Size,
} from './figures.ts';
import { directRig, flooder, type Rig, routedRig } from './rig.ts';
import type { FromWorker } from './worker.ts';

/** Messages that the sender of a stream waits for an acknowledgment of. */
const batch = 256;
const sizes = {
  full: {
    ...{ rounds: 5, streamed: batch * 1600, pings: 2000, warmingUp: 20_000, paced: 50_000 },
    million: batch * 3907,
  },
  tiny: {
    ...{ rounds: 1, streamed: batch * 16, pings: 50, warmingUp: 500, paced: 2000 },
    million: batch * 20,
  },
} as const;

type Streamed = Extract<FromWorker, { is: 'streamed' }>;
type Pingponged = Extract<FromWorker, { is: 'pingponged' }>;
type Paced = Extract<FromWorker, { is: 'paced' }>;

async function rate({ sender }: Rig, count: number): Promise<number> {
  const { ms } = await sender.ask<Streamed>({ do: 'stream', dest: 'n2', count });
  return (count / ms) * 1000;
}

async function roundTrip({ sender }: Rig, count: number): Promise<number> {
  const { roundTripsMs } = await sender.ask<Pingponged>({ do: 'pingpong', dest: 'n2', count });
  return median(roundTripsMs);
}

/** Rules that are there and match nothing on the measured edge. */
function rulesElsewhere(count: number): InstalledRuleData[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `r${i + 1}`,
    spec: {
      kind: 'loss',
      links: `n${3 + (i % 8)}>n${4 + (i % 8)}`,
      settings: { probability: '50%' },
      after: i,
    },
    expiresAtMs: null,
  }));
}

export async function throughput(size: Size): Promise<Row[]> {
  const { rounds, streamed, pings } = sizes[size];
  const others = Array.from({ length: 10 }, (_, i) => `n${i + 3}`);
  const rigs = [
    await directRig(),
    await routedRig(),
    await routedRig({ trace: true, rules: rulesElsewhere(50), others }),
  ];
  try {
    for (const rig of rigs) await rate(rig, streamed);
    const rates = await inTurn(
      rounds,
      rigs.map((rig) => () => rate(rig, streamed)),
    );
    const trips = await inTurn(
      rounds,
      rigs.slice(0, 2).map((rig) => () => roundTrip(rig, pings)),
    );
    const [direct, routed, recorded] = rates.map(median) as [number, number, number];
    const [directTrip, routedTrip] = trips.map(median) as [number, number];
    return [
      {
        figure: 'messages/s, routed against direct',
        value: ratio(routed / direct),
        from: `${perSecond(routed)} against ${perSecond(direct)}`,
        must: '≥ 0.6×',
        aim: '≥ 0.8×',
      },
      {
        figure: 'the same with trace on and 50 rules elsewhere',
        value: ratio(recorded / direct),
        from: `${perSecond(recorded)} against ${perSecond(direct)}`,
        must: '≥ 0.45×',
        aim: '≥ 0.65×',
      },
      {
        figure: 'round trip of a lone message, routed against direct',
        value: ratio(routedTrip / directTrip),
        from: `${milliseconds(routedTrip)} against ${milliseconds(directTrip)}`,
        must: '≤ 2.6×',
        aim: '≤ 2.1×',
      },
    ];
  } finally {
    for (const rig of rigs) rig.close();
  }
}

/** The cost of a member that sends at full speed to the others. */
export async function flooded(size: Size): Promise<Row[]> {
  const { pings } = sizes[size];
  const rig = await routedRig({ trace: true, others: ['n3', 'n4'] });
  const ends: { close(): void }[] = [rig];
  try {
    await roundTrip(rig, pings);
    const aloneMs = await roundTrip(rig, pings);
    ends.push(await flooder(rig, 'n3', 'n4'));
    await roundTrip(rig, Math.ceil(pings / 400));
    const floodedMs = await roundTrip(rig, Math.ceil(pings / 50));
    return [
      {
        figure: 'round trip between two members while a third floods the router',
        value: milliseconds(floodedMs),
        from: `${milliseconds(aloneMs)} without the flood`,
        must: '≤ 20 ms',
        aim: '≤ 8 ms',
      },
    ];
  } finally {
    for (const end of ends) end.close();
  }
}

export async function delay(size: Size): Promise<Row[]> {
  const { warmingUp, paced: count } = sizes[size];
  const askedMs = 20;
  const rules = [
    {
      id: 'r1',
      spec: { kind: 'delay', links: 'n1>n2', settings: { delay: `${askedMs}ms` } },
      expiresAtMs: null,
    },
  ];
  const rig = await routedRig({ rules, trace: true });
  try {
    const pace = (count: number): Promise<Paced> =>
      rig.sender.ask<Paced>({ do: 'pace', dest: 'n2', perSecond: 10_000, count, askedMs });
    // The first second of a process is spent on compiling.
    await pace(warmingUp);
    const { latenessMs } = await pace(count);
    const inRouterMs = recordedDelays(rig.router!.traceDir)
      .slice(-count)
      .map((ms) => ms - askedMs);
    const early = inRouterMs.filter((ms) => ms < 0).length;
    return [
      {
        figure: 'measured delay minus requested delay at 10 000 messages/s, p99',
        value: milliseconds(quantile(inRouterMs, 0.99)),
        from: `p50 ${milliseconds(median(inRouterMs))}, worst ${milliseconds(quantile(inRouterMs, 1))}, ${early} early; end to end p99 ${milliseconds(quantile(latenessMs, 0.99))}`,
        must: '≤ 2 ms',
        aim: '≤ 0.5 ms',
      },
    ];
  } finally {
    rig.close();
  }
}

function recordedDelays(dir: string): number[] {
  const events: FateEvent[] = [];
  for (const file of readdirSync(dir)) {
    for (const event of new TraceReader().read(readFileSync(join(dir, file)))) {
      if (event.kind === 'fate' && event.fate === 'delivered' && event.type === 'paced')
        events.push(event);
    }
  }
  return events.map(({ atMs, arrivedMs }) => atMs - arrivedMs);
}

export async function millionMessages(size: Size): Promise<Row[]> {
  const rig = await routedRig({ trace: true });
  const count = sizes[size].million;
  try {
    const memory: number[] = [];
    for (let i = 0; i < 3; i++) {
      await rig.sender.ask<Streamed>({ do: 'stream', dest: 'n2', count });
      memory.push(rig.router!.residentBytes);
    }
    const { messages } = await rig.router!.stats();
    return [
      {
        figure: `router's memory after ${3 * count} messages against after ${count}, trace on`,
        value: ratio(memory[2]! / memory[0]!),
        from: `${memory.map(megabytes).join(', ')}; ${messages} messages routed`,
        must: 'no growth',
        aim: 'no growth',
      },
    ];
  } finally {
    rig.close();
  }
}
