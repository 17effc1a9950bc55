/** What the actions take: the bodies of their routes. */

import { type Static, Type } from 'typebox';
import { nodesMax } from '../limits.ts';
import { text } from './shapes.ts';

export const AddNodes = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: nodesMax,
        description: 'how many, under the next names',
      }),
    ),
    nodes: Type.Optional(
      text('or which: n6,n7; one that was there before in this run is not used again'),
    ),
    program: Type.Optional(text('what they run; what the cluster was started with if left out')),
  },
  { additionalProperties: false },
);
export type AddNodes = Static<typeof AddNodes>;

export const ClockChange = Type.Object(
  {
    jump: Type.Optional(text('the wall clock moves by this much at once: +5s, -1h')),
    drift: Type.Optional(text('both clocks run fast or slow from now on: 200ppm, -50ppm, 0ppm')),
    freeze: Type.Optional(Type.Boolean({ description: 'the wall clock stops' })),
    thaw: Type.Optional(Type.Boolean({ description: 'a frozen wall clock goes on' })),
    strobe: Type.Optional(
      Type.Union([
        Type.Object(
          { delta: text('such as 200ms'), period: text('such as 1s') },
          {
            additionalProperties: false,
            description: 'the wall clock flips by delta, forth and back',
          },
        ),
        Type.Literal('off', { description: 'it flips no more' }),
      ]),
    ),
    slew: Type.Optional(
      Type.Object(
        { by: text('such as -100ms'), rate: Type.Optional(text('such as 500ppm, the default')) },
        { additionalProperties: false, description: 'both clocks are moved little by little' },
      ),
    ),
    sync: Type.Optional(
      Type.Object(
        {
          every: Type.Optional(
            text('again and again, such as 10s, large errors in a step and small ones slewed; off'),
          ),
        },
        {
          additionalProperties: false,
          description:
            'the node asks the time server over the network, as NTP does, and sets its wall clock',
        },
      ),
    ),
    setError: Type.Optional(
      text('the wall clock is set to true time plus this, and the node knows so: 2ms, -2ms, 0'),
    ),
    weather: Type.Optional(
      text(
        'what goes on with the clock from now on: perfect, ntp 5ms, drifting 100ppm, jumping 3s, frozen, leap',
      ),
    ),
    reset: Type.Optional(Type.Boolean({ description: 'a perfect clock again' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ClockChange = Static<typeof ClockChange>;

export const DiskChange = Type.Object(
  {
    slow: Type.Optional(
      text('how long each write takes, as a delay: 20ms, lognormal 5ms p99 200ms; 0ms: no longer'),
    ),
    full: Type.Optional(Type.Boolean({ description: 'every write fails with DISK_FULL' })),
    error: Type.Optional(text('the share of writes that fail with DISK_ERROR: 10%')),
    torn: Type.Optional(
      Type.Boolean({ description: 'a process that ends leaves its last unsynced record in part' }),
    ),
    flip: Type.Optional(
      text('at once, one bit of a record in this file is another; *: in any of its files'),
    ),
    off: Type.Optional(Type.Boolean({ description: 'a disk without faults again' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type DiskChange = Static<typeof DiskChange>;

export const Partition = Type.Object(
  {
    groups: Type.Optional(text('sides that cannot reach each other: n1,n2 | n3,n4,n5')),
    isolate: Type.Optional(text('nodes that each stand alone')),
    bridge: Type.Optional(text('one node that still sees both halves')),
    ring: Type.Optional(
      Type.Boolean({ description: 'everybody sees a majority, nobody the same one' }),
    ),
    oneWay: Type.Optional(
      Type.Boolean({ description: 'only messages from a group to the groups behind it are cut' }),
    ),
    for: Type.Optional(text('heals by itself after this long: 10s')),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type Partition = Static<typeof Partition>;
