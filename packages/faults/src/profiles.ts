/**
 * Well-known networks by name, each a list of rules. Delays are one way: half of the round trip that is
 * usually quoted. A link's rate is that of the sender's uplink, the slower direction.
 *
 * Delays of a path are close to lognormal, with a floor and a long tail; so most are given by their
 * median and their 99th percentile.
 */
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';

export interface ProfileRule {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Profile {
  readonly name: string;
  readonly summary: string;
  /** Where the figures come from. */
  readonly source: string;
  readonly rules: readonly ProfileRule[];
}

const delay = (text: string, keepOrder = true): ProfileRule => ({
  kind: 'delay',
  settings: { delay: text, ...(keepOrder ? { keepOrder } : {}) },
});
const loss = (probability: string): ProfileRule => ({ kind: 'loss', settings: { probability } });
const rate = (text: string, limit: string): ProfileRule => ({
  kind: 'rate',
  settings: { rate: text, limit },
});

const webPageTest = 'WebPageTest, connectivity.ini: round trip and uplink';

const list: readonly Profile[] = [
  {
    name: 'same-rack',
    summary: 'machines under one switch: 0.2 ms round trip',
    source:
      'Guo et al., "Pingmesh", SIGCOMM 2015, §4.2: median 216 µs, p99 1.26 ms within a pod of servers',
    rules: [delay('lognormal 0.11ms p99 0.63ms')],
  },
  {
    name: 'same-dc',
    summary: 'machines in one data center: 0.5 ms round trip',
    source:
      'Dean, "Numbers everyone should know", LADIS 2009: round trip in one data center 500 µs',
    rules: [delay('lognormal 0.25ms p99 0.7ms')],
  },
  {
    name: 'same-region',
    summary: 'data centers of one region: 1 to 2 ms round trip',
    source:
      'cloud providers place zones of a region within 2 ms of each other, so that writes can be synchronous',
    rules: [delay('lognormal 0.6ms p99 1.5ms')],
  },
  {
    name: 'cross-region',
    summary: 'regions of one continent: 5 to 150 ms round trip, mostly about 30 ms',
    source:
      'light in fiber takes 5 µs per kilometer one way (ITU-T G.652: index 1.47), and cables detour: 2000 km make 25 to 35 ms round trip; tail from queues on the way',
    rules: [delay('lognormal 15ms p99 75ms')],
  },
  {
    name: 'intercontinental',
    summary: 'continents: 100 to 300 ms round trip, mostly about 200 ms',
    source:
      'light in fiber: 10 000 to 20 000 km make 100 to 200 ms round trip, cables detour by half; 0.1 % lost, as public paths do',
    rules: [loss('0.1%'), delay('lognormal 100ms p99 150ms')],
  },
  {
    name: 'satellite',
    summary: 'over a geostationary satellite: 600 ms round trip, slow, with fades',
    source:
      'twice 35 786 km up and down take 477 ms round trip at the speed of light, access and coding the rest; uplinks of home plans 3 Mbit/s; ITU-R P.618: rain fades come in bursts',
    rules: [
      rate('3Mbit/s', '256kB'),
      { kind: 'loss-gemodel', settings: { p: '0.1%', r: '20%', '1-h': '50%' } },
      delay('lognormal 300ms p99 400ms'),
    ],
  },
  {
    name: 'lte',
    summary: 'a phone on 4G: 70 ms round trip, 12 Mbit/s',
    source: webPageTest,
    rules: [rate('12Mbit/s', '512kB'), loss('0.2%'), delay('lognormal 35ms p99 120ms')],
  },
  {
    name: '3g',
    summary: 'a phone on 3G: 300 ms round trip, 768 kbit/s',
    source: `${webPageTest}; 1.5 % loss and tail as in the profiles of the tool Comcast`,
    rules: [rate('768kbit/s', '256kB'), loss('1.5%'), delay('lognormal 150ms p99 450ms')],
  },
  {
    name: 'edge',
    summary: 'a phone on 2.75G: 840 ms round trip, 200 kbit/s',
    source: `${webPageTest}; 1.5 % loss as in the profiles of the tool Comcast`,
    rules: [rate('200kbit/s', '128kB'), loss('1.5%'), delay('lognormal 420ms p99 1.2s')],
  },
  {
    name: 'dsl',
    summary: 'a home on DSL: 50 ms round trip, 384 kbit/s up',
    source: webPageTest,
    rules: [rate('384kbit/s', '128kB'), delay('lognormal 25ms p99 60ms')],
  },
  {
    name: 'flaky-wifi',
    summary: 'a laptop at the edge of Wi-Fi range: fast while it works, with bursts of loss',
    source:
      'a burst spans 10 messages and loses 70 % of them, about 4 % in total; radio retries (up to 7 in IEEE 802.11) cause the tail',
    rules: [
      { kind: 'loss-gemodel', settings: { p: '0.6%', r: '10%', '1-h': '70%' } },
      delay('lognormal 3ms p99 120ms'),
    ],
  },
  {
    name: 'congested',
    summary: 'a congested link: mostly tolerable, with a very long tail',
    source:
      'Gettys and Nichols, "Bufferbloat", CACM 2012: queues of seconds; heavy tails as in Paxson and Floyd, "Wide-area traffic", 1995; 1 % lost where queues end',
    rules: [loss('1%'), delay('pareto 10ms alpha 1.3')],
  },
];

export const profiles: ReadonlyMap<string, Profile> = new Map(
  list.map((profile) => [profile.name, profile]),
);

/** Throws BAD_RULE. */
export function findProfile(name: unknown): Profile {
  const profile = typeof name === 'string' ? profiles.get(name) : undefined;
  if (profile !== undefined) return profile;
  const names = [...profiles.keys()];
  const meant = typeof name === 'string' ? nearest(name, names) : undefined;
  const there = `there are ${names.join(', ')}`;
  const hint = meant === undefined ? there : `did you mean ${meant}? (${there})`;
  throw new FaultlineError('BAD_RULE', `profile: no profile is called ${shown(name)}; ${hint}`, {
    property: 'profile',
    expected: names.join(', '),
  });
}
